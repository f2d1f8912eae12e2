import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { readResultLine } from '../../../src/provisioning/activation/result-line.ts';

const ACTIVATION = { activationId: 'activation-1', keyLast5: '6789B' };
const RESULT = {
  activationId: 'activation-1',
  v: 1,
  step: 'done',
  elevated: true,
  last5: '6789B',
  rows: 1,
  licenseStatus: 1,
  licenseStatusReason: '0x4004F401',
  error: null,
  activated: true,
};
const line = (changes: object = {}) => `mpn-benefits-result: ${JSON.stringify({ ...RESULT, ...changes })}`;

function failure(text: string): unknown {
  try {
    return readResultLine(text, ACTIVATION);
  } catch (error) {
    return error;
  }
}

describe('a result line is found', () => {
  it.each([
    ['alone', line()],
    ['in a log', `[12:00] start\r\n<![LOG[${line()}]LOG]!>\r\nend`],
    ['broken by a narrow console', line().replace(/(.{60})/g, '$1\r\n')],
    ['with fields that a later version adds', line({ newer: 'yes' })],
    ['beside that of another activation', `${line({ activationId: 'activation-2' })}\n${line()}`],
  ])('%s', (_, text) => {
    expect(readResultLine(text, ACTIVATION)).toEqual({
      activationId: 'activation-1',
      last5: '6789B',
      licenseStatus: 1,
      licenseStatusReason: '0x4004F401',
      outcome: { kind: 'succeeded', activated: true, message: 'activated' },
    });
  });

  it('and the last one holds', () => {
    const failed = line({ licenseStatus: 0, error: '0xc004c020', step: 'activate' });
    expect(readResultLine(`${line()}\n${failed}`, ACTIVATION)?.outcome).toMatchObject({
      kind: 'failed',
      code: '0xC004C020',
    });
    expect(readResultLine(`${failed}\n${line()}`, ACTIVATION)?.outcome).toMatchObject({ kind: 'succeeded' });
  });
});

describe('a text without one', () => {
  it.each(['', 'Product activated successfully.', '{"licenseStatus":1}'])(
    '%j is somebody else’s to read',
    (text) => {
      expect(readResultLine(text, ACTIVATION)).toBeUndefined();
    },
  );
});

describe('a line that cannot stand for the activation', () => {
  it.each([
    ['torn', line().slice(0, 80), 'The result line cannot be read.'],
    ['no JSON', 'mpn-benefits-result: {nonsense}', 'The result line cannot be read.'],
    ['no status that there is', line({ licenseStatus: 7 }), 'The result line cannot be read.'],
    ['no code', line({ error: 'boom' }), 'The result line cannot be read.'],
    ['another activation', line({ activationId: 'activation-2' }), 'The result is about another activation.'],
    ['another key', line({ last5: '6789C' }), 'The result is about another product key than the activation.'],
  ])('%s', (_, text, message) => {
    const error = failure(text);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'INVALID_DATA', exitCode: 8, message });
  });

  it('is INVALID_DATA or nothing, whatever it is, and never takes long', () => {
    const piece = fc.constantFrom(
      'mpn-benefits-result:',
      ' {',
      '}',
      '"v":1',
      '{"a":',
      line(),
      '\n',
      'x'.repeat(5000),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const read = failure(pieces.join(''));
        if (read instanceof Error) expect(read).toMatchObject({ code: 'INVALID_DATA' });
        else if (read !== undefined) expect(read).toMatchObject({ activationId: 'activation-1' });
      }),
      { numRuns: 200 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode, EXIT_CODES } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';
import { presentError } from '../../src/terminal/error.ts';
import { OutputClosed } from '../../src/terminal/terminal.ts';
import { type FakeTerminalSetup, fakeTerminal } from './fake-terminal.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const NOT_FOUND = new AppError('NOT_FOUND', 'No product is called Offise.', {
  hint: 'Did you mean Office 2019?',
  details: { candidates: ['office-2019'], count: 1 },
});

async function fail(error: unknown, setup: FakeTerminalSetup = {}) {
  const { terminal, out, err } = await fakeTerminal(setup);
  const exitCode = presentError(error, terminal);
  return { exitCode, out: out(), err: err() };
}

describe('for people', () => {
  test('what happened, and what to do', async () => {
    expect(await fail(NOT_FOUND)).toEqual({
      exitCode: 3,
      out: '',
      err: 'error: No product is called Offise.\nhint: Did you mean Office 2019?\n',
    });
  });

  test('an answer of a service can be found in its logs', async () => {
    const details = { correlationId: '0b8f6c1e-made-up' };
    const known = { hint: 'Tell those who run the service; they find it by 0b8f6c1e-made-up.', details };
    expect((await fail(new AppError('FORBIDDEN', 'No.', { hint: 'Ask.', details }))).err).toBe(
      'error: No.\nhint: Ask.\ncorrelation id: 0b8f6c1e-made-up\n',
    );
    expect((await fail(new AppError('UNAVAILABLE', 'No.', known))).err).toBe(
      `error: No.\nhint: ${known.hint}\n`,
    );
  });

  test('--quiet does not silence errors', async () => {
    expect((await fail(NOT_FOUND, { options: { quiet: true } })).err).toContain('error:');
  });

  test('colour is on the label', async () => {
    expect((await fail(NOT_FOUND, { columns: 80 })).err).toContain('\u001B[31merror:\u001B[39m No product');
  });

  test('whoever cancelled is told nothing', async () => {
    expect(await fail(new AppError('CANCELLED', 'Cancelled.'))).toEqual({ exitCode: 130, out: '', err: '' });
  });

  test('whoever answered No is told what that left undone', async () => {
    const done = await fail(new AppError('CANCELLED', 'Nothing was counted.'));
    expect(done).toEqual({ exitCode: 130, out: '', err: 'Nothing was counted.\n' });
  });

  test('a reader that has had enough is no error', async () => {
    for (const options of [{}, { json: true }]) {
      expect(await fail(new OutputClosed(), { options })).toEqual({ exitCode: 0, out: '', err: '' });
    }
  });

  test.each(Object.entries(EXIT_CODES))('%s ends with %d', async (code, exitCode) => {
    expect((await fail(new AppError(code as ErrorCode, 'So.', { hint: 'Do this.' }))).exitCode).toBe(
      exitCode,
    );
  });

  test('names from files do not steer the screen, keys are not shown', async () => {
    const { err } = await fail(new AppError('NOT_FOUND', `No \u001B]0;x\u0007\u202E ${KEY}.`, { hint: KEY }));
    expect(err).toBe('error: No ]0;x …6789B.\nhint: …6789B\n');
  });
});

describe('defects', () => {
  const defect = new TypeError(`cannot read "${KEY.slice(0, 17)}"`);

  test('one line, how to report, and nothing of what it quotes', async () => {
    const { exitCode, err } = await fail(defect);
    expect(exitCode).toBe(1);
    expect(err.split('\n')).toEqual([
      'error: Something happened that should not be possible (TypeError).',
      expect.stringMatching(/^hint: .*report.*--debug/),
      '',
    ]);
  });

  test('the stack, with causes, only with --debug, and redacted', async () => {
    const cause = new Error(`inside ${KEY}`);
    const { err } = await fail(new Error('outside', { cause }), { options: { debug: true } });
    expect(err).toContain('debug: Error: outside\n    at ');
    expect(err).toContain('caused by Error: inside …6789B\n    at ');
    expect(err).not.toContain('BCDFG');
  });

  test.each([['a string'], [undefined], [null], [42], [{ code: 'NOT_FOUND' }]])(
    '%j was thrown',
    async (thrown) => {
      const { exitCode, err } = await fail(thrown, { options: { debug: true } });
      expect(exitCode).toBe(1);
      expect(err).toContain('error: Something happened');
    },
  );
});

describe('with -o json', () => {
  const options = { json: true };

  test('exactly one object, in one line', async () => {
    const { exitCode, out, err } = await fail(NOT_FOUND, { options });
    expect(exitCode).toBe(3);
    expect(out).toBe('');
    expect(err.split('\n')).toHaveLength(2);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'NOT_FOUND',
        message: 'No product is called Offise.',
        hint: 'Did you mean Office 2019?',
        details: { candidates: ['office-2019'], count: 1 },
      },
      warnings: [],
    });
  });

  test('warnings are in it, notes are not', async () => {
    const { terminal, err } = await fakeTerminal({ options });
    terminal.warn(`One record was skipped: ${KEY}`);
    terminal.note('Reading…');
    presentError(NOT_FOUND, terminal);
    expect(JSON.parse(err())).toMatchObject({ warnings: ['One record was skipped: …6789B'] });
  });

  test('no hint is null, no details are none', async () => {
    const { err } = await fail(new AppError('CANCELLED', 'Cancelled.'), { options });
    expect(JSON.parse(err)).toEqual({
      error: { code: 'CANCELLED', message: 'Cancelled.', hint: null, details: {} },
      warnings: [],
    });
  });

  test('a defect is an object too', async () => {
    expect(JSON.parse((await fail(new Error('x'), { options })).err)).toMatchObject({
      error: { code: 'INTERNAL' },
    });
  });

  test('harmless, and without secrets anywhere', async () => {
    const { terminal, err } = await fakeTerminal({ options });
    terminal.registerSecret(new Secret('quoted "secret"'));
    const details = { place: `line 3 ${KEY}`, names: ['\u202E', 'quoted "secret"'] };
    presentError(
      new AppError('INVALID_DATA', 'Bad \u009B quoted "secret".', { hint: 'Do this.', details }),
      terminal,
    );
    expect(err()).not.toMatch(/\u009B|\u202E|BCDFG/);
    expect(JSON.parse(err())).toMatchObject({
      error: {
        message: 'Bad \u009B [redacted].',
        details: { place: 'line 3 …6789B', names: ['\u202E', '[redacted]'] },
      },
    });
  });
});

import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paste } from '../../src/terminal/paste.ts';
import { fakeTerminal } from './fake-terminal.ts';

const BEGINS = '\u001B[200~';
const ENDS = '\u001B[201~';

/** What is read of pieces that arrive one after the other. */
async function read(...pieces: readonly (string | Buffer)[]): Promise<string> {
  const { terminal } = await fakeTerminal({ columns: 80 });
  const { stdin } = terminal.prompting;
  const said = paste(terminal, { message: 'Code or text', flag: '--answer' });
  if (!(stdin instanceof PassThrough)) throw new Error('not the stream of a test');
  for (const piece of pieces) stdin.write(piece);
  return said;
}

/** The same bytes in two pieces, cut at every place. */
function atEveryPlace(text: string): Promise<string[]> {
  const bytes = Buffer.from(text);
  return Promise.all(
    Array.from({ length: bytes.length - 1 }, (_, at) =>
      read(bytes.subarray(0, at + 1), bytes.subarray(at + 1)),
    ),
  );
}

const anyText = fc
  .string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('\r', '\n', '\r\n', ENDS.slice(0, -1), '\u001B', '\u001B['),
    ),
    maxLength: 12,
  })
  .filter((text) => !`${text}${ENDS}`.slice(0, -1).includes(ENDS));

describe('a pasted text that arrives in pieces', () => {
  test('is the same wherever it is cut, also inside the marks of its beginning and end', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const whole = `a${text.replace(/\r\n?/g, '\n')}z`;
        const said = await atEveryPlace(`a${BEGINS}${text}${ENDS}z\r`);
        expect([...new Set(said)]).toEqual([whole]);
      }),
      { numRuns: 30 },
    );
  });

  test('is the same byte by byte', async () => {
    const bytes = Buffer.from(`${BEGINS}License Status: Größe\rNotification${ENDS}\r`);
    expect(await read(...Array.from(bytes, (byte) => Buffer.from([byte])))).toBe(
      'License Status: Größe\nNotification',
    );
  });

  test('without marks too, its line breaks cut in two', async () => {
    expect([...new Set(await atEveryPlace('Status\r\nNotification\r\n'))]).toEqual(['Status\nNotification']);
  });
});

describe('keys', () => {
  test('Escape alone leaves; Ctrl-C leaves after a paste', async () => {
    await expect(read('abc', '\u001B')).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(read(`${BEGINS}abc${ENDS.slice(0, 3)}`, ENDS.slice(3), '\u0003')).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  test('of keys that move nothing is kept, in one piece or in two', async () => {
    expect([...new Set(await atEveryPlace('a\u001B[A\u001B[1;5C\u001BOPb\r'))]).toEqual(['ab']);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AppError, EXIT_CODES } from '../../src/errors.ts';
import { presentError } from '../../src/terminal/error.ts';
import { fakeTerminal } from '../terminal/fake-terminal.ts';

/** Scripts rely on these. A line may be added; none may change. Commands that end so: test/process/errors.test.ts. */
const PINNED = `
  1 INTERNAL
  2 USAGE CONFIRMATION_REQUIRED
  3 NOT_FOUND AMBIGUOUS
  4 AUTH_REQUIRED FORBIDDEN NOT_ELEVATED
  5 ACTIVATION_LIMIT_REACHED
  6 UNAVAILABLE STORAGE_UNAVAILABLE
  7 KEYCHAIN_UNAVAILABLE KEYCHAIN_LOCKED VAULT_KEY_MISSING VAULT_KEY_WRONG
  8 INVALID_DATA
  9 CHECK_FAILED
  10 ACTIVATION_FAILED ACTIVATION_UNKNOWN
  130 CANCELLED
`;
const pinned = Object.fromEntries(
  PINNED.trim()
    .split('\n')
    .flatMap((line) => {
      const [exitCode, ...codes] = line.trim().split(' ');
      return codes.map((code) => [code, Number(exitCode)]);
    }),
);

test('every error code has the exit code that is promised', () => {
  expect(EXIT_CODES).toEqual(pinned);
});

test('the page for scripts says the same', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/exit-codes.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| `([A-Z_]+)` \|/gm)];
  expect(Object.fromEntries(rows.map(([, exitCode, code]) => [code, Number(exitCode)]))).toEqual(pinned);
});

test('whatever is thrown ends with a code of the table: what nobody foresaw with 1', async () => {
  const { terminal } = await fakeTerminal();
  for (const thrown of [new Error('x'), new TypeError('x'), 'text', undefined, null, { code: 'USAGE' }, 7])
    expect(presentError(thrown, terminal)).toBe(1);
  for (const [code, exitCode] of Object.entries(EXIT_CODES)) {
    const error = new AppError(code as keyof typeof EXIT_CODES, 'It happened.', { hint: 'Do this.' });
    expect([code, presentError(error, terminal)]).toEqual([code, exitCode]);
  }
});

test('nothing ends the process past the table: process.exit and exitCode are known in one place', () => {
  const source = join(import.meta.dirname, '../../src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const ending = files.filter((name) =>
    /process\.(exit\b|exitCode|abort|reallyExit)/.test(readFileSync(join(source, name), 'utf8')),
  );
  // The helper that clears the clipboard is a process of its own.
  expect(ending.filter((name) => !name.endsWith('helper.ts'))).toEqual(['surroundings.ts']);
});

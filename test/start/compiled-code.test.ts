import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompiledCode, readCompiledCode, writeCompiledCode } from '../../src/start/compiled-code.ts';
import { temporaryFolder } from '../helpers/cli.ts';

const code = (...sizes: readonly number[]): CompiledCode => ({
  runs: sizes.length,
  together: sizes.map((_, index) => `chunks/file${index}.cjs`),
  parts: new Map(sizes.map((size, index) => [`file${index}.cjs`, Buffer.alloc(size, index + 1)])),
});

const file = (): string => join(temporaryFolder(), 'compiled', 'build', 'list.bin');

/** As written, and as read again. */
function kept(at = file()): string {
  writeCompiledCode(at, code(10, 5_000, 700));
  expect(readCompiledCode(at)).toEqual(code(10, 5_000, 700));
  return at;
}

test('what is written is read again, whatever its size', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { maxLength: 12 }), (sizes) => {
      const at = file();
      writeCompiledCode(at, code(...sizes));
      const read = readCompiledCode(at);
      expect(read).toEqual(code(...sizes));
      // Else the engine copies it.
      for (const part of read?.parts.values() ?? []) expect(part.byteOffset % 8).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test('it belongs to this user alone, and the folder holds nothing else', () => {
  const at = kept();
  expect(statSync(at).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(at)).mode & 0o777).toBe(0o700);
  expect(readdirSync(dirname(at))).toEqual(['list.bin']);
});

test('a new build takes the place of others, whichever Node they ran on', () => {
  const folder = join(temporaryFolder(), 'compiled');
  kept(join(folder, 'aaaa-24.0.0', 'list.bin'));
  kept(join(folder, 'aaaa-22.0.0', 'list.bin'));
  expect(readdirSync(folder).sort()).toEqual(['aaaa-22.0.0', 'aaaa-24.0.0']);
  kept(join(folder, 'bbbb-24.0.0', 'list.bin'));
  kept(join(folder, 'bbbb-24.0.0', 'show.bin'));
  expect(readdirSync(folder)).toEqual(['bbbb-24.0.0']);
  expect(readdirSync(join(folder, 'bbbb-24.0.0')).sort()).toEqual(['list.bin', 'show.bin']);
});

describe('a new build leaves alone', () => {
  const builds = ['aaaa-24.0.0-x64', 'bbbb-24.0.0-x64'] as const;

  test('what else lies in the folder, which the user may have named', () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o700);
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'README.md'), 'mine');
    for (const build of builds) kept(join(folder, build, 'list.bin'));
    expect(readdirSync(folder).sort()).toEqual(['README.md', builds[1], 'src']);
  });

  test('a folder that a link leads to', () => {
    const elsewhere = join(temporaryFolder(), 'elsewhere');
    const link = join(temporaryFolder(), 'compiled');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, link);
    for (const build of builds) writeCompiledCode(join(link, build, 'list.bin'), code(10));
    expect(readdirSync(elsewhere).sort()).toEqual(builds);
  });
});

describe('is not used', () => {
  test.each([
    ['nothing at all', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('hello, this is no code at all')],
    ['a file that was cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 700)],
    ['a file that goes on', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)])],
    ['a sector of zeros', (bytes: Buffer) => bytes.fill(0, 2_048, 2_560)],
    ['the last sector lost', (bytes: Buffer) => bytes.fill(0, bytes.length - 512)],
    ['another length of its index', (bytes: Buffer) => bytes.fill(0xff, 0, 4)],
  ])('%s', (_, spoil) => {
    const at = kept();
    writeFileSync(at, spoil(readFileSync(at)));
    expect(readCompiledCode(at)).toBeUndefined();
    kept(at);
  });

  test('what lies in a folder that others can write to, or even read; nor is anything put there', () => {
    for (const mode of [0o777, 0o770, 0o750]) {
      const at = kept();
      chmodSync(dirname(at), mode);
      expect(readCompiledCode(at)).toBeUndefined();
      const other = join(dirname(at), 'show.bin');
      writeCompiledCode(other, code(10));
      expect(existsSync(other)).toBe(false);
    }
  });

  test('what lies in the folder of somebody else, also for root', () => {
    const at = kept();
    const foreign = lstatSync(dirname(at)).uid === 0 ? 65_534 : 0;
    // Only root can give a folder away; others have one that root gave them.
    const folder = foreign === 0 ? '/root' : dirname(at);
    if (foreign !== 0) chownSync(folder, foreign, foreign);
    expect(readCompiledCode(join(folder, 'list.bin'))).toBeUndefined();
  });

  test('what a link leads to', () => {
    const at = kept();
    const elsewhere = join(temporaryFolder(), 'elsewhere');
    renameSync(dirname(at), elsewhere);
    symlinkSync(elsewhere, dirname(at));
    expect(readCompiledCode(at)).toBeUndefined();
  });
});

test('where nothing can be written nothing is said', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'compiled'), 'a file');
  expect(() => writeCompiledCode(join(folder, 'compiled', 'build', 'list.bin'), code(1))).not.toThrow();
  mkdirSync(join(folder, 'list.bin'));
  chmodSync(folder, 0o700);
  expect(() => writeCompiledCode(join(folder, 'list.bin'), code(1))).not.toThrow();
  expect(readdirSync(folder).sort()).toEqual(['compiled', 'list.bin']);
});

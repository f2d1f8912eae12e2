import { EventEmitter } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkOutFile, writeOutFile, writeOutFileFrom } from '../../src/store/own-file-writing.ts';

/** The file system's own functions, some of which fail on demand. */
const faults = vi.hoisted(() => new Map<string, string>());
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const failing = <
    Name extends 'accessSync' | 'linkSync' | 'renameSync' | 'rmSync' | 'writeSync' | 'fsyncSync',
  >(
    name: Name,
  ) =>
    ((...args: Parameters<(typeof real)[Name]>) => {
      const code = faults.get(name);
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      return Reflect.apply(real[name], real, args);
    }) as (typeof real)[Name];
  return {
    ...real,
    accessSync: failing('accessSync'),
    linkSync: failing('linkSync'),
    renameSync: failing('renameSync'),
    writeSync: failing('writeSync'),
    fsyncSync: failing('fsyncSync'),
    rmSync: failing('rmSync'),
  };
});

let folder: string;
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
const code = (value: string) => expect.objectContaining({ code: value });

async function writeInOne(text: string): Promise<void> {
  writeOutFile(at('key.txt'), text, { overwrite: false });
}

function writeInParts(text: string): Promise<void> {
  async function* characters() {
    yield* text;
  }
  return writeOutFileFrom(at('key.txt'), characters(), { overwrite: false, signals: new EventEmitter() });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));
});
afterEach(() => {
  faults.clear();
  rmSync(folder, { recursive: true });
});

describe('a file that the user named', () => {
  test.each([0o000, 0o022, 0o077, 0o277, 0o777])('is owner-only whatever the umask (%o)', (mask) => {
    const before = process.umask(mask);
    try {
      writeOutFile(at('key.txt'), 'text\n', { overwrite: false });
    } finally {
      process.umask(before);
    }
    expect(read('key.txt')).toBe('text\n');
    expect(statSync(at('key.txt')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['key.txt']);
  });

  test.each(['k'.repeat(255), '鍵'.repeat(85)])('may have the longest name there is: %s', (name) => {
    writeOutFile(at(name), 'text', { overwrite: false });
    expect(readdirSync(folder)).toEqual([name]);
  });

  test('holds bytes as they are, and any length', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
    writeOutFile(at('a'), bytes, { overwrite: false });
    expect(readFileSync(at('a')).equals(bytes)).toBe(true);
    writeOutFile(at('b'), '', { overwrite: false });
    expect(read('b')).toBe('');
  });

  test('does not replace one that is there, without leave', () => {
    writeFileSync(at('key.txt'), 'mine', { mode: 0o644 });
    expect(() => writeOutFile(at('key.txt'), 'key', { overwrite: false })).toThrow(
      code('CONFIRMATION_REQUIRED'),
    );
    expect(read('key.txt')).toBe('mine');
    writeOutFile(at('key.txt'), 'key', { overwrite: true });
    expect(read('key.txt')).toBe('key');
    expect(statSync(at('key.txt')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['key.txt']);
  });

  test('with leave to replace, nothing there is fine too', () => {
    writeOutFile(at('key.txt'), 'key', { overwrite: true });
    expect(read('key.txt')).toBe('key');
  });

  test('is never written through a link, dangling or not', () => {
    writeFileSync(at('target'), 'mine');
    symlinkSync(at('target'), at('link'));
    symlinkSync(at('nowhere'), at('dangling'));
    for (const name of ['link', 'dangling']) {
      for (const overwrite of [false, true]) {
        expect(() => writeOutFile(at(name), 'key', { overwrite })).toThrow(code('STORAGE_UNAVAILABLE'));
      }
    }
    expect(read('target')).toBe('mine');
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  test('needs its folder, and a name that is free or a file', () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), '');
    for (const overwrite of [false, true]) {
      expect(() => writeOutFile(at('none/key'), 'key', { overwrite })).toThrow(code('USAGE'));
      expect(() => writeOutFile(at('folder'), 'key', { overwrite })).toThrow(code('USAGE'));
      expect(() => writeOutFile(at('file/key'), 'key', { overwrite })).toThrow(code('USAGE'));
      expect(() => writeOutFile('/dev/null', 'key', { overwrite })).toThrow(code('USAGE'));
      expect(() => writeOutFile('', 'key', { overwrite })).toThrow(code('USAGE'));
      expect(() => writeOutFile(`${at('new')}/`, 'key', { overwrite })).toThrow(code('USAGE'));
    }
  });

  test('can be asked about before a key is revealed', () => {
    writeFileSync(at('there'), '');
    expect(() => checkOutFile(at('there'), { overwrite: false })).toThrow(code('CONFIRMATION_REQUIRED'));
    expect(() => checkOutFile(at('there'), { overwrite: true })).not.toThrow();
    expect(() => checkOutFile(at('new'), { overwrite: false })).not.toThrow();
    faults.set('accessSync', 'EROFS');
    expect(() => checkOutFile(at('new'), { overwrite: false })).toThrow(code('STORAGE_UNAVAILABLE'));
    expect(readdirSync(folder)).toEqual(['there']);
  });
});

describe('a failure leaves nothing', () => {
  test.each([
    ['writeSync', 'ENOSPC', 'the disk is full'],
    ['fsyncSync', 'EIO', 'EIO'],
    ['linkSync', 'EACCES', 'access is denied'],
    ['renameSync', 'EROFS', 'read-only'],
  ])('%s: %s', (call, fault, text) => {
    faults.set(call, fault);
    const overwrite = call === 'renameSync';
    const write = () => writeOutFile(at('key.txt'), 'key', { overwrite });
    expect(write).toThrow(code('STORAGE_UNAVAILABLE'));
    expect(write).toThrow(text);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('why nothing was written is told, whatever else fails', () => {
    faults.set('writeSync', 'ENOSPC');
    faults.set('rmSync', 'EIO');
    expect(() => writeOutFile(at('key.txt'), 'key', { overwrite: false })).toThrow('the disk is full');
  });

  test('an old file is kept when the new one cannot be written', () => {
    writeFileSync(at('key.txt'), 'old');
    faults.set('writeSync', 'ENOSPC');
    expect(() => writeOutFile(at('key.txt'), 'key', { overwrite: true })).toThrow(
      code('STORAGE_UNAVAILABLE'),
    );
    expect(readdirSync(folder)).toEqual(['key.txt']);
    expect(read('key.txt')).toBe('old');
  });

  test('somebody else was faster: their file stays', () => {
    faults.set('linkSync', 'EEXIST');
    expect(() => writeOutFile(at('key.txt'), 'key', { overwrite: false })).toThrow(
      code('CONFIRMATION_REQUIRED'),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  describe.each(['EPERM', 'ENOTSUP'])('a file system without links (%s)', (fault) => {
    test.each<[string, typeof writeInOne]>([
      ['at once', writeInOne],
      ['in parts', writeInParts],
    ])('gets the file all the same, written %s, and no other is replaced', async (_, write) => {
      faults.set('linkSync', fault);
      await write('key');
      expect(read('key.txt')).toBe('key');
      expect(statSync(at('key.txt')).mode & 0o777).toBe(0o600);
      await expect(write('other')).rejects.toThrow(code('CONFIRMATION_REQUIRED'));
      expect(read('key.txt')).toBe('key');
      expect(readdirSync(folder)).toEqual(['key.txt']);
    });
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s while a part is awaited', async (signal) => {
    const signals = new EventEmitter();
    async function* stuck() {
      yield 'half';
      signals.emit(signal);
      await new Promise(() => {});
    }
    const writing = writeOutFileFrom(at('key.txt'), stuck(), { overwrite: false, signals });
    await expect(writing).rejects.toThrow(code('CANCELLED'));
    expect(readdirSync(folder)).toEqual([]);
    expect(signals.eventNames()).toEqual([]);
  });

  test('what is written in parts and ends in an error', async () => {
    async function* broken() {
      yield 'half';
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    }
    const writing = writeOutFileFrom(at('key.txt'), broken(), {
      overwrite: false,
      signals: new EventEmitter(),
    });
    await expect(writing).rejects.toThrow(code('STORAGE_UNAVAILABLE'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

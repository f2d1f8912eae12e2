import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileKey } from '../../src/credentials/file-key.ts';
import { Secret } from '../../src/keys/secret.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
const refused = expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' });

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mpn-file-key-'));
  path = join(folder, 'vault.key');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a vault key in a file', () => {
  test('is absent until it is stored, then owner-only and alone', async () => {
    const source = fileKey(path);
    expect(await source.read('any')).toBeNull();
    await source.store('any', new Secret(KEY));
    expect((await source.read('any'))?.reveal()).toBe(KEY);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['vault.key']);
    expect(source.describe()).toContain(path);
  });

  test('is the first writer’s: a later one changes nothing', async () => {
    await fileKey(path).store('any', new Secret(KEY));
    await fileKey(path).store('any', new Secret(OTHER_KEY));
    expect((await fileKey(path).read('any'))?.reveal()).toBe(KEY);
    expect(await readdir(folder)).toEqual(['vault.key']);
  });

  test('is one key after many writers at once', async () => {
    const keys = Array.from({ length: 8 }, (_, at) => Buffer.alloc(32, at).toString('base64'));
    await Promise.all(keys.map((key) => fileKey(path).store('any', new Secret(key))));
    expect(keys).toContain((await fileKey(path).read('any'))?.reveal());
    expect(await readdir(folder)).toEqual(['vault.key']);
  });

  test.each(['to a file', 'to nothing'])('is not read or written through a link %s', async (where) => {
    const target = join(folder, 'target');
    if (where === 'to a file') await writeFile(target, KEY, { mode: 0o600 });
    await symlink(target, path);
    await expect(fileKey(path).read('any')).rejects.toThrow(refused);
    await expect(fileKey(path).store('any', new Secret(OTHER_KEY))).rejects.toThrow(refused);
    expect(await readFile(target, 'utf8').catch(() => null)).toBe(where === 'to a file' ? KEY : null);
  });

  test('is not kept in a folder that is a link', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'profile'));
    const source = fileKey(join(folder, 'profile', 'vault.key'));
    await expect(source.store('any', new Secret(KEY))).rejects.toThrow(refused);
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
  });

  test('needs its folder', async () => {
    const source = fileKey(join(folder, 'missing', 'vault.key'));
    await expect(source.read('any')).rejects.toThrow(refused);
    await expect(source.store('any', new Secret(KEY))).rejects.toThrow(refused);
  });

  test.each([0o640, 0o604, 0o644, 0o666])('that others can read (%o) is refused', async (mode) => {
    await writeFile(path, KEY);
    await chmod(path, mode);
    await expect(fileKey(path).read('any')).rejects.toThrow(refused);
  });

  test('is refused where a folder or a large file has its name', async () => {
    await writeFile(path, 'x'.repeat(2000), { mode: 0o600 });
    await expect(fileKey(path).read('any')).rejects.toThrow(refused);
    await rm(path);
    await mkdir(path);
    await expect(fileKey(path).read('any')).rejects.toThrow(refused);
  });
});

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { clipboardNotice, copyKey, findClipboard } from '../../../src/provisioning/clipboard/clipboard.ts';
import { fingerprintOf, isSameText } from '../../../src/provisioning/clipboard/fingerprint.ts';
import { type ClipboardTool, findTool } from '../../../src/provisioning/clipboard/tools.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const HELPER = fileURLToPath(new URL('../../../src/provisioning/clipboard/helper.ts', import.meta.url));
const helper = { node: process.execPath, entry: HELPER };

/** Every program is installed, or only some. */
const installed = (...names: readonly string[]) =>
  ((name: string) =>
    names.length === 0 || names.includes(name)
      ? { found: true, path: name }
      : { found: false, exitCode: 127, message: '' }) as Parameters<typeof findTool>[2];

function toolName(
  platform: NodeJS.Platform,
  env: Record<string, string>,
  ...names: readonly string[]
): string {
  const tool = findTool(platform, env, installed(...names));
  return typeof tool === 'string' ? tool : tool.name;
}

describe('which clipboard this is', () => {
  const X11 = { DISPLAY: ':0' };
  const WAYLAND = { WAYLAND_DISPLAY: 'wayland-0', DISPLAY: ':0' };
  const WSL = { WSL_DISTRO_NAME: 'Debian', ...WAYLAND };
  test.each<[NodeJS.Platform, Record<string, string>, string[], string]>([
    ['darwin', {}, [], 'pbcopy'],
    ['win32', { SystemRoot: 'C:\\Windows' }, [], 'PowerShell'],
    ['win32', { SYSTEMROOT: 'C:\\Windows' }, [], 'PowerShell'],
    ['linux', WSL, [], 'PowerShell'],
    ['linux', WSL, ['wl-copy', 'wl-paste'], 'wl-copy'],
    ['linux', WAYLAND, [], 'wl-copy'],
    ['linux', WAYLAND, ['xclip'], 'xclip'],
    ['linux', X11, [], 'xsel'],
    ['linux', X11, ['xclip'], 'xclip'],
    ['freebsd', X11, ['xsel'], 'xsel'],
    ['linux', {}, [], 'no screen'],
    ['linux', { DISPLAY: '' }, [], 'no screen'],
    ['linux', X11, ['vi'], 'no program'],
    ['linux', X11, ['wl-copy', 'wl-paste'], 'no program'],
    ['linux', WAYLAND, ['wl-copy'], 'no program'],
  ])('%s %j with %j: %s', (platform, env, names, expected) => {
    expect(toolName(platform, env, ...names)).toBe(expected);
  });

  test('none is exit 6, with what to do', () => {
    const find = (env: Record<string, string>) => () => findClipboard({ platform: 'linux', env });
    expect(find({})).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', hint: expect.stringContaining('--out-file') }),
    );
    expect(find({ DISPLAY: ':0', PATH: '/nowhere' })).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', hint: expect.stringContaining('xclip') }),
    );
  });

  test('no tool gets the key as an argument', () => {
    for (const platform of ['darwin', 'win32'] as const) {
      const tool = findTool(platform, {}, installed());
      expect(tool).toHaveProperty('copy');
      expect(JSON.stringify(tool)).not.toMatch(/\$\{|%s/);
    }
  });
});

test('the notice says how long, and that copies may stay', () => {
  expect(clipboardNotice(true)).toContain('cleared in 45 seconds');
  expect(clipboardNotice(false)).toContain('could not be arranged');
  for (const cleared of [true, false]) expect(clipboardNotice(cleared)).toContain('history');
});

test('a fingerprint knows its text, with or without a line end, and is another each time', () => {
  const fingerprint = fingerprintOf(KEY);
  expect(isSameText(KEY, fingerprint)).toBe(true);
  expect(isSameText(`${KEY}\r\n`, fingerprint)).toBe(true);
  expect(isSameText(`${KEY} `, fingerprint)).toBe(false);
  expect(isSameText('', fingerprint)).toBe(false);
  expect(isSameText(KEY, { ...fingerprint, hash: '' })).toBe(false);
  expect(fingerprintOf(KEY)).not.toEqual(fingerprint);
});

describe('a key on the clipboard', () => {
  /** A clipboard in a folder: a file for what is on it, scripts for the tools, and notes of how they were started. */
  let folder: string;
  const content = (): string => readFileSync(join(folder, 'content'), 'utf8');
  const started = (name: string): string => readFileSync(join(folder, `${name}.started`), 'utf8');
  const done = (name: string): boolean => existsSync(join(folder, `${name}.done`));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'content'), 'before');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function script(name: string, body: string) {
    const path = join(folder, 'bin', name);
    const notes = `cd '${folder}'; tr '\\0' ' ' < /proc/$$/cmdline > ${name}.started; env >> ${name}.started`;
    writeFileSync(path, `#!/bin/sh\n${notes}\n${body}\ncode=$?\ntouch ${name}.done\nexit $code\n`);
    chmodSync(path, 0o755);
    return { command: path, args: [] };
  }

  function tool(bodies: { copy?: string; paste?: string } = {}): ClipboardTool {
    return {
      name: 'folder',
      copy: script('copy', bodies.copy ?? 'cat > content'),
      paste: script('paste', bodies.paste ?? 'cat content'),
      clear: script('clear', 'cat > content'),
    };
  }

  const options = {
    platform: process.platform,
    env: { PATH: process.env['PATH'], MPN_BENEFITS_TOKEN: 'TOKEN' },
    helper,
    clearAfterMs: 300,
  };

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  test('is there at once, and gone after its time', async () => {
    expect(await copyKey(tool(), productKeySecret(KEY), options)).toBe(true);
    expect(content()).toBe(KEY);
    await until(() => done('clear'));
    expect(content()).toBe('');
  });

  test('stays away from what somebody else has copied since', () => {
    const { paste, clear } = tool();
    for (const [text, left] of [
      [KEY, ''],
      [`${KEY}, not alone`, `${KEY}, not alone`],
      ['something else', 'something else'],
      ['', ''],
    ] as const) {
      writeFileSync(join(folder, 'content'), text);
      const task = { ...fingerprintOf(KEY), afterMs: 0, paste, clear };
      const run = spawnSync(process.execPath, [HELPER], { input: JSON.stringify(task), encoding: 'utf8' });
      expect(run).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(content()).toBe(left);
    }
  });

  test('is in no argument and no environment on its way', async () => {
    // The helper is looked at while it waits: it is the parent of the paste.
    const paste = `tr '\\0' ' ' < /proc/$PPID/cmdline > helper; tr '\\0' ' ' < /proc/$PPID/environ >> helper; cat content`;
    await copyKey(tool({ paste }), productKeySecret(KEY), options);
    await until(() => done('clear'));
    const seen = [
      started('copy'),
      started('paste'),
      started('clear'),
      readFileSync(join(folder, 'helper'), 'utf8'),
    ];
    expect(seen.join()).toContain('helper.ts');
    for (const text of seen) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain('TOKEN');
    }
  });

  test('the tool fails: exit 6, without the key in the error', async () => {
    for (const copy of ['exit 1', 'exec 0<&-; exit 3', 'kill -9 $$']) {
      const failure = await copyKey(tool({ copy }), productKeySecret(KEY), options).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
      expect(JSON.stringify([failure, String(failure)])).not.toContain(KEY);
    }
    const missing = { ...tool(), copy: { command: join(folder, 'none'), args: [] } };
    await expect(copyKey(missing, productKeySecret(KEY), options)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  test('without a helper the key is copied, and nobody promises to clear it', async () => {
    const none = { node: join(folder, 'no-node'), entry: HELPER };
    expect(await copyKey(tool(), productKeySecret(KEY), { ...options, helper: none })).toBe(false);
    expect(content()).toBe(KEY);
  });
});

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { findCommand } from '../../../src/provisioning/child/find-command.ts';
import { copyKey } from '../../../src/provisioning/clipboard/clipboard.ts';
import { type ClipboardTool, findTool } from '../../../src/provisioning/clipboard/tools.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const HELPER = fileURLToPath(new URL('../../../src/provisioning/clipboard/helper.ts', import.meta.url));

const has = (name: string): boolean =>
  findCommand(name, { env: process.env, platform: process.platform }).found;

/** A screen that nobody sees. */
let server: ChildProcess;
let env: { PATH: string | undefined; HOME: string; DISPLAY: string };

describe.runIf(has('Xvfb') || process.env['CI'] === 'true')('a real clipboard of X11', () => {
  beforeAll(async () => {
    server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '64x64x8', '-nolisten', 'tcp', '-noreset'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [number] = await once(server.stdio[3] as NodeJS.ReadableStream, 'data');
    // xsel keeps a log in the home folder.
    env = { PATH: process.env['PATH'], HOME: tmpdir(), DISPLAY: `:${String(number).trim()}` };
  });
  afterAll(() => {
    server.kill();
  });

  const only = (name: string): ClipboardTool => {
    const tool = findTool('linux', env, (command, options) =>
      command === name ? findCommand(command, options) : { found: false, exitCode: 127, message: '' },
    );
    if (typeof tool === 'string') throw new Error(`${name}: ${tool}`);
    return tool;
  };
  const paste = ({ paste: { command, args } }: ClipboardTool): string =>
    spawnSync(command, args, { env, encoding: 'utf8', timeout: 10_000 }).stdout;

  test.each(['xsel', 'xclip'])('%s: a key is copied and cleared', async (name) => {
    const tool = only(name);
    const helper = { node: process.execPath, entry: HELPER };
    const options = { platform: 'linux', env, helper, clearAfterMs: 500 } as const;
    expect(await copyKey(tool, productKeySecret(KEY), options)).toBe(true);
    expect(paste(tool)).toBe(KEY);
    while (paste(tool) !== '') await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

/**
 * A product key on the clipboard (`key --copy`), for a while.
 *
 * Threat model: what is on a clipboard stays there and is pasted into the wrong window a day later. The key goes to
 * the platform's own tool on its standard input; a small helper outlives this process, knows the key's keyed hash
 * only, and empties the clipboard if the key is still on it. Programs that watch the clipboard, its history and its
 * copies on other devices are out of reach, and the notice says so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Environment } from '../../environment.ts';
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { childEnvironment } from '../child/environment.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { type Call, type ClipboardTool, findTool } from './tools.ts';

/** How long a key stays on the clipboard. */
const CLEAR_AFTER_MS = 45_000;

/** A tool that takes longer hangs; a key must not wait for it. */
const TOOL_LIMIT_MS = 10_000;

export interface ClipboardPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
}

/** How the helper is started: Node, and the file that holds `helper.ts`. */
export interface HelperProgram {
  readonly node: string;
  readonly entry: string;
}

/** What the helper reads from its standard input. No key, no part of one. */
export interface HelperTask extends Fingerprint {
  readonly afterMs: number;
  readonly paste: Call;
  readonly clear: Call;
}

/**
 * The clipboard of this desktop. Asked for before anything is revealed.
 * @throws AppError UNAVAILABLE where there is none.
 */
export function findClipboard({ platform, env }: ClipboardPlace): ClipboardTool {
  const tool = findTool(platform, env);
  if (typeof tool !== 'string') return tool;
  if (tool === 'no screen') {
    throw new AppError('UNAVAILABLE', 'There is no clipboard here: no desktop is connected.', {
      hint: 'Leave --copy away to print the key, or use --out-file.',
    });
  }
  throw new AppError('UNAVAILABLE', 'No program for the clipboard is installed.', {
    hint:
      platform === 'linux'
        ? 'Install wl-clipboard (Wayland), or xsel or xclip (X11). Or use --out-file.'
        : 'Leave --copy away to print the key, or use --out-file.',
  });
}

export interface CopyOptions extends ClipboardPlace {
  readonly helper: HelperProgram;
  /** CLEAR_AFTER_MS if not given. */
  readonly clearAfterMs?: number | undefined;
}

/**
 * Puts a key on the clipboard and has it cleared later. Gives back whether somebody will clear it.
 * @throws AppError UNAVAILABLE if the tool fails.
 */
export async function copyKey(tool: ClipboardTool, key: Secret, options: CopyOptions): Promise<boolean> {
  const env = childEnvironment(options.env, options.platform);
  const { clearAfterMs = CLEAR_AFTER_MS, helper } = options;
  // The one place where this way out sees the characters.
  const text = key.reveal();
  await copy(tool, text, env);
  const { paste, clear } = tool;
  return startHelper(helper, { ...fingerprintOf(text), afterMs: clearAfterMs, paste, clear }, env);
}

/** What a person has to know, for stderr. */
export function clipboardNotice(willBeCleared: boolean, clearAfterMs: number = CLEAR_AFTER_MS): string {
  const clearing = willBeCleared
    ? `It is cleared in ${Math.round(clearAfterMs / 1000)} seconds unless something else is copied.`
    : 'It could not be arranged that it is cleared; copy something else when you are done.';
  return `The key is on the clipboard. ${clearing} A clipboard history or another device may keep a copy.`;
}

async function copy(tool: ClipboardTool, text: string, env: Record<string, string>): Promise<void> {
  const { command, args } = tool.copy;
  const child = spawn(command, args, {
    env,
    windowsHide: true,
    timeout: TOOL_LIMIT_MS,
    // Tools of X11 and Wayland stay behind to serve the text: a pipe of ours would stay open with them.
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = exitOf(child);
  await send(child, text);
  if ((await ended) === 0) return;
  throw new AppError('UNAVAILABLE', `${tool.name} could not reach the clipboard.`, {
    hint: 'Leave --copy away to print the key, or use --out-file.',
  });
}

/** Exit code; null if it was killed or could not be started. */
function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
}

/** Resolves when the system has taken the text, or the child does not want it: its exit code says which. */
function send(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    const input = child.stdin;
    if (input === null) return resolve();
    input.once('error', () => resolve());
    input.end(text, () => resolve());
  });
}

async function startHelper(
  helper: HelperProgram,
  task: HelperTask,
  env: Record<string, string>,
): Promise<boolean> {
  const child = spawn(helper.node, [helper.entry], {
    env,
    // Not ours: a folder that somebody wants to remove or unmount.
    cwd: dirname(helper.entry),
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const started = new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
  if (!(await started)) return false;
  await send(child, JSON.stringify(task));
  child.unref();
  return true;
}

import type { Context } from '../../context.ts';
import { detectCi, maskWarning, needsMaskWarning } from '../../provisioning/pipeline/ci.ts';
import type { KeyFormat, KeyTarget } from '../../provisioning/pipeline/formats.ts';
import { asciiJson } from '../../provisioning/pipeline/json.ts';
import {
  appendToRunnerFile,
  checkRunnerFile,
  runnerFilePath,
} from '../../provisioning/pipeline/runner-file.ts';
import { checkVariable, DEFAULT_VARIABLE } from '../../provisioning/pipeline/variable-name.ts';
import { type KeyToWrite, type WrittenKey, writeKey } from '../../provisioning/pipeline/write-key.ts';
import { writeOutFile } from '../../store/own-file-writing.ts';
import type { Result } from '../../terminal/result.ts';
import { agreeOnFile, fileNamed } from '../shared/out-file.ts';

/** A way out that is ready: its file can be written, its clipboard is there. */
export interface Exit {
  readonly way: string;
  readonly target: string | null;
  /** Throws USAGE, INVALID_DATA for a key that cannot be written so. */
  readonly check: (key: KeyToWrite) => void;
  readonly write: (key: KeyToWrite) => Result | Promise<Result>;
}

interface ExitOptions {
  readonly name?: string | undefined;
  readonly to?: KeyTarget | undefined;
  readonly copy?: true | undefined;
  readonly outFile?: string | undefined;
  readonly newline?: boolean | undefined;
}

/** Tries whatever can fail before the key is revealed. */
export async function prepareExit(options: ExitOptions, format: KeyFormat, context: Context): Promise<Exit> {
  if (options.copy) return clipboardExit(context);
  const { name = DEFAULT_VARIABLE, to = 'env' } = options;
  const outFile = fileNamed(options.outFile);
  checkVariable(format, name, to);
  const runnerFile = format === 'github' ? runnerFilePath(context.surroundings.env, to) : null;
  if (runnerFile !== null) checkRunnerFile(runnerFile);
  const agreed = outFile === undefined ? undefined : await agreeOnFile(outFile, context);
  const reshaped = format === 'json' ? await reshapingOf(context) : (text: string) => text;
  const target = outFile ?? (format === 'raw' || format === 'json' ? null : `${format} ${name}`);
  const compose = (key: KeyToWrite): WrittenKey => {
    const plain = writeKey(format, key, { name, to, newline: options.newline });
    return { ...plain, text: reshaped(plain.text) };
  };
  return {
    way: outFile === undefined ? 'shown' : 'written',
    target,
    check: compose,
    write: (key) => {
      const written = compose(key);
      for (const warning of written.warnings) context.terminal.warn(warning);
      if (outFile === undefined || agreed === undefined) {
        warnOfLogs(format, context);
        if (runnerFile !== null && written.runnerFile !== null) {
          // The mask has to stand in the log before anything can print what the file holds.
          const text = written.runnerFile;
          return { kind: 'text', text: written.text, after: () => appendToRunnerFile(runnerFile, text) };
        }
        return { kind: 'text', text: written.text };
      }
      writeOutFile(outFile, written.text, agreed);
      context.terminal.note(`Wrote the key …${key.last5} to ${outFile}, readable by you alone.`);
      return { kind: 'nothing' };
    },
  };
}

/** What --query makes of the JSON; without it, the same. */
async function reshapingOf(context: Context): Promise<(text: string) => string> {
  const { query } = await context.presentation();
  if (query === undefined) return (text) => text;
  return (text) => {
    const line = asciiJson(query(JSON.parse(text)));
    return text.endsWith('\n') ? line : line.trimEnd();
  };
}

function warnOfLogs(format: KeyFormat, context: Context): void {
  const { env, stdout } = context.surroundings;
  const ci = detectCi(env);
  if (ci !== null && needsMaskWarning(format, ci, stdout.isTTY === true))
    context.terminal.warn(maskWarning(ci));
}

async function clipboardExit(context: Context): Promise<Exit> {
  const { findClipboard, copyKey, clipboardNotice } = await import(
    '../../provisioning/clipboard/clipboard.ts'
  );
  const { env, platform, clipboardHelper } = context.surroundings;
  const tool = findClipboard({ platform, env });
  return {
    way: 'copied',
    target: tool.name,
    check: () => {},
    write: async (key) => {
      const cleared = await copyKey(tool, key.key, { platform, env, helper: clipboardHelper });
      context.terminal.say(clipboardNotice(cleared));
      return { kind: 'text', text: `…${key.last5}\n` };
    },
  };
}

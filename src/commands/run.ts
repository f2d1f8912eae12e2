import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { Backend } from '../backend/backend.ts';
import type { KeyView } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Secret } from '../keys/secret.ts';
import { type KeyVariable, planVariables } from '../provisioning/child/assignments.ts';
import { decodeEnvFile } from '../provisioning/child/env-file.ts';
import { findCommand } from '../provisioning/child/find-command.ts';
import { type ChildKey, runChild } from '../provisioning/child/run-child.ts';
import { trySecretFiles } from '../provisioning/child/secret-files.ts';
import { presentError } from '../terminal/error.ts';
import type { Result } from '../terminal/result.ts';
import { accessBy, agreeToReveal, keyFor } from './shared/key-access.ts';
import { chosenProduct } from './shared/product.ts';
import { unreadableFile } from './shared/unreadable-file.ts';

export interface RunOptions {
  readonly command: readonly string[];
  readonly env?: readonly string[] | undefined;
  readonly file?: readonly string[] | undefined;
  readonly envFile?: readonly string[] | undefined;
  readonly purpose?: string | undefined;
}

/** Runs a program with product keys in its environment or in files. Its exit code is ours. */
export async function run(options: RunOptions, context: Context): Promise<Result> {
  const { surroundings, terminal } = context;
  const { env, platform } = surroundings;
  const [name = '', ...args] = options.command;
  // The program may go to another folder and look for its file from there.
  const temporaryFolder = resolve(tmpdir());
  const variables = planVariables({
    env: options.env,
    file: options.file,
    envFiles: options.envFile?.map((file) => ({ file, text: readEnvFile(file) })),
  });
  const found = findCommand(name, { env, platform });
  if (!found.found) {
    presentError(noCommand(found.message), terminal);
    return { kind: 'nothing', exitCode: found.exitCode };
  }
  if (variables.keys.some(({ way }) => way === 'file')) trySecretFiles(temporaryFolder);
  const backend = await context.backend();
  const keys = await revealAll(variables.keys, options, backend, context);
  terminal.flush();
  const running = runChild({
    command: { path: found.path, name },
    args,
    env,
    plain: variables.plain,
    keys,
    terminals: {
      stdin: surroundings.stdinIsTerminal(),
      stdout: surroundings.stdout.isTTY === true,
      stderr: surroundings.stderr.isTTY === true,
    },
    stdout: () => surroundings.streams.stdout,
    stderr: () => surroundings.streams.stderr,
    signals: surroundings.signals,
    platform,
    temporaryFolder,
    pipesFolder: context.places.pipesFolder,
  });
  // The child may run for days: nothing of ours stays open meanwhile. It need not wait for that, though.
  const [outcome] = await Promise.all([running, context.close()]);
  if (outcome.problem !== null) presentError(noCommand(outcome.problem), terminal);
  return { kind: 'nothing', exitCode: outcome.exitCode };
}

/** Its exit code is the one that a shell gives, not ours. */
function noCommand(message: string): AppError {
  return new AppError('NOT_FOUND', message, {
    hint: 'Check the PATH, or name the program with its folder: it comes behind --.',
  });
}

function readEnvFile(file: string): string {
  try {
    return decodeEnvFile(readFileSync(file), file);
  } catch (error) {
    throw unreadableFile(error, file, 'A file of lines such as OFFICE_KEY=mpn-benefits://office-2019');
  }
}

interface Wanted {
  readonly view: KeyView;
  readonly productId: string;
  readonly variables: KeyVariable[];
}

/** `run` names products, so a key that has to be asked for comes by `key`. */
function withoutKeyOption(error: unknown, product: string): unknown {
  if (!(error instanceof AppError) || error.details['keys'] === undefined) return error;
  return new AppError(error.code, error.message, {
    hint: `Such a key is not given to a program by itself; have it with: mpn-benefits key ${product} --key <its last five> --out-file <file>`,
    details: error.details,
  });
}

/** A key that several variables want is taken out once. All of them are found before the first one is revealed. */
async function revealAll(
  variables: readonly KeyVariable[],
  { purpose }: RunOptions,
  backend: Backend,
  context: Context,
): Promise<ChildKey[]> {
  const wanted = new Map<string, Wanted>();
  for (const variable of variables) {
    const product = await chosenProduct(variable.product, backend, context);
    const { view } = await keyFor(product, {}, backend, context).catch((error: unknown) => {
      throw withoutKeyOption(error, product.id);
    });
    const known = wanted.get(view.id);
    if (known === undefined) wanted.set(view.id, { view, productId: product.id, variables: [variable] });
    else known.variables.push(variable);
  }
  for (const { view } of wanted.values()) await agreeToReveal(view, backend, context);
  const keys: ChildKey[] = [];
  for (const { view, productId, variables: own } of wanted.values()) {
    const target = own.map(({ variable }) => variable).join(', ');
    const access = accessBy(context, { productId, purpose: purpose ?? null, way: 'injected', target });
    const { key }: { readonly key: Secret } = await backend.keys.reveal(view.id, access);
    context.terminal.registerSecret(key);
    for (const { variable, way } of own) keys.push({ variable, way, key });
  }
  return keys;
}

import type { KeyView, RevealView } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import { type KeyMark, keysCalled } from '../keys/choose.ts';
import type { KeyType } from '../keys/product-key.ts';
import { detectCi, maskWarning, needsMaskWarning } from '../provisioning/pipeline/ci.ts';
import { formatKey } from '../provisioning/pipeline/format-key.ts';
import type { KeyFormat, KeyTarget } from '../provisioning/pipeline/formats.ts';
import { appendToRunnerFile, checkRunnerFile, runnerFilePath } from '../provisioning/pipeline/runner-file.ts';
import { parseTerraformQuery, QUERY_LIMIT } from '../provisioning/pipeline/terraform.ts';
import { checkVariable, DEFAULT_VARIABLE } from '../provisioning/pipeline/variable-name.ts';
import { writeOutFile } from '../store/own-file-writing.ts';
import type { Result } from '../terminal/result.ts';
import { accessBy, agreeToReveal, keyFor } from './shared/key-access.ts';
import { KEY_COLUMNS, KEY_FIELDS, REVEAL_COLUMNS, REVEAL_FIELDS } from './shared/key-columns.ts';
import { agreeOnFile, fileNamed } from './shared/out-file.ts';
import { chosenProduct } from './shared/product.ts';
import { firstOf } from './shared/rows.ts';
import { bytesOf, standardInput } from './shared/standard-input.ts';

export interface KeyOptions {
  readonly product?: string | undefined;
  readonly key?: string | undefined;
  readonly type?: KeyType | undefined;
  readonly format?: KeyFormat | undefined;
  readonly name?: string | undefined;
  readonly to?: KeyTarget | undefined;
  readonly copy?: true | undefined;
  readonly outFile?: string | undefined;
  readonly newline?: boolean | undefined;
  readonly minRemaining?: number | undefined;
  readonly purpose?: string | undefined;
  readonly list?: true | undefined;
  readonly history?: true | undefined;
  readonly limit?: number | undefined;
  readonly mark?: KeyMark | undefined;
  readonly reason?: string | undefined;
}

/** Gives a product key out, or lists, marks and accounts for keys. */
export async function run(options: KeyOptions, context: Context): Promise<Result> {
  checkUse(options);
  if (options.list) return listKeys(options, context);
  if (options.history) return listReveals(options, context);
  if (options.mark !== undefined) return markKey(options, options.mark, context);
  return reveal(options, context);
}

/** What goes with each use that takes no key out. */
const USES: readonly (readonly [use: keyof KeyOptions, takes: readonly (keyof KeyOptions)[]])[] = [
  ['list', ['list', 'product', 'type', 'limit']],
  ['history', ['history', 'product', 'limit']],
  ['mark', ['mark', 'product', 'key', 'reason']],
];

/** Throws USAGE for an option that would be overheard. */
function checkUse({ newline: _, ...options }: KeyOptions): void {
  const given = new Set(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name),
  );
  for (const [use, takes] of USES) {
    const odd = given.has(use)
      ? [...given].find((name) => !takes.some((taken) => taken === name))
      : undefined;
    if (odd === undefined) continue;
    const option = odd.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new AppError('USAGE', `--${use} takes no --${option}.`, { hint: 'See: mpn-benefits help key' });
  }
}

async function listKeys({ product, type, limit }: KeyOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const keys = await backend.keys.list(await optionalProduct(product, context));
  return {
    kind: 'rows',
    rows: keys.filter((key) => type === undefined || key.type === type).slice(0, limit),
    fields: KEY_FIELDS,
    columns: KEY_COLUMNS,
    empty:
      product === undefined && type === undefined
        ? 'No product keys are stored. Import KeysExport.xml, or one key: mpn-benefits import key <product>'
        : 'No key fits. All there are: mpn-benefits key --list',
  };
}

async function listReveals({ product, limit }: KeyOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const rows: AsyncIterable<RevealView> = backend.keys.history(await optionalProduct(product, context));
  return {
    kind: 'rows',
    rows: firstOf(rows, limit),
    fields: REVEAL_FIELDS,
    columns: REVEAL_COLUMNS,
    empty:
      product === undefined
        ? 'No key was revealed yet.'
        : 'No reveal fits. All there are: mpn-benefits key --history',
  };
}

async function optionalProduct(
  name: string | undefined,
  context: Context,
): Promise<ProductFacts | undefined> {
  return name === undefined ? undefined : chosenProduct(name, await context.backend(), context);
}

async function markKey(options: KeyOptions, mark: KeyMark, context: Context): Promise<Result> {
  const { key, reason } = options;
  if (key === undefined)
    throw new AppError('USAGE', '--mark needs a key.', { hint: 'Name it with --key <id|last five>.' });
  if (reason === undefined)
    throw new AppError('USAGE', '--mark needs a reason.', {
      hint: 'Add --reason <text>; it is kept with the key.',
    });
  const backend = await context.backend();
  const product = await meantProduct(options, context);
  const { view: found } = await keyFor(product, { key }, backend, context);
  const view = await backend.keys.mark(found.id, mark, reason);
  return { kind: 'record', value: view, render: () => `Key …${view.last5} is now ${mark}.` };
}

/** The product that was named, or whose key was. Throws USAGE, NOT_FOUND, AMBIGUOUS. */
async function meantProduct(
  { product: name, key: wanted }: Pick<Demand, 'product' | 'key'>,
  context: Context,
): Promise<ProductFacts> {
  const backend = await context.backend();
  if (name === undefined && wanted !== undefined) {
    const [only, another] = keysCalled(await backend.keys.list(undefined), wanted);
    const [productId] = only?.productIds ?? [];
    if (another === undefined && productId !== undefined) return backend.entitlements.find(productId);
  }
  if (name === undefined) {
    throw new AppError('USAGE', 'Which product? None was named.', {
      hint: 'As in: mpn-benefits key "Office 2019". All keys: mpn-benefits key --list',
    });
  }
  try {
    return await chosenProduct(name, backend, context);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'NOT_FOUND' || !KEY_ID.test(name)) throw error;
    throw new AppError('NOT_FOUND', error.message, {
      hint: `It looks like the id of a key. That is named with: --key ${name}`,
      details: error.details,
    });
  }
}

const KEY_ID = /^k-[a-z0-9]{6,}$/i;

/** Everything that can fail is tried before the key is revealed; only the writing itself comes after. */
async function reveal(options: KeyOptions, context: Context): Promise<Result> {
  const format = chosenFormat(options, context);
  checkOptions(options, format);
  const demand = format === 'terraform' ? await terraformDemand(options, context) : options;
  const backend = await context.backend();
  const product = await meantProduct(demand, context);
  const { view: key, only } = await keyFor(product, demand, backend, context);
  const exit = await prepareExit(options, format, context);
  await agreeToReveal(key, backend, context);
  const purpose = demand.purpose ?? null;
  const access = accessBy(context, { productId: product.id, purpose, way: exit.way, target: exit.target });
  const revealed = await backend.keys.reveal(key.id, access);
  context.terminal.registerSecret(revealed.key);
  if (exit.way === 'shown' && exit.target === null && context.surroundings.stdout.isTTY === true)
    tellWhich(key, only, product, demand.product, context);
  return exit.write({ ...revealed.view, key: revealed.key, keyId: key.id, productId: product.id });
}

/** Whoever sees a key sees whose it is, where the name given was a part of one or there are several keys. */
function tellWhich(
  { last5, type }: KeyView,
  only: boolean,
  product: ProductFacts,
  named: string | undefined,
  { terminal }: Context,
): void {
  const exact = [product.id, product.name].some((name) => name.toLowerCase() === named?.toLowerCase());
  if (!exact || !only) terminal.note(`Key …${last5} (${type}) of ${product.name}:`);
}

type Written = Parameters<typeof formatKey>[1];

/** A way out that is ready: its file can be written, its clipboard is there. */
interface Exit {
  readonly way: string;
  readonly target: string | null;
  readonly write: (key: Written) => Result | Promise<Result>;
}

async function prepareExit(options: KeyOptions, format: KeyFormat, context: Context): Promise<Exit> {
  if (options.copy) return clipboardExit(context);
  const { name = DEFAULT_VARIABLE, to = 'env' } = options;
  const outFile = fileNamed(options.outFile);
  checkVariable(format, name, to);
  const runnerFile = format === 'github' ? runnerFilePath(context.surroundings.env, to) : null;
  if (runnerFile !== null) checkRunnerFile(runnerFile);
  const agreed = outFile === undefined ? undefined : await agreeOnFile(outFile, context);
  const target = outFile ?? (format === 'raw' || format === 'json' ? null : `${format} ${name}`);
  return {
    way: outFile === undefined ? 'shown' : 'written',
    target,
    write: (key) => {
      const written = formatKey(format, key, { name, to, newline: options.newline });
      for (const warning of written.warnings) context.terminal.warn(warning);
      if (outFile === undefined || agreed === undefined) {
        warnOfLogs(format, context);
        if (runnerFile !== null && written.runnerFile !== null) {
          // The mask has to stand in the log before anything can print what the file holds.
          const { text } = written.runnerFile;
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

function warnOfLogs(format: KeyFormat, context: Context): void {
  const { env, stdout } = context.surroundings;
  const ci = detectCi(env);
  if (ci !== null && needsMaskWarning(format, ci, stdout.isTTY === true))
    context.terminal.warn(maskWarning(ci));
}

async function clipboardExit(context: Context): Promise<Exit> {
  const { findClipboard, copyKey, clipboardNotice } = await import('../provisioning/clipboard/clipboard.ts');
  const { env, platform, clipboardHelper } = context.surroundings;
  const tool = findClipboard({ platform, env });
  return {
    way: 'copied',
    target: tool.name,
    write: async (key) => {
      const cleared = await copyKey(tool, key.key, { platform, env, helper: clipboardHelper });
      context.terminal.say(clipboardNotice(cleared));
      return { kind: 'text', text: `…${key.last5}\n` };
    },
  };
}

/** Only --format, or a format named on the command line, changes what is printed: a script gets the key alone. */
function chosenFormat(options: KeyOptions, context: Context): KeyFormat {
  const { name, explicit } = context.format;
  if (options.format !== undefined) return options.format;
  if (!explicit || name === 'table') return 'raw';
  if (name === 'json' || name === 'jsonl') return 'json';
  throw new AppError('USAGE', `A key cannot be printed as ${name}.`, {
    hint: 'Use -o json, or one of the formats of --format.',
  });
}

function checkOptions(options: KeyOptions, format: KeyFormat): void {
  const takesName = !['raw', 'json', 'terraform'].includes(format);
  const problems: [boolean, string][] = [
    [options.copy === true && options.outFile !== undefined, '--copy and --out-file exclude each other.'],
    [options.copy === true && format !== 'raw', '--copy copies the key alone, so it takes no --format.'],
    [options.name !== undefined && !takesName, `--name means nothing with the format ${format}.`],
    [
      options.to !== undefined && !['github', 'azure-pipelines'].includes(format),
      '--to belongs to the formats github and azure-pipelines.',
    ],
    [
      options.outFile !== undefined && ['github', 'azure-pipelines', 'terraform'].includes(format),
      `The format ${format} is read from standard output, so it takes no --out-file.`,
    ],
    [options.limit !== undefined, '--limit belongs to --list and --history.'],
    [options.reason !== undefined, '--reason belongs to --mark.'],
    [
      format === 'terraform' &&
        (options.product !== undefined || options.key !== undefined || options.type !== undefined),
      'With the format terraform, product, key and type come in the query on standard input.',
    ],
  ];
  const problem = problems.find(([applies]) => applies);
  if (problem !== undefined) throw new AppError('USAGE', problem[1], { hint: 'See: mpn-benefits help key' });
}

interface Demand {
  readonly product?: string | undefined;
  readonly key?: string | undefined;
  readonly type?: KeyType | undefined;
  readonly purpose?: string | undefined;
  readonly minRemaining?: number | undefined;
}

async function terraformDemand(options: KeyOptions, context: Context): Promise<Demand> {
  const text = await bytesOf(standardInput(context), QUERY_LIMIT);
  const { purpose = options.purpose, ...query } = parseTerraformQuery(text);
  return { ...query, purpose, minRemaining: options.minRemaining };
}

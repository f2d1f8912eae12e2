import type { RevealedKey } from '../backend/backend.ts';
import type { KeyView } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import type { KeyMark } from '../keys/choose.ts';
import type { KeyType } from '../keys/product-key.ts';
import type { KeyFormat, KeyTarget } from '../provisioning/pipeline/formats.ts';
import { parseTerraformQuery, QUERY_LIMIT } from '../provisioning/pipeline/terraform.ts';
import type { Result } from '../terminal/result.ts';
import { prepareExit } from './key/exit.ts';
import { listKeys, listReveals, markKey } from './key/lists.ts';
import { meantProduct } from './key/meant-product.ts';
import { accessBy, agreeToReveal, keyFor } from './shared/key-access.ts';
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
  const answer = ({ view, key: secret }: RevealedKey) => ({
    ...view,
    key: secret,
    keyId: key.id,
    productId: product.id,
  });
  const revealed = await backend.keys.reveal(key.id, access, (opened) => {
    // First: what is wrong with it is told with a piece of it, as a query does.
    context.terminal.registerSecret(opened.key);
    exit.check(answer(opened));
  });
  // One that a team service opened is seen only now.
  context.terminal.registerSecret(revealed.key);
  if (exit.way === 'shown' && exit.target === null && context.surroundings.stdout.isTTY === true)
    tellWhich(key, only, product, demand.product, context);
  return exit.write(answer(revealed));
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
    [
      options.newline === false && ['github', 'azure-pipelines'].includes(format),
      `The format ${format} is made of whole lines, so it takes no --no-newline.`,
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

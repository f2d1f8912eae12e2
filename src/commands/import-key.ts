import type { Backend } from '../backend/backend.ts';
import type { FileReport } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { readKey } from '../importers/read-key.ts';
import type { KeyRecord } from '../importers/record.ts';
import { importedText } from '../importers/text.ts';
import { type KeyType, keyShape, lastCharactersOf } from '../keys/product-key.ts';
import type { Secret } from '../keys/secret.ts';
import { confirm, hidden } from '../terminal/prompts.ts';
import type { Result } from '../terminal/result.ts';
import { chosenProduct } from './shared/product.ts';
import { standardInput } from './shared/standard-input.ts';

export interface ImportKeyOptions {
  readonly product: string;
  readonly type?: KeyType | undefined;
  readonly allowed?: number | undefined;
  readonly note?: string | undefined;
  readonly offer?: string | undefined;
  readonly dryRun?: true | undefined;
}

/** One key, from standard input or a hidden prompt; never from the command line, where others could read it. */
export async function run(options: ImportKeyOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const name = importedText(await productOrNewName(options.product, context));
  // A key that was typed in the place of the name is not told again.
  const product = name.shown;
  const key = await askedKey(context);
  await checkShape(key, options.type, context);
  const record: KeyRecord = {
    kind: 'key',
    place: 'the key',
    product: name,
    key,
    type: options.type ?? (keyShape(key.reveal()) === 'other' ? 'custom' : 'unknown'),
    allowed: options.allowed ?? null,
    allowedByType: null,
    claimedOn: null,
    note: options.note === undefined ? null : importedText(options.note),
    source: null,
  };
  const importing = await backend.imports.begin({
    dryRun: options.dryRun === true,
    strict: true,
    force: false,
    offer: options.offer ?? null,
  });
  const file = await importing.add({
    name: 'key',
    format: 'csv',
    items: (async function* () {
      yield record;
    })(),
  });
  for (const warning of importing.warnings) context.terminal.warn(warning);
  if (options.type === undefined && file.new > 0 && record.type === 'custom' && !context.terminal.canPrompt) {
    const back =
      importing.id === null
        ? ''
        : ` If it is none, take it back with: mpn-benefits import undo ${importing.id}`;
    context.terminal.warn(
      `This does not look like a product key of Microsoft; it is taken as a key of its own kind.${back}`,
    );
  }
  if (file.new > 0 && options.dryRun !== true) {
    // The key is stored: whatever keeps this from being said is no failure any more.
    await tellLostAllowance(product, backend, context).catch(() => {});
  }
  if (file.new === 0 && options.dryRun !== true) {
    const undo = file.changed > 0 && importing.id !== null ? importing.id : null;
    await tellOtherProducts({ product, key, undo }, backend, context).catch(() => {});
  }
  return {
    kind: 'record',
    value: { id: importing.id, dryRun: options.dryRun === true, files: [file] },
    render: () =>
      [
        `The key ${String(key)} for ${product}: ${stateOf(file, options.dryRun === true)}.`,
        ...file.skipped.map(({ reason }) => `Skipped: ${reason}.`),
      ].join('\n'),
  };
}

/** Types whose keys always are five groups of five. */
const OF_MICROSOFT: readonly KeyType[] = ['retail', 'mak', 'kms-host', 'kms-client-generic', 'oem'];

/** A piece of a key would be handed out in the place of a good one. Throws USAGE, CANCELLED. */
async function checkShape(key: Secret, type: KeyType | undefined, { terminal }: Context): Promise<void> {
  if (keyShape(key.reveal()) !== 'other') return;
  if (type !== undefined && OF_MICROSOFT.includes(type)) {
    throw new AppError('USAGE', `This is no key of the type ${type}: those have five groups of five.`, {
      hint: 'Check whether it was cut off. A key of another kind is stored with --type custom.',
    });
  }
  if (type !== undefined || !terminal.canPrompt) return;
  const message = 'This does not look like a product key of Microsoft. Store it as a key of its own kind?';
  if (!(await confirm(terminal, { message, flag: '--type custom' })))
    throw new AppError('CANCELLED', 'Nothing was stored.');
}

/** What was granted says how often a key can be used only while the product has no other key. */
async function tellLostAllowance(product: string, backend: Backend, context: Context): Promise<void> {
  const facts = await backend.entitlements.find(product);
  const { entitlements, keys } = await backend.entitlements.show(facts);
  const counted = keys.filter(({ unlimited }) => !unlimited);
  const unknown = counted.filter(({ allowed }) => allowed === null);
  const [first] = unknown;
  const wasGranted = entitlements.some(({ unit }) => unit === 'activations');
  if (!wasGranted || counted.length < 2 || first === undefined) return;
  context.terminal.warn(
    `${product} has ${counted.length} keys now, so what was granted no longer says how many activations each allows: ${unknown.map(({ last5 }) => `…${last5}`).join(', ')}. Say it: mpn-benefits activations adjust ${facts.id} --key ${first.last5} --allowed <n> --reason <text>`,
  );
}

/** A key that was known may be there for another product: then both share its count. */
async function tellOtherProducts(
  { product, key, undo }: { readonly product: string; readonly key: Secret; readonly undo: string | null },
  backend: Backend,
  context: Context,
): Promise<void> {
  const facts = await backend.entitlements.find(product);
  const last5 = lastCharactersOf(key);
  const [it, another] = (await backend.entitlements.show(facts)).keys.filter((each) => each.last5 === last5);
  // Of keys that end alike it cannot be told which one this is.
  if (it === undefined || another !== undefined) return;
  const names: string[] = [];
  for (const id of it.productIds) if (id !== facts.id) names.push((await backend.entitlements.find(id)).name);
  if (names.length === 0) return;
  const back = undo === null ? '' : ` If it is not, take that back with: mpn-benefits import undo ${undo}`;
  context.terminal.warn(`This is the key of ${names.join(' and ')} too, with one count for all.${back}`);
}

function stateOf({ new: added, changed }: FileReport, dryRun: boolean): string {
  if (added > 0) return dryRun ? 'new; this was a dry run, nothing was stored' : 'stored';
  if (changed === 0) return 'was known already';
  return dryRun ? 'known; this was a dry run, nothing was completed' : 'was known; completed';
}

/** A key may come before its product: then the name is taken as given, if that is what was meant. */
async function productOrNewName(query: string, context: Context): Promise<string> {
  try {
    return (await chosenProduct(query, await context.backend(), context)).name;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
    if (!context.terminal.yes && !context.terminal.canPrompt) {
      const hint = `${ended(error.hint)} To store it as a new product of this name: --yes`;
      throw new AppError('NOT_FOUND', error.message, { hint, details: error.details });
    }
    const message = `${error.message} Store the key under this name, as a new product?`;
    if (await confirm(context.terminal, { message, flag: '--yes' })) return query;
    throw new AppError('CANCELLED', 'Nothing was stored.');
  }
}

function ended(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

async function askedKey(context: Context): Promise<Secret> {
  const { terminal, surroundings } = context;
  if (!surroundings.stdin.isTTY) {
    const key = await readKey(standardInput(context));
    terminal.registerSecret(key);
    return key;
  }
  const typed = await hidden(terminal, { message: 'Product key', flag: 'the key on standard input' });
  return readKey(
    (async function* () {
      yield Buffer.from(typed.reveal());
    })(),
  );
}

import { createReadStream } from 'node:fs';
import { type Activation, activationRow } from '../activation/activations.ts';
import { namedAs } from '../activation/licence-name.ts';
import type { Settlement } from '../activation/settle.ts';
import type { Backend } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import { signed } from '../counted.ts';
import { troubleshootingKnowledge } from '../data/troubleshooting.ts';
import type { ProductKind } from '../entitlements/types.ts';
import { AppError, isNoSuchThing } from '../errors.ts';
import { RESULT_MARK, readResultLine } from '../provisioning/activation/result-line.ts';
import type { Result } from '../terminal/result.ts';
import { parseCode } from '../troubleshooting/codes.ts';
import { readOutcomes } from '../troubleshooting/outcomes.ts';
import { LONGEST_PASTE } from '../troubleshooting/paste.ts';
import type { PastedOutcome } from '../troubleshooting/types.ts';
import { activationCalled } from './shared/activation-called.ts';
import { decodeText } from './shared/decode-text.ts';
import { bytesOf, standardInput } from './shared/standard-input.ts';
import { labelsOfThisWindows } from './shared/this-windows.ts';
import { unreadableFile } from './shared/unreadable-file.ts';

export interface SettleOptions {
  readonly id: string;
  readonly file?: string | undefined;
  readonly succeeded?: true | undefined;
  readonly failed?: string | undefined;
  readonly reason?: string | undefined;
}

/** Records what became of an activation: said, or read from what the machine printed. */
export async function run(options: SettleOptions, context: Context): Promise<Result> {
  const ways = [
    ...(options.succeeded === undefined ? [] : ['--succeeded']),
    ...(options.failed === undefined ? [] : ['--failed']),
    ...(options.file === undefined ? [] : ['a file']),
  ];
  if (ways.length > 1) {
    throw new AppError('USAGE', `${ways.join(' and ')} exclude each other.`, {
      hint: 'Give the one that says what became of it.',
    });
  }
  if (ways.length === 0) {
    throw new AppError(
      'USAGE',
      'Say what became of it: --succeeded, --failed <code>, or a file with what was printed.',
      {
        hint: `As in: mpn-benefits activations settle ${options.id} --succeeded`,
      },
    );
  }
  const backend = await context.backend();
  const { activation } = await activationCalled(options.id, backend);
  const outcome = await outcomeOf(options, activation, backend, context);
  const settlement: Settlement = {
    ...outcome,
    reason: options.reason ?? null,
    actor: context.surroundings.userName(),
  };
  const row = activationRow(await backend.activations.settle(activation.activationId, settlement));
  if (outcome.code !== null && row.code !== outcome.code) {
    const recorded = row.code === null ? 'without a code' : `with ${row.code}`;
    context.terminal.warn(
      `This activation is recorded as ${row.status} ${recorded} already, and stays so. To have ${outcome.code} recorded instead, add --reason <text>.`,
    );
  }
  return {
    kind: 'record',
    value: row,
    render: () =>
      `Activation ${row.activationId} on ${row.machine}: ${row.status}${row.code === null ? '' : ` (${row.code})`}, counted ${signed(row.delta)}.`,
  };
}

type Read = Pick<Settlement, 'outcome' | 'code'>;

async function outcomeOf(
  options: SettleOptions,
  activation: Activation,
  backend: Backend,
  context: Context,
): Promise<Read> {
  if (options.succeeded) return { outcome: 'succeeded', code: null };
  if (options.failed !== undefined) return { outcome: 'failed', code: givenCode(options.failed) };
  const product = await productOf(activation.productId, backend);
  return readResult(await readText(options.file ?? '-', context), { ...activation, product }, context);
}

function givenCode(text: string): string {
  const code = parseCode(text);
  if (code !== undefined) return code;
  throw new AppError('USAGE', 'This is no error code.', { hint: 'As in: --failed 0xC004C020' });
}

async function readText(file: string, context: Context): Promise<string> {
  try {
    const source = file === '-' ? standardInput(context) : createReadStream(file);
    return decodeText(await bytesOf(source, LONGEST_PASTE));
  } catch (error) {
    const hint = 'Give a file with what the script, slmgr or ospp printed, or - for standard input.';
    throw unreadableFile(error, file, hint);
  }
}

interface Product {
  readonly name: string;
  readonly kind: ProductKind;
}

type Settled = Activation & { readonly product: Product };

async function productOf(productId: string, backend: Backend): Promise<Product> {
  try {
    return await backend.entitlements.find(productId);
  } catch (error) {
    // The ledger outlives the products that it names.
    if (isNoSuchThing(error)) return { name: productId, kind: 'other' };
    throw error;
  }
}

async function readResult(text: string, activation: Settled, context: Context): Promise<Read> {
  if (text.includes(RESULT_MARK)) {
    const line = readResultLine(text, activation);
    if (line !== undefined) return fromScript(line.outcome);
  }
  const slmgrIni = await labelsOfThisWindows(context);
  const index = await troubleshootingKnowledge.index();
  const found = readOutcomes(text, index, slmgrIni === undefined ? {} : { slmgrIni });
  const mine = found.filter((outcome) => isAbout(outcome, activation));
  if (mine.length === 0) throw notAbout(found, activation);
  const [only, another] = mine;
  if (only === undefined || another !== undefined) {
    throw new AppError(
      'AMBIGUOUS',
      `The text holds ${mine.length} results that could be this activation's.`,
      {
        hint: 'Give only the part about this product, or --succeeded or --failed <code>.',
      },
    );
  }
  if (only.outcome === 'unknown') {
    throw new AppError('INVALID_DATA', 'The text does not say whether the activation worked.', {
      hint: 'Give the licence status, as slmgr /dlv or ospp /dstatus print it, or --succeeded or --failed <code>.',
    });
  }
  context.terminal.verbose(
    `licence status: ${only.licenseStatus ?? 'not said'}, code: ${only.code ?? 'none'}`,
  );
  return { outcome: only.outcome, code: only.code };
}

function fromScript(outcome: NonNullable<ReturnType<typeof readResultLine>>['outcome']): Read {
  if (outcome.kind === 'succeeded') return { outcome: 'succeeded', code: null };
  if (outcome.kind === 'failed') return { outcome: 'failed', code: outcome.code };
  const why = outcome.kind === 'unknown' ? outcome.why : outcome.message;
  throw new AppError('ACTIVATION_UNKNOWN', `The result does not settle the activation: ${why}`, {
    hint: 'It stays pending. Look at the machine, then settle with --succeeded or --failed <code>.',
  });
}

/** With a key it must be this key's; without one, a name must be the product's. Neither may name another product. */
function isAbout(
  { last5, keyField, product: licence }: PastedOutcome,
  { keyLast5, product }: Settled,
): boolean {
  if (keyField !== 'absent' && last5?.toUpperCase() !== keyLast5.toUpperCase()) return false;
  if (licence === null) return true;
  const named = namedAs(licence, product);
  return named === 'this' || (named === 'untold' && last5 !== null);
}

function notAbout(found: readonly PastedOutcome[], { keyLast5, productId }: Settled): AppError {
  if (found.length === 0) {
    return new AppError('INVALID_DATA', 'The text holds no result of an activation.', {
      hint: 'Give what the script, slmgr /dlv or ospp /dstatus printed, or --succeeded or --failed <code>.',
    });
  }
  if (found.every(({ keyField }) => keyField === 'empty')) {
    return new AppError('INVALID_DATA', 'The result says that no product key is installed.', {
      hint: `The activation is for ${productId}, with the key that ends in ${keyLast5}. Nothing was recorded.`,
      details: { expected: keyLast5, found: [] },
    });
  }
  return new AppError('INVALID_DATA', 'The result is about another product or key than the activation.', {
    hint: `The activation is for ${productId}, with the key that ends in ${keyLast5}. Nothing was recorded.`,
    details: { expected: keyLast5, found: found.map(({ last5 }) => last5 ?? '') },
  });
}

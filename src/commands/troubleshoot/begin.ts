import type { Backend } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError, isNoSuchThing } from '../../errors.ts';
import { contextOf } from '../../troubleshooting/answer.ts';
import { parseCode, placeCode, rankCodes } from '../../troubleshooting/codes.ts';
import { NO_FACTS, type WalkFacts } from '../../troubleshooting/facts.ts';
import type { Knowledge } from '../../troubleshooting/knowledge.ts';
import type { WalkState } from '../../troubleshooting/types.ts';
import { seenLast5 } from '../../troubleshooting/values.ts';
import { startWalk } from '../../troubleshooting/walk-state.ts';
import { chosenProduct } from '../shared/product.ts';
import { labelsOfThisWindows } from '../shared/this-windows.ts';
import { runMachineChecks } from './checks.ts';
import { gatherFacts, productOfKey } from './facts.ts';
import { type Given, nothingIn, readGiven } from './given.ts';
import { readableLedger } from './ledger.ts';
import type { TroubleshootOptions } from './options.ts';
import { loadWalk, newWalkId } from './saved-walks.ts';

export interface Begun {
  readonly state: WalkState;
  /** Texts of slmgr on this Windows, if it does not speak English. */
  readonly slmgrIni: string | undefined;
  /** The text that it began with. */
  readonly given?: Given;
}

/** A new walk by what is given, or a saved one. Throws NOT_FOUND, AMBIGUOUS, INVALID_DATA, STORAGE_UNAVAILABLE. */
export async function beginWalk(
  options: TroubleshootOptions,
  knowledge: Knowledge,
  context: Context,
): Promise<Begun> {
  const slmgrIni = await labelsOfThisWindows(context);
  const product =
    options.product === undefined
      ? null
      : await chosenProduct(options.product, await context.backend(), context);
  if (options.resume !== undefined) {
    const saved = loadWalk(context.places.stateFolder, options.resume === true ? undefined : options.resume);
    return { state: product === null ? saved : { ...saved, product: product.id }, slmgrIni };
  }
  const start = { id: newWalkId(), now: context.surroundings.now().toISOString() };
  if (options.text.length === 0)
    return {
      state: startWalk({ ...start, product: product?.id ?? null, ...scenarioOf(options, knowledge) }),
      slmgrIni,
    };
  const given = await readGiven(options.text, troubleshootingKnowledge, context);
  const { reading } = given;
  const { status, last5 } = contextOf(reading);
  const codes = rankCodes(reading.codes, knowledge.index).map(
    (code) => placeCode(code, knowledge.index).code,
  );
  const [phrase] = reading.phrases;
  const found = product ?? (await productIn(given, last5, context));
  if (codes.length === 0 && status === null && phrase === undefined && found === null) {
    throw nothingIn(
      options.text,
      'code or licence state to begin with',
      'Begin without it: mpn-benefits troubleshoot',
    );
  }
  const scenario = codes.length === 0 && status === null ? phrase : undefined;
  return {
    state: startWalk({
      ...start,
      product: found?.id ?? null,
      codes,
      status,
      last5,
      ...(scenario === undefined ? {} : { scenario }),
    }),
    slmgrIni,
    given,
  };
}

/** The product of the key whose end was seen, else one that the text names. */
async function productIn(given: Given, last5: string | null, context: Context): Promise<ProductFacts | null> {
  if (parseCode(given.text) !== undefined) return null;
  const ledger = await readableLedger(context);
  if (ledger instanceof AppError) return null;
  const ofKey = last5 === null ? null : await productOfKey(last5, ledger);
  if (ofKey !== null) return ofKey;
  const named = await (await import('./named-product.ts')).namedProduct(given, context);
  return named === undefined ? null : findProduct(named.id, ledger);
}

function scenarioOf(
  { scenario }: TroubleshootOptions,
  { scenarios }: Knowledge,
): { readonly scenario?: string } {
  if (scenario === undefined) return {};
  if (scenarios.has(scenario)) return { scenario };
  throw new AppError('NOT_FOUND', `There is no scenario "${scenario}".`, {
    hint: 'mpn-benefits troubleshoot --list names them.',
    details: { candidates: [...scenarios.keys()] },
  });
}

/** What ledger and machine know for this walk. */
export async function factsOf(
  state: WalkState,
  options: TroubleshootOptions,
  context: Context,
): Promise<WalkFacts> {
  const last5 = seenLast5(state);
  const checks = options.checks === undefined ? [] : await runMachineChecks(options, context);
  const ledger = await readableLedger(context);
  if (ledger instanceof AppError) {
    context.terminal.warn(`${ledger.message} The walkthrough goes on without the ledger.`);
    return { ...NO_FACTS, seenLast5: last5, checks };
  }
  const product = state.product === null ? null : await findProduct(state.product, ledger);
  return gatherFacts({ product, seenLast5: last5, checks }, context);
}

/** A product that is no longer there is not known; the walk goes on without it. */
async function findProduct(product: string, ledger: Backend): Promise<ProductFacts | null> {
  try {
    return await ledger.entitlements.find(product);
  } catch (error) {
    if (isNoSuchThing(error)) return null;
    throw error;
  }
}

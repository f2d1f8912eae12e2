import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { contextOf } from '../../troubleshooting/answer.ts';
import { placeCode, rankCodes } from '../../troubleshooting/codes.ts';
import type { WalkFacts } from '../../troubleshooting/facts.ts';
import type { Knowledge } from '../../troubleshooting/knowledge.ts';
import type { WalkState } from '../../troubleshooting/types.ts';
import { startWalk } from '../../troubleshooting/walk-state.ts';
import { chosenProduct } from '../shared/product.ts';
import { labelsOfThisWindows } from '../shared/this-windows.ts';
import { runMachineChecks } from './checks.ts';
import { gatherFacts, productOfKey } from './facts.ts';
import { nothingIn, readGiven } from './given.ts';
import type { TroubleshootOptions } from './options.ts';
import { loadWalk, newWalkId } from './saved-walks.ts';

export interface Begun {
  readonly state: WalkState;
  /** Texts of slmgr on this Windows, if it does not speak English. */
  readonly slmgrIni: string | undefined;
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
  const { reading } = await readGiven(options.text, troubleshootingKnowledge, context);
  const { status, last5 } = contextOf(reading);
  const codes = rankCodes(reading.codes, knowledge.index).map(
    (code) => placeCode(code, knowledge.index).code,
  );
  const [phrase] = reading.phrases;
  if (codes.length === 0 && status === null && phrase === undefined) {
    throw nothingIn(
      options.text,
      'code or licence state to begin with',
      'Begin without it: mpn-benefits troubleshoot',
    );
  }
  const found = product ?? (last5 === null ? null : await productOfKey(last5, await context.backend()));
  const scenario = codes.length === 0 && status === null ? phrase : undefined;
  return {
    state: startWalk({
      ...start,
      product: found?.id ?? null,
      codes,
      status,
      ...(scenario === undefined ? {} : { scenario }),
    }),
    slmgrIni,
  };
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
  const checks = options.checks === undefined ? [] : await runMachineChecks(options, context);
  return gatherFacts({ product: await productOf(state, context), last5: null, checks }, context);
}

/** A product that is no longer there is not known; the walk goes on without it. */
async function productOf({ product }: WalkState, context: Context): Promise<ProductFacts | null> {
  if (product === null) return null;
  try {
    return await (await context.backend()).entitlements.find(product);
  } catch (error) {
    if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'AMBIGUOUS')) return null;
    throw error;
  }
}

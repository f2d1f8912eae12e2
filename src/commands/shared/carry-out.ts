import { numbersOf } from '../../activation/numbers.ts';
import type { CountedPlan } from '../../activation/plan-types.ts';
import type { Performed } from '../../activation/reserve.ts';
import type { Settlement } from '../../activation/settle.ts';
import type { Backend, Reservation } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { orCancelled } from '../../interrupt.ts';
import type { Secret } from '../../keys/secret.ts';
import { type ArtefactRequest, artefactText, checkArtefact } from '../../provisioning/activation/artefact.ts';
import { consequenceOf } from '../../provisioning/activation/consequence.ts';
import type { ActivationOutcome } from '../../provisioning/activation/outcome.ts';
import { type ArtefactVia, applicationOf, writesArtefact } from '../../provisioning/activation/ways.ts';
import { writeOutFile } from '../../store/own-file-writing.ts';
import type { Unwritten } from '../../terminal/result.ts';
import { accessBy, agreeToReveal } from './key-access.ts';
import { offerTroubleshooting } from './offer-troubleshooting.ts';
import { agreeOnFile, fileNamed } from './out-file.ts';

export interface WayRequest {
  readonly product: ProductFacts;
  readonly plan: CountedPlan;
  readonly options: { readonly outFile?: string | undefined; readonly imageKey?: true | undefined };
  readonly backend: Backend;
  readonly context: Context;
}

/** A way to activate of which everything that can fail beforehand has been tried. */
export interface Way {
  readonly request: WayRequest;
  readonly overwrite: boolean;
  /**
   * Takes the key out if this way uses it, recorded first; null if it does not. Throws USAGE for a key that the
   * way's file cannot hold, CONFIRMATION_REQUIRED and CANCELLED for one that gives another refund away.
   */
  readonly open: (keyId: string) => Promise<Secret | null>;
}

/**
 * Tries what can be tried before anything is counted: the file, the administrator rights, the refund. Throws USAGE,
 * NOT_ELEVATED, CONFIRMATION_REQUIRED, CANCELLED, STORAGE_UNAVAILABLE.
 */
export async function prepareWay(request: WayRequest): Promise<Way> {
  const { plan, product, options, backend, context } = request;
  if (plan.via === 'manual') return { request, overwrite: false, open: async () => null };
  if (plan.via === 'windows') await checkThisWindows(request);
  const file = fileNamed(options.outFile);
  const { overwrite } = file === undefined ? { overwrite: false } : await agreeOnFile(file, context);
  const agreeOn = async (keyId: string): Promise<void> => {
    const view = (await backend.keys.list(product)).find(({ id }) => id === keyId);
    if (view !== undefined) await agreeToReveal(view, backend, context);
  };
  await agreeOn(plan.keyId);
  const opened = new Map<string, Secret>();
  const target = [plan.machine.name, ...(options.outFile === undefined ? [] : [options.outFile])].join(', ');
  const access = accessBy(context, { productId: product.id, purpose: plan.purpose, way: plan.via, target });
  const open = async (keyId: string): Promise<Secret> => {
    const known = opened.get(keyId);
    if (known !== undefined) return known;
    // Whoever lost a race for a key gets another one, and nobody was asked about that one's refund yet.
    if (keyId !== plan.keyId) await agreeOn(keyId);
    const { key } = await backend.keys.reveal(keyId, access);
    context.terminal.registerSecret(key);
    if (writesArtefact(plan.via)) await checkArtefact(plan.via, artefactRequest(request, plan, key));
    opened.set(keyId, key);
    return key;
  };
  return { request, overwrite, open };
}

async function checkThisWindows({ plan, product, context }: WayRequest): Promise<void> {
  const { checkElevation } = await import('../../provisioning/activation/windows.ts');
  await checkElevation(licenceOf(product, plan.keyLast5), await context.surroundings.powerShell());
}

function licenceOf(product: ProductFacts, last5: string) {
  const applicationId = applicationOf(product.kind);
  if (applicationId !== undefined) return { applicationId, last5 };
  throw new AppError('USAGE', `Windows keeps no licence for ${product.name}.`, { hint: 'Use --via manual.' });
}

const CONTINUES = 'The same command again continues it and counts nothing more.';

/** The count has changed, whether or not anybody could read the answer. */
export function unwrittenOf({ activationId, status }: Performed): Unwritten {
  return status === 'pending'
    ? {
        message: `The activation ${activationId} is reserved and counted.`,
        hint: CONTINUES,
        details: { activationId, status },
      }
    : {
        message: `The activation ${activationId} is recorded as ${status}.`,
        hint: `See: mpn-benefits activations show ${activationId}`,
        details: { activationId, status },
      };
}

export interface CarryOutRequest extends Reservation {
  readonly way: Way;
  readonly backend: Backend;
  readonly context: Context;
  readonly actor: string | null;
}

export interface CarriedOut {
  readonly performed: Performed;
  /** For stdout in place of everything else; null if there is none. */
  readonly artefact: string | null;
  /** What a person has to do now. */
  readonly steps: readonly string[];
}

/**
 * Carries a reserved activation out. It is settled as soon as its outcome is certain; what is uncertain stays
 * pending, and counted. Throws ACTIVATION_FAILED, ACTIVATION_UNKNOWN, NOT_ELEVATED.
 */
export async function carryOut(request: CarryOutRequest): Promise<CarriedOut> {
  const { plan } = request;
  if (plan.via === 'manual')
    return { performed: request.performed, artefact: null, steps: await stepsOf(request) };
  const key = await openReserved(request);
  return writesArtefact(plan.via) ? writeArtefact(request, plan.via, key) : activateHere(request, key);
}

/** A key that was not taken out activates nothing, so what was reserved of it is given back. */
async function openReserved(request: CarryOutRequest): Promise<Secret> {
  try {
    const key = await request.way.open(request.plan.keyId);
    if (key === null) throw new Error('this way needs the key');
    return key;
  } catch (error) {
    await giveBack(request, 'the key was not taken out');
    throw error;
  }
}

/** Where not even that works it stays pending, and counted: whoever calls has a reason to tell that comes first. */
async function giveBack(request: CarryOutRequest, reason: string): Promise<void> {
  if (isContinued(request)) return;
  await settled(request, { outcome: 'failed', code: null, reason }).catch(() => {});
}

async function stepsOf({ plan, performed, way }: CarryOutRequest): Promise<readonly string[]> {
  const [{ manualSteps }, { MANUAL_ACTIVATION }] = await Promise.all([
    import('../../provisioning/activation/manual.ts'),
    import('../../data/manual-activation.ts'),
  ]);
  const { product } = way.request;
  const { activationId } = performed;
  return manualSteps(
    { product, machine: plan.machine.name, keyLast5: plan.keyLast5, activationId },
    MANUAL_ACTIVATION,
  );
}

async function activateHere(request: CarryOutRequest, key: Secret): Promise<CarriedOut> {
  const { plan, way, context } = request;
  const { activateOnWindows } = await import('../../provisioning/activation/windows.ts');
  const licence = licenceOf(way.request.product, plan.keyLast5);
  const powerShell = await context.surroundings.powerShell();
  const { message, hint } = unwrittenOf(request.performed);
  const outcome = await orCancelled(context.surroundings.signals, `${message} ${hint}`, () =>
    activateOnWindows({ ...licence, key }, powerShell),
  );
  return conclude(request, outcome);
}

async function conclude(request: CarryOutRequest, outcome: ActivationOutcome): Promise<CarriedOut> {
  const { performed, way, context } = request;
  const { product } = way.request;
  const { settlement, error, note } = consequenceOf(outcome, performed.activationId, product.id);
  const keepsPending = settlement === null || (outcome.kind === 'not-elevated' && isContinued(request));
  const after = keepsPending ? performed : await recorded(request, settlement);
  if (outcome.kind === 'failed') await offerTroubleshooting(context, outcome.code, product.id);
  if (error !== undefined) throw error;
  if (note !== undefined) context.terminal.warn(note);
  if (outcome.kind === 'succeeded') context.terminal.note(outcome.message);
  return { performed: after, artefact: null, steps: [] };
}

/** What became of it on Windows is told where it cannot be recorded: nobody else knows it. */
async function recorded(request: CarryOutRequest, settlement: Omit<Settlement, 'actor'>): Promise<Performed> {
  const { performed, context } = request;
  const { activationId } = performed;
  const { outcome, code } = settlement;
  const became = outcome === 'succeeded' ? 'worked' : `failed${code === null ? '' : ` with ${code}`}`;
  const told = `The activation ${activationId} ${became}, but that is not recorded`;
  const said = outcome === 'succeeded' ? '--succeeded' : code === null ? null : `--failed ${code}`;
  const todo =
    said === null ? CONTINUES : `Record it: mpn-benefits activations settle ${activationId} ${said}`;
  try {
    return await orCancelled(context.surroundings.signals, `${told}. ${todo}`, () =>
      settled(request, settlement),
    );
  } catch (error) {
    if (!(error instanceof AppError)) context.terminal.warn(`${told}. ${todo}`);
    if (!(error instanceof AppError) || error.code === 'CANCELLED') throw error;
    throw new AppError(error.code, `${told}: ${error.message}`, {
      hint: `${error.hint} Until then it is counted. ${todo}`,
      details: { ...error.details, activationId, activationCode: code },
      cause: error,
    });
  }
}

/** Where nothing was done this time, nobody knows yet what became of an activation that an earlier run has begun. */
function isContinued({ plan }: CarryOutRequest): boolean {
  return plan.continues !== null;
}

async function settled(
  { performed, backend, actor }: CarryOutRequest,
  settlement: Omit<Settlement, 'actor'>,
): Promise<Performed> {
  // A continued activation was counted by the run before; what it was reserved with counts, not today's plan.
  const { reserved, delta } = await backend.activations.settle(performed.activationId, {
    ...settlement,
    actor,
  });
  const { used, pending, allowed } = performed.numbers;
  const numbers = numbersOf(used - (reserved - delta), Math.max(0, pending - reserved), allowed);
  return { activationId: performed.activationId, status: settlement.outcome, numbers };
}

/** A file that was not written activates nothing, so a reservation made for it is given back at once. */
async function writeArtefact(request: CarryOutRequest, via: ArtefactVia, key: Secret): Promise<CarriedOut> {
  const { performed, plan, way, context } = request;
  const outFile = fileNamed(way.request.options.outFile);
  try {
    const text = await artefactText(via, artefactRequest(way.request, plan, key), performed.activationId);
    if (outFile === undefined) return { performed, artefact: text, steps: [] };
    writeOutFile(outFile, text, { overwrite: way.overwrite });
  } catch (error) {
    await giveBack(request, 'the file was not written');
    throw error;
  }
  context.terminal.note(
    `Wrote ${outFile}, readable by you alone: it holds the product key. Delete it when it has been used.`,
  );
  const steps = [
    `Use ${outFile} on ${plan.machine.name}.`,
    `Record the result: mpn-benefits activations settle ${performed.activationId} <file with what it printed>, or --succeeded, or --failed <code>`,
  ];
  return { performed, artefact: null, steps };
}

function artefactRequest({ product, options }: WayRequest, plan: CountedPlan, key: Secret): ArtefactRequest {
  return {
    product,
    key,
    keyLast5: plan.keyLast5,
    machine: plan.machine.name,
    imageKey: options.imageKey === true,
  };
}

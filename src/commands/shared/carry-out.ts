import { numbersOf } from '../../activation/numbers.ts';
import type { CountedPlan } from '../../activation/plan-types.ts';
import type { Performed } from '../../activation/reserve.ts';
import type { Settlement } from '../../activation/settle.ts';
import type { Backend, Reservation } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import type { ActivationOutcome } from '../../provisioning/activation/outcome.ts';
import { applicationOf } from '../../provisioning/activation/ways.ts';
import { writeKeyFile } from '../../provisioning/key-file.ts';
import { accessBy, agreeToReveal } from './key-access.ts';
import { agreeOnFile } from './out-file.ts';

/** Standard output in place of a file. */
const STDOUT = '-';

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
  /** Takes the key out if this way uses it, recorded first; null if it does not. */
  readonly open: (keyId: string) => Promise<Secret | null>;
}

/**
 * Tries what can be tried before anything is counted: the file, the administrator rights, the refund. Throws USAGE,
 * NOT_ELEVATED, CONFIRMATION_REQUIRED, CANCELLED, STORAGE_UNAVAILABLE.
 */
export async function prepareWay(request: WayRequest): Promise<Way> {
  const { plan, product, options, backend, context } = request;
  if (plan.via === 'manual') return { request, overwrite: false, open: async () => null };
  if (plan.via === 'office-deployment') await checkOfficeProduct(product);
  if (plan.via === 'windows') await checkThisWindows(request);
  const file = options.outFile === STDOUT ? undefined : options.outFile;
  const { overwrite } = file === undefined ? { overwrite: false } : await agreeOnFile(file, context);
  const view = (await backend.keys.list(product)).find(({ id }) => id === plan.keyId);
  if (view !== undefined) await agreeToReveal(view, backend, context);
  const opened = new Map<string, Secret>();
  const target = [plan.machine.name, ...(options.outFile === undefined ? [] : [options.outFile])].join(', ');
  const access = accessBy(context, { productId: product.id, purpose: plan.purpose, way: plan.via, target });
  const open = async (keyId: string): Promise<Secret> => {
    const known = opened.get(keyId);
    if (known !== undefined) return known;
    const { key } = await backend.keys.reveal(keyId, access);
    context.terminal.registerSecret(key);
    opened.set(keyId, key);
    return key;
  };
  return { request, overwrite, open };
}

async function checkOfficeProduct(product: ProductFacts): Promise<void> {
  const [{ findOfficeProduct }, { OFFICE_PRODUCTS }] = await Promise.all([
    import('../../provisioning/activation/office-deployment.ts'),
    import('../../data/office-products.ts'),
  ]);
  findOfficeProduct(product, OFFICE_PRODUCTS);
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
  const key = await request.way.open(plan.keyId);
  if (key === null) throw new Error('this way needs the key');
  return plan.via === 'windows' ? activateHere(request, key) : writeArtefact(request, key);
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
  const outcome = await activateOnWindows({ ...licence, key }, await context.surroundings.powerShell());
  return conclude(request, outcome);
}

async function conclude(request: CarryOutRequest, outcome: ActivationOutcome): Promise<CarriedOut> {
  const { performed, context } = request;
  switch (outcome.kind) {
    case 'succeeded':
      context.terminal.note(outcome.message);
      return { performed: await settled(request, 'succeeded', null, null), artefact: null, steps: [] };
    case 'restart-needed':
      context.terminal.warn(
        `${outcome.message} The activation stays pending until it is settled: mpn-benefits activations settle ${performed.activationId} --succeeded`,
      );
      return { performed, artefact: null, steps: [] };
    case 'not-elevated':
      throw new AppError('NOT_ELEVATED', outcome.message, {
        hint: `Nothing was changed, ${await givenBack(request, outcome.message)}. Start the terminal with "Run as administrator".`,
      });
    case 'failed':
      await settled(request, 'failed', outcome.code, outcome.message);
      throw activationFailed(request, outcome);
    case 'unknown':
      throw new AppError(
        'ACTIVATION_UNKNOWN',
        `Nobody can say what became of the activation: ${outcome.why}.`,
        {
          hint: `It stays pending, and counted. Look at the machine, then: mpn-benefits activations settle ${performed.activationId} --succeeded | --failed <code>`,
          details: { activationId: performed.activationId },
        },
      );
  }
}

/**
 * Nothing was done this time, so what this run counted is given back. What an earlier run has begun stays pending:
 * nobody knows what became of that.
 */
async function givenBack(request: CarryOutRequest, reason: string): Promise<string> {
  if (request.plan.continues !== null) return 'and the activation stays pending, as it was';
  await settled(request, 'failed', null, reason);
  return 'and nothing is counted';
}

function activationFailed(
  { performed, way }: CarryOutRequest,
  { code, message }: Extract<ActivationOutcome, { readonly kind: 'failed' }>,
): AppError {
  const { product } = way.request;
  return new AppError(
    'ACTIVATION_FAILED',
    `The activation failed${code === null ? '' : ` with ${code}`}: ${message}`,
    {
      hint: `Nothing is counted for it. Find out why: mpn-benefits troubleshoot ${code ?? ''} --product ${product.id}`.replace(
        '  ',
        ' ',
      ),
      details: { activationId: performed.activationId, activationCode: code, productId: product.id },
    },
  );
}

async function settled(
  { performed, backend, actor }: CarryOutRequest,
  outcome: Settlement['outcome'],
  code: string | null,
  reason: string | null,
): Promise<Performed> {
  const settlement = { outcome, code, reason, actor };
  // A continued activation was counted by the run before; what it was reserved with counts, not today's plan.
  const { reserved, delta } = await backend.activations.settle(performed.activationId, settlement);
  const { used, pending, allowed } = performed.numbers;
  const numbers = numbersOf(used - (reserved - delta), Math.max(0, pending - reserved), allowed);
  return { activationId: performed.activationId, status: outcome, numbers };
}

/** A file that was not written activates nothing, so its reservation is given back at once. */
async function writeArtefact(request: CarryOutRequest, key: Secret): Promise<CarriedOut> {
  const { performed, way, context } = request;
  const { outFile } = way.request.options;
  try {
    const text = await artefactText(request, key);
    if (outFile === STDOUT || outFile === undefined) return { performed, artefact: text, steps: [] };
    writeKeyFile(outFile, text, { overwrite: way.overwrite });
  } catch (error) {
    await givenBack(request, 'the file was not written');
    throw error;
  }
  context.terminal.note(
    `Wrote ${outFile}, readable by you alone: it holds the product key. Delete it when it has been used.`,
  );
  const steps = [
    `Use ${outFile} on ${request.plan.machine.name}.`,
    `Record the result: mpn-benefits activations settle ${performed.activationId} <file with what it printed>, or --succeeded, or --failed <code>`,
  ];
  return { performed, artefact: null, steps };
}

async function artefactText({ plan, performed, way }: CarryOutRequest, key: Secret): Promise<string> {
  const { product, options } = way.request;
  const { activationId } = performed;
  const machine = plan.machine.name;
  if (plan.via === 'script') {
    const { activationScriptFile } = await import('../../provisioning/activation/script.ts');
    return activationScriptFile({
      ...licenceOf(product, plan.keyLast5),
      key,
      activationId,
      productName: product.name,
      machine,
    });
  }
  if (plan.via === 'unattend') {
    const { unattendFile } = await import('../../provisioning/activation/unattend.ts');
    return unattendFile({
      key,
      activationId,
      productName: product.name,
      machine,
      imageKey: options.imageKey === true,
    });
  }
  const [{ officeConfiguration }, { OFFICE_PRODUCTS }] = await Promise.all([
    import('../../provisioning/activation/office-deployment.ts'),
    import('../../data/office-products.ts'),
  ]);
  return officeConfiguration({ key, activationId, product, machine }, OFFICE_PRODUCTS);
}

import { readFileSync } from 'node:fs';
import type { Activation } from '../activation/activations.ts';
import type { Assumption, Purpose, Via } from '../activation/events.ts';
import type { HardwareProfile } from '../activation/hardware.ts';
import { readHardwareProfile } from '../activation/hardware-file.ts';
import { limitError } from '../activation/limit.ts';
import { machineNameKey } from '../activation/machines.ts';
import { planHeadline } from '../activation/plan.ts';
import type { ActivationPlan, CountedPlan } from '../activation/plan-types.ts';
import { activationResult, type Performed } from '../activation/reserve.ts';
import type { ActivationRequest, Backend } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import { signed } from '../counted.ts';
import { HARDWARE_TABLE } from '../data/hardware.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import type { KeyType } from '../keys/product-key.ts';
import {
  checkWayOptions,
  fittingWays,
  resolveVia,
  type ViaOption,
  viaNeeded,
} from '../provisioning/activation/ways.ts';
import { confirm, select } from '../terminal/prompts.ts';
import type { RecordResult, Result, Unwritten, View } from '../terminal/result.ts';
import { sanitiseLine } from '../terminal/sanitise.ts';
import { bulleted, keyValues } from '../terminal/text.ts';
import { carryOut, prepareWay } from './shared/carry-out.ts';
import { decodeText } from './shared/decode-text.ts';
import { chosenProduct } from './shared/product.ts';
import { thisHardware } from './shared/this-hardware.ts';
import { unreadableFile } from './shared/unreadable-file.ts';

export interface ActivateOptions {
  readonly product: string;
  readonly machine?: string | undefined;
  readonly hardware?: string | undefined;
  readonly key?: string | undefined;
  readonly type?: KeyType | undefined;
  readonly via?: ViaOption | undefined;
  readonly outFile?: string | undefined;
  readonly imageKey?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly assume?: Assumption | undefined;
  readonly reason?: string | undefined;
  readonly purpose?: Purpose | undefined;
}

/** Says what an activation costs, reserves it, carries it out and records what became of it. */
export async function run(options: ActivateOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const product = await chosenProduct(options.product, backend, context);
  const request = await requestOf(product, options, context);
  const plan = await backend.activations.plan(request);
  tellPlan(plan, context);
  await tellNotApplied(plan, options, backend, context);
  if (plan.status === 'not-needed') return toResult(plan, undefined, []);
  if (plan.refusal !== null) throw limitError(plan, plan.refusal, await waitingFor(plan, product, backend));
  if (options.dryRun) return toResult(plan, undefined, []);
  const way = await prepareWay({ product, plan, options, backend, context });
  await agreeTo(plan, context);
  return perform({ request, plan, way, backend, context });
}

/** So many are looked through, and so many named, in a message about a limit. */
const LOOKED_THROUGH = 200;
const MOST_NAMED = 3;

/** Activations of the planned key that could be settled, newest first. */
async function waitingFor(
  plan: CountedPlan,
  product: ProductFacts,
  backend: Backend,
): Promise<readonly Activation[]> {
  const waiting: Activation[] = [];
  if (plan.before.pending === 0) return waiting;
  for await (const activation of backend.activations.list({ product, limit: LOOKED_THROUGH })) {
    if (activation.status === 'pending' && activation.keyId === plan.keyId) waiting.push(activation);
    if (waiting.length === MOST_NAMED) break;
  }
  return waiting;
}

interface Performing {
  readonly request: ActivationRequest;
  readonly plan: CountedPlan;
  readonly way: Awaited<ReturnType<typeof prepareWay>>;
  readonly backend: Backend;
  readonly context: Context;
}

async function perform({ request, plan, way, backend, context }: Performing): Promise<Result> {
  const actor = context.surroundings.userName();
  // A vault that cannot be opened must be found before anything is counted.
  await way.open(plan.keyId);
  const reservation = await backend.activations.reserve(request, plan, actor);
  const done = await carryOut({ way, ...reservation, backend, context, actor });
  const unwritten = unwrittenOf(done.performed);
  if (done.artefact !== null) return { kind: 'text', text: done.artefact, unwritten };
  return { ...toResult(reservation.plan, done.performed, done.steps, context), unwritten };
}

/** The count has changed, whether or not anybody could read the answer. */
function unwrittenOf({ activationId, status }: Performed): Unwritten {
  return status === 'pending'
    ? {
        message: `The activation ${activationId} is reserved and counted.`,
        hint: 'The same command again continues it and counts nothing more.',
        details: { activationId, status },
      }
    : {
        message: `The activation ${activationId} is recorded as ${status}.`,
        hint: `See: mpn-benefits activations show ${activationId}`,
        details: { activationId, status },
      };
}

async function requestOf(
  product: ProductFacts,
  options: ActivateOptions,
  context: Context,
): Promise<ActivationRequest> {
  const given = options.hardware === undefined ? null : readHardwareFile(options.hardware);
  const here = context.surroundings.hostName();
  const machine = checkMachineName(options.machine ?? given?.machine ?? here);
  if (options.machine !== undefined) refuseControls(options.machine);
  const thisMachine = machineNameKey(machine) === machineNameKey(here);
  const via = await viaFor(product, options, thisMachine, context);
  const assume = options.assume ?? null;
  // An assumption reads nothing, but what was given is recorded, and tells which machine this is.
  const needsHardware = product.requiresActivation.value !== 'no' && assume === null;
  const read = given === null && thisMachine && needsHardware ? await thisHardware(context) : null;
  return {
    product,
    wish: { key: options.key, type: options.type },
    machine,
    hardware: given ?? read,
    assume,
    reason: options.reason ?? null,
    purpose: options.purpose ?? 'internal',
    via,
  };
}

/** The longest name DNS allows. */
const LONGEST_NAME = 255;

/** Throws USAGE for what names nothing. */
function checkMachineName(name: string): string {
  if (machineNameKey(name) !== '' && name.length <= LONGEST_NAME && name.isWellFormed()) return name;
  throw new AppError('USAGE', 'This is no name of a machine.', {
    hint: `Give a name of 1 to ${LONGEST_NAME} characters: --machine <name>`,
  });
}

/** A name in a file is what its machine is called; what is typed is a mistake of the shell, or of a paste. */
function refuseControls(name: string): void {
  if (!name.includes('\n') && sanitiseLine(name) === name) return;
  throw new AppError('USAGE', 'The name of the machine holds characters that cannot be seen.', {
    hint: 'Type it anew: --machine <name>, without tabs, ends of lines and marks of reading direction.',
  });
}

async function viaFor(
  product: ProductFacts,
  options: ActivateOptions,
  thisMachine: boolean,
  context: Context,
): Promise<Via> {
  const { platform } = context.surroundings;
  const question = { product, platform, thisMachine };
  const resolved = resolveVia(options.via ?? 'auto', question);
  // What it costs does not depend on the way, so a dry run or an explanation does not ask for it.
  const onlyExplains = options.dryRun === true || product.requiresActivation.value === 'no';
  const via = resolved ?? (onlyExplains ? 'manual' : await askedVia(question, context));
  if (!onlyExplains) checkWayOptions(via, { imageKey: options.imageKey === true, outFile: options.outFile });
  return via;
}

const WAY_NAMES: Readonly<Record<Via, string>> = {
  windows: 'windows: install the key and activate, here and now',
  script: 'script: write a PowerShell file to run on the machine',
  unattend: 'unattend: write an answer file for Windows Setup',
  'office-deployment': 'office-deployment: write a configuration for the Office Deployment Tool',
  manual: 'manual: follow steps, then record the result',
};

async function askedVia(question: Parameters<typeof viaNeeded>[0], context: Context): Promise<Via> {
  if (!context.terminal.canPrompt) throw viaNeeded(question);
  const ways = fittingWays(question);
  // Ways that write a file need its name, which belongs on the command line.
  const [asked, writing] = [ways.filter(isAsked), ways.filter((via) => !isAsked(via))];
  const choices = asked.map((via) => ({ name: WAY_NAMES[via], value: via }));
  if (writing.length > 0) {
    const named = writing.map((via) => `--via ${via}`).join(', ');
    context.terminal.note(`To write a file instead, with --out-file <file>: ${named}`);
  }
  return select(context.terminal, { message: 'How do you want to activate', flag: '--via', choices });
}

function isAsked(via: Via): boolean {
  return via === 'manual' || via === 'windows';
}

const HARDWARE_HINT = 'Make it on the machine: mpn-benefits hardware --out-file hardware.json';

function readHardwareFile(file: string): HardwareProfile {
  let text: string;
  try {
    text = decodeText(readFileSync(file));
  } catch (error) {
    throw unreadableFile(error, file, HARDWARE_HINT);
  }
  try {
    return readHardwareProfile(JSON.parse(text), HARDWARE_TABLE);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('INVALID_DATA', `${file} is not JSON.`, {
      hint: HARDWARE_HINT,
      details: { file },
    });
  }
}

/** What it costs and why, before anything happens; on stderr, since stdout is the answer. */
function tellPlan(plan: ActivationPlan, { terminal }: Context): void {
  for (const warning of plan.warnings) terminal.warn(warning);
  if (plan.status === 'not-needed') return;
  for (const { keyLast5, reason } of plan.choice) terminal.verbose(`key …${keyLast5}: ${reason}`);
  terminal.note([planHeadline(plan), ...plan.reasons.map((reason) => `  ${reason}`)].join('\n'));
}

/** What a pending activation was begun with stays in the ledger, whatever the command that continues it says. */
async function tellNotApplied(
  plan: ActivationPlan,
  options: ActivateOptions,
  backend: Backend,
  { terminal }: Context,
): Promise<void> {
  if (plan.status !== 'planned' || plan.continues === null) return;
  const { activation: begun } = await backend.activations.show(plan.continues);
  const { assume, reason, purpose } = options;
  const ignored = [
    ...(assume === undefined || assume === begun.assumed ? [] : [`--assume ${assume}`]),
    ...(reason === undefined || reason === begun.reason ? [] : ['--reason']),
    ...(purpose === undefined || purpose === begun.purpose ? [] : [`--purpose ${purpose}`]),
  ];
  if (ignored.length > 0) {
    terminal.warn(
      `Not applied: ${ignored.join(', ')}. The pending activation ${plan.continues} is continued as it was begun.`,
    );
  }
  // A dry run that names no way has not chosen one.
  if (plan.via === begun.via || (options.dryRun === true && options.via === undefined)) return;
  terminal.warn(
    `The ledger keeps that ${plan.continues} was begun with --via ${begun.via}; --via ${plan.via} is not recorded.`,
  );
}

/** Throws CONFIRMATION_REQUIRED where nobody can be asked, CANCELLED. */
async function agreeTo({ confirm: what }: CountedPlan, { terminal }: Context): Promise<void> {
  if (what.length === 0) return;
  const message = `Count this activation (${what.join('; ')})?`;
  if (await confirm(terminal, { message, flag: '--yes' })) return;
  throw new AppError('CANCELLED', 'Nothing was counted.');
}

function toResult(
  plan: ActivationPlan,
  performed: Parameters<typeof activationResult>[1],
  steps: readonly string[],
  context?: Context,
): RecordResult {
  const value = activationResult(plan, performed);
  // In JSON mode the steps are no part of the answer, and still have to be read.
  if (steps.length > 0 && context !== undefined && context.format.name !== 'table') {
    context.terminal.say(steps.map((step, index) => `${index + 1}. ${step}`).join('\n'));
  }
  return { kind: 'record', value, render: (view) => render(value, plan, steps, view) };
}

function render(
  value: ReturnType<typeof activationResult>,
  plan: ActivationPlan,
  steps: readonly string[],
  view: View,
): string {
  if (plan.status === 'not-needed') {
    return [
      `${plan.productId}: no activation is needed, and nothing was counted.`,
      bulleted(plan.reasons, view, '  '),
    ].join('\n');
  }
  const count =
    value.allowed === null
      ? `${signed(value.delta)}: ${value.used} used by this ledger, how many are allowed is unknown`
      : `${signed(value.delta)}: ${value.used} of ${value.allowed} used, ${value.remaining ?? 0} remaining by this ledger`;
  const blocks = [
    keyValues(
      [
        ['Activation', value.activationId ?? 'none: this was a dry run'],
        ['Product', value.productId],
        ['Key', `…${value.keyLast5 ?? ''}`],
        ['Machine', value.machine],
        ['Scenario', `${value.scenario ?? ''}${value.assumed ? ' (assumed)' : ''}`],
        ['Count', count],
        ['Status', value.status],
      ],
      view,
    ),
  ];
  if (steps.length > 0) blocks.push(steps.map((step, index) => `${index + 1}. ${step}`).join('\n'));
  return blocks.join('\n\n');
}

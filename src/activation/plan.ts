import { AppError } from '../errors.ts';
import { noKey, rankByCost, rankKeys } from '../keys/choose.ts';
import { limitRefusal } from './limit.ts';
import { findMachine, isRenamed, type Machine, machinesNamed } from './machines.ts';
import { numbersOf } from './numbers.ts';
import type {
  ActivationPlan,
  CountedPlan,
  NotNeededPlan,
  PlanInput,
  PlanKey,
  PlannedMachine,
} from './plan-types.ts';
import { dearest, deltaOf, type Scenario } from './policy.ts';
import { findScenario, type HistoryFinding } from './scenario.ts';

type Finding = HistoryFinding | { readonly kind: 'uncounted' };
type Decided = Exclude<Finding, { readonly kind: 'undecided' }>;

/** Sorts behind every known cost. */
const UNKNOWN_COST = Number.POSITIVE_INFINITY;

const SCENARIO_WORDS: Readonly<Record<Scenario, string>> = {
  'new-machine': 'new machine',
  'same-machine-unchanged': 'same machine, no significant hardware change',
  'same-machine-changed': 'same machine, significant hardware change',
};

/** The plan in one line: `new machine: +1, 13 of 20 used after this`. */
export function planHeadline(plan: ActivationPlan): string {
  if (plan.status === 'not-needed') return 'no activation needed; nothing is counted';
  const what = plan.continues === null ? SCENARIO_WORDS[plan.scenario] : 'continues a pending activation';
  return `${what}: +${plan.delta}, ${countAfter(plan)}`;
}

function countAfter({ before, after, refusal }: CountedPlan): string {
  const { allowed } = after;
  if (allowed === null) return `${after.used} used after this, allowed unknown`;
  // What cannot happen is not told as if it did.
  if (refusal !== null) return `and ${before.used} of ${allowed} are used already`;
  return `${after.used} of ${allowed} used after this`;
}

function notNeeded(input: PlanInput, key: PlanKey | null, reason: string): NotNeededPlan {
  return {
    status: 'not-needed',
    productId: input.product.id,
    keyId: key?.id ?? null,
    keyLast5: key?.last5 ?? null,
    machine: input.machine.name,
    via: input.via,
    reasons: [reason],
    warnings: [],
  };
}

interface Placed {
  readonly machine: PlannedMachine;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/** Which machine this is, among the known ones (model.md, machines, rules 2 and 5). */
function placeMachine(input: PlanInput): Placed {
  const { name, hardware } = input.machine;
  const match = findMachine(name, hardware, input.machines);
  if (match === undefined || input.assume === 'new') {
    const replaced = match?.machine ?? null;
    return {
      machine: {
        id: null,
        name,
        renamedFrom: null,
        replaces: replaced === null ? null : { id: replaced.id, name: replaced.name },
        returns: false,
      },
      reasons: replaced === null ? [] : [`replaces the machine known as ${replaced.name}`],
      warnings: [],
    };
  }
  const { machine, by, reason } = match;
  const renamedFrom = by === 'hardware' && isRenamed(machine, name) ? machine.name : null;
  const namesakes = machinesNamed(name, input.machines).filter(
    (other) => other.id !== machine.id && other.retiredOn === null,
  );
  return {
    machine: {
      id: machine.id,
      name: renamedFrom === null ? machine.name : name,
      renamedFrom,
      replaces: null,
      returns: machine.retiredOn !== null,
    },
    reasons: [reason, ...(renamedFrom === null ? [] : [`renamed: it was ${renamedFrom}`])],
    warnings: machineWarnings(machine, renamedFrom !== null && namesakes.length > 0),
  };
}

function machineWarnings(machine: Machine, hasNamesake: boolean): string[] {
  return [
    ...(machine.retiredOn === null ? [] : ['This machine was retired; it is in use again.']),
    ...(hasNamesake ? ['Another machine in use is recorded under this name.'] : []),
  ];
}

function costOf(input: PlanInput, key: PlanKey, finding: Decided): number {
  if (finding.kind !== 'scenario') return 0;
  return deltaOf(input.policies, key.policy, finding.scenario);
}

/** Whoever repeats a command that went through is told that it did. */
function tooLittleKnown(undecided: readonly Extract<Finding, { kind: 'undecided' }>[]): AppError {
  const reasons = [...new Set(undecided.flatMap((finding) => finding.reasons))];
  const done = undecided.map(
    ({ base }) =>
      `It is activated with the key …${base.keyLast5} already, since ${base.at.slice(0, 10)} (${base.activationId}): unless it was reinstalled or changed, nothing is left to do.`,
  );
  return new AppError('USAGE', `What this activation costs cannot be told: ${reasons.join('; ')}.`, {
    hint: `${done.join(' ')} Else give its hardware with --hardware <file> (made there by: mpn-benefits hardware --out-file <file>), or say what is so with --assume unchanged|changed|new and --reason <text>.`,
    details: { reasons },
  });
}

/** What is known of one more activation with this key; a key that is not counted needs no history. */
function findingFor(input: PlanInput, key: PlanKey, machineId: string | null): Finding {
  if (!key.counted) return { kind: 'uncounted' };
  const { assume, hardwareTable: table } = input;
  return findScenario({ machineId, hardware: input.machine.hardware, assume, history: key.history, table });
}

interface Chosen {
  readonly key: PlanKey;
  readonly finding: Decided;
  readonly delta: number;
  readonly choice: CountedPlan['choice'];
}

/** The key to use: the smallest cost for this machine first. */
function chooseForMachine(input: PlanInput, machineId: string | null): Chosen {
  const { ranked, left } = rankKeys(input.keys, input.wish);
  const findings = new Map(ranked.map(({ key }) => [key.id, findingFor(input, key, machineId)]));
  const cost = (key: PlanKey): number => {
    const finding = findings.get(key.id);
    return finding === undefined || finding.kind === 'undecided' ? UNKNOWN_COST : costOf(input, key, finding);
  };
  const order = rankByCost(ranked, cost);
  const [best] = order;
  if (best === undefined) throw noKey({ ranked, left }, input.wish);

  // A key that costs nothing cannot be beaten by one whose cost is unknown.
  const undecided = [...findings.values()].filter((finding) => finding.kind === 'undecided');
  const finding = findings.get(best.key.id);
  if (finding === undefined || finding.kind === 'undecided' || (undecided.length > 0 && cost(best.key) > 0)) {
    throw tooLittleKnown(undecided);
  }
  const choice = [...order, ...left].map(({ key, reason }) => ({ keyLast5: key.last5, reason }));
  return { key: best.key, finding, delta: cost(best.key), choice };
}

function warningsFor(input: PlanInput, key: PlanKey): string[] {
  const { id } = input.product;
  return [
    ...(key.mark === 'active' ? [] : [`Key …${key.last5} is marked ${key.mark}.`]),
    ...(key.warning === null ? [] : [key.warning]),
    ...(key.numbers.allowed === null
      ? [
          `How many activations key …${key.last5} allows is unknown. Set it with: mpn-benefits activations adjust ${id} --key ${key.last5} --allowed <n> --reason <text>`,
        ]
      : []),
    ...(input.purpose === 'internal'
      ? []
      : [`Copies used for ${input.purpose} should not be activated at all, Microsoft says.`]),
  ];
}

/**
 * Computes one activation: which key, which machine, what it costs and why. Changes nothing.
 * @throws AppError USAGE if `--assume` has no reason or too little is known of the hardware, NOT_FOUND or
 * AMBIGUOUS for keys. A reached limit is no error here but `refusal`.
 */
export function planActivation(input: PlanInput): ActivationPlan {
  const { product, machine, assume, reason, purpose, via } = input;
  if (product.requiresActivation.value === 'no')
    return notNeeded(input, null, product.requiresActivation.why);
  if (assume !== null && (reason === null || reason.trim() === '')) {
    throw new AppError('USAGE', '--assume needs a reason.', { hint: 'Add --reason <text>; it is recorded.' });
  }
  const placed = placeMachine(input);
  const { key, finding, delta, choice } = chooseForMachine(input, placed.machine.id);
  if (finding.kind === 'uncounted') return notNeeded(input, key, key.why);

  const { used, pending, allowed } = key.numbers;
  const continued = finding.kind === 'continues' ? finding.activation : null;
  const scenario = finding.kind === 'continues' ? finding.activation.scenario : finding.scenario;
  const policy = continued?.policy ?? key.policy;
  const reasons =
    finding.kind === 'continues'
      ? ['continues pending']
      : [...finding.reasons, `policy ${policy}: ${SCENARIO_WORDS[scenario]} counts ${delta}`];
  const unfounded = finding.kind === 'scenario' && finding.unfounded;
  const warnings = [
    ...(input.productWarning === null ? [] : [input.productWarning]),
    ...placed.warnings,
    ...(unfounded
      ? [
          `This ledger knows no activation of key …${key.last5} on ${placed.machine.name}: without --assume it is a new machine, and counts as one.`,
        ]
      : []),
    ...warningsFor(input, key),
  ];
  const plan: Omit<CountedPlan, 'confirm'> = {
    status: 'planned',
    productId: product.id,
    keyId: key.id,
    keyLast5: key.last5,
    machine: placed.machine,
    hardware: machine.hardware,
    scenario,
    assumed: continued === null ? assume : continued.assumed,
    reasons: [...placed.reasons, ...reasons],
    warnings,
    policy,
    delta,
    continues: continued?.activationId ?? null,
    before: key.numbers,
    after: numbersOf(used + delta, pending + delta, allowed),
    refusal: limitRefusal(product.id, key, delta, input.keys, (other) => {
      const found = findingFor(input, other, placed.machine.id);
      return found.kind === 'undecided' ? dearest(input.policies, other.policy) : costOf(input, other, found);
    }),
    via,
    purpose,
    reason,
    choice,
  };
  const confirm = [
    ...(delta > 0 ? [planHeadline({ ...plan, confirm: [] })] : []),
    ...(purpose === 'internal' ? [] : [`an activation for ${purpose}`]),
  ];
  return { ...plan, confirm };
}

/** True if a plan made again after a lost race may be done without asking again. */
export function isStillConfirmed(plan: ActivationPlan, confirmed: ActivationPlan): boolean {
  const cost = (of: ActivationPlan): number => (of.status === 'planned' ? of.delta : 0);
  return cost(plan) <= cost(confirmed);
}

import type { ActivationNumbers } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import type { Activation } from './activations.ts';
import type {
  AdjustedBody,
  AllowanceSetBody,
  CorrectionBody,
  FailedBody,
  Outcome,
  SucceededBody,
} from './events.ts';
import { numbersOf } from './numbers.ts';

/** What became of an activation. */
export interface Settlement {
  readonly outcome: Outcome;
  /** Error code of a failure. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
}

function given(reason: string | null): string | null {
  return reason === null || reason.trim() === '' ? null : reason;
}

/**
 * The event to append to the key's chain, or null if the same outcome is recorded already. A failure takes its
 * delta back; another outcome than the recorded one is a correction, and so is another code with a reason. A correction
 * is appended even if it ends above the allowance: it happened.
 * @throws AppError USAGE for another outcome without a reason.
 */
export function settle(
  activation: Activation,
  settlement: Settlement,
): SucceededBody | FailedBody | CorrectionBody | null {
  const { activationId, status, delta, reserved } = activation;
  const { outcome, actor } = settlement;
  const code = outcome === 'failed' ? settlement.code : null;
  const reason = given(settlement.reason);
  const otherCode = code !== null && code !== activation.code;
  if (status === outcome && !(otherCode && reason !== null)) return null;
  if (status === 'pending') {
    return outcome === 'succeeded'
      ? { type: 'succeeded', delta: 0, actor, activationId, code, reason }
      : { type: 'failed', delta: takenBack(delta), actor, activationId, code, reason };
  }
  if (reason === null) {
    throw new AppError('USAGE', `This activation is recorded as ${status}; another outcome needs a reason.`, {
      hint: 'Add --reason <text>; the correction is recorded with it.',
      details: { activationId, status },
    });
  }
  const difference = outcome === 'succeeded' ? reserved - delta : takenBack(delta);
  return { type: 'correction', delta: difference, actor, activationId, outcome, code, reason };
}

/** The delta that undoes another; never -0, which has no canonical form of its own. */
function takenBack(delta: number): number {
  return 0 - delta;
}

export interface Adjustment {
  /** The number read elsewhere: how many are used, or how many remain. Null leaves the count as it is. */
  readonly target: { readonly used: number } | { readonly remaining: number } | null;
  /** A new explicit allowance; null leaves it. */
  readonly allowed: number | null;
  readonly reason: string;
  readonly actor: string | null;
}

/**
 * What was given of the two numbers that say the same; null if neither.
 * @throws AppError USAGE for both
 */
export function adjustTarget(used: number | null, remaining: number | null): Adjustment['target'] {
  if (used !== null && remaining !== null) {
    throw new AppError('USAGE', '--used and --remaining exclude each other.', {
      hint: 'The portal or VAMT shows how many are left: --remaining <n>.',
    });
  }
  if (used !== null) return { used };
  return remaining === null ? null : { remaining };
}

export interface AdjustedNumbers {
  /** In this order, in one transaction. */
  readonly events: readonly (AllowanceSetBody | AdjustedBody)[];
  readonly usedBefore: number;
  readonly numbers: ActivationNumbers;
}

const READ_IT = 'Give the number that the portal or VAMT shows, such as 12.';

function count(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new AppError('USAGE', `${what} must be a whole number, 0 or more.`, { hint: READ_IT });
}

/** So many are named in a message; the details hold all. */
const MOST_NAMED = 10;

function refusePending(pending: readonly Activation[]): void {
  const [first] = pending;
  if (first === undefined) return;
  const ids = pending.map(({ activationId }) => activationId);
  const named = `${ids.slice(0, MOST_NAMED).join(', ')}${ids.length > MOST_NAMED ? ' …' : ''}`;
  const what = ids.length === 1 ? 'a pending activation' : `${ids.length} pending activations`;
  throw new AppError('USAGE', `The key has ${what}, to be settled first: ${named}.`, {
    hint: `As in: mpn-benefits activations settle ${first.activationId} --succeeded, or --failed <code>`,
    details: { pending: ids },
  });
}

/**
 * Sets a key's count to a number read elsewhere (T5). It may end above the allowance. A number that is the same is
 * recorded too: it was checked. An allowance alone touches no count, so nothing that is pending is in its way.
 * @throws AppError USAGE for a count while the key has pending activations (it lists them), without a reason, for
 * numbers that cannot be, for `remaining` while the allowance is unknown, and for nothing to set.
 */
export function adjust(
  key: { readonly numbers: ActivationNumbers; readonly activations: readonly Activation[] },
  adjustment: Adjustment,
): AdjustedNumbers {
  const reason = given(adjustment.reason);
  if (reason === null)
    throw new AppError('USAGE', 'An adjustment needs a reason.', { hint: 'Add --reason <text>.' });
  const { actor, target } = adjustment;
  if (target === null && adjustment.allowed === null) {
    throw new AppError('USAGE', 'There is nothing to set.', {
      hint: 'Give --used <n> or --remaining <n>, --allowed <n>, or both.',
    });
  }
  if (target !== null) refusePending(key.activations.filter(({ status }) => status === 'pending'));
  const before = key.numbers.used;
  const allowed = adjustment.allowed === null ? key.numbers.allowed : count(adjustment.allowed, '--allowed');

  const events: (AllowanceSetBody | AdjustedBody)[] = [];
  if (adjustment.allowed !== null) {
    events.push({
      type: 'allowance-set',
      delta: 0,
      actor,
      before: key.numbers.allowed,
      after: allowed,
      reason,
    });
  }
  if (target === null) {
    return { events, usedBefore: before, numbers: numbersOf(before, key.numbers.pending, allowed) };
  }
  const after = usedAfter(target, allowed);
  events.push({ type: 'adjusted', delta: after - before, actor, before, after, reason });
  return { events, usedBefore: before, numbers: numbersOf(after, 0, allowed) };
}

function usedAfter(target: NonNullable<Adjustment['target']>, allowed: number | null): number {
  if ('used' in target) return count(target.used, '--used');
  if (!Number.isSafeInteger(target.remaining))
    throw new AppError('USAGE', '--remaining must be a whole number.', { hint: READ_IT });
  if (allowed === null) {
    throw new AppError('USAGE', '--remaining cannot be used while the allowance of the key is unknown.', {
      hint: 'Add --allowed <n>, or give --used <n> instead.',
    });
  }
  if (target.remaining > allowed) {
    throw new AppError('USAGE', `More cannot remain than the ${allowed} that the key allows.`, {
      hint: 'Set a new allowance with --allowed <n>.',
      details: { allowed },
    });
  }
  return allowed - target.remaining;
}

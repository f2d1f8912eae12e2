import { AppError } from '../errors.ts';
import type { Activation } from './activations.ts';
import { fits } from './numbers.ts';
import type { CountedPlan, LimitRefusal, PlanKey } from './plan-types.ts';

/** What is true at the limit, whoever asks (S8, T5, T6). */
const FACTS: readonly string[] = [
  'Each product comes with a set number of activations through the membership benefits; once that number is met or exceeded, its key activates nothing more.',
  "Microsoft's published answer is that extra activations are not granted for multiple activation keys issued as partner benefits.",
  'No source says that an activation comes back when a machine is wiped, retired or removed.',
  "These numbers are this ledger's; only Microsoft knows its own (the portal or VAMT shows it).",
];

const LAST_OPTIONS: readonly string[] = [
  'Leave a lab machine that is rebuilt often unactivated, as far as its licence allows.',
  'Buy further licences under commercial licensing.',
  'Ask partner support (https://partner.microsoft.com/support).',
];

/**
 * The refusal of an activation that would exceed a key's allowance; null if it fits.
 * @param costOn what this activation would count on another key, at most.
 */
export function limitRefusal(
  productId: string,
  key: PlanKey,
  delta: number,
  keys: readonly PlanKey[],
  costOn: (other: PlanKey) => number,
): LimitRefusal | null {
  const { used, allowed } = key.numbers;
  if (allowed === null || fits(key.numbers, delta)) return null;
  const others = keys.filter(
    (other) =>
      other.id !== key.id && other.counted && other.mark === 'active' && fits(other.numbers, costOn(other)),
  );
  const left = (other: PlanKey): string =>
    other.numbers.remaining === null ? 'remaining unknown' : `${other.numbers.remaining} left`;
  const { pending } = key.numbers;
  const waiting = pending > 0 ? `, ${pending} of them pending` : '';
  return {
    message: `The activations of key …${key.last5} are used up: ${used} of ${allowed} used${waiting}, and this one counts ${delta}.`,
    facts: FACTS,
    // Commands stand in brackets, so that no full stop is copied with them.
    options: [
      ...(pending > 0
        ? [
            `Settle what is pending; what failed is given back (mpn-benefits activations list --product ${productId}).`,
          ]
        : []),
      ...others.map((other) => `Use key …${other.last5}, ${left(other)} (--key ${other.last5}).`),
      `If Microsoft shows another number, record it (mpn-benefits activations adjust ${productId} --key ${key.last5} --remaining <n> --reason <text>).`,
      ...LAST_OPTIONS,
      `Walk through all of it (mpn-benefits troubleshoot 0xC004C020 --product ${productId}).`,
    ],
  };
}

/**
 * The error a refused plan ends with (exit code 5).
 * @param pending activations of the key that wait to be settled, as far as they were looked up.
 */
export function limitError(
  plan: CountedPlan,
  refusal: LimitRefusal,
  pending: readonly Pick<Activation, 'activationId' | 'machine'>[] = [],
): AppError {
  const { used, allowed, remaining } = plan.before;
  const waiting = pending.map(({ activationId, machine }) => `${activationId} on ${machine.name}`);
  const sentence = waiting.length === 0 ? [] : [`Pending: ${waiting.join(', ')}.`];
  return new AppError('ACTIVATION_LIMIT_REACHED', refusal.message, {
    hint: [...refusal.facts.slice(1, 2), ...sentence, ...refusal.options].join(' '),
    details: {
      productId: plan.productId,
      keyId: plan.keyId,
      keyLast5: plan.keyLast5,
      delta: plan.delta,
      used,
      allowed,
      remaining,
      pending: pending.map(({ activationId }) => activationId),
      facts: refusal.facts,
      options: refusal.options,
    },
  });
}

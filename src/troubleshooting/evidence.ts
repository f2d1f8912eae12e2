import type { ActivationNumbers } from '../entitlements/types.ts';
import type { WalkFacts } from './facts.ts';
import type { CalHolder, Knowledge } from './knowledge.ts';
import type { EvidenceName } from './nodes.ts';
import type { WalkEvent } from './types.ts';

/** Long lists are for `usage` and `activations list`; here the first few are enough. */
const MOST_LINES = 10;

/** What the ledger, the checks and the walk so far say to a step, as lines for the screen. May name machines. */
export function evidenceLines(
  names: readonly EvidenceName[],
  facts: WalkFacts,
  knowledge: Knowledge,
  events: readonly WalkEvent[],
): readonly string[] {
  return names.flatMap((name) => few(LINES[name](facts, knowledge, events)));
}

/** What the ledger says of the key in question: counts, open reservations, machines that are gone, keys with room. */
export function ledgerLines(facts: WalkFacts): readonly string[] {
  return [limitLines, pendingLines, retiredLines, otherKeyLines].flatMap((lines) => few(lines(facts)));
}

type Lines = (facts: WalkFacts, knowledge: Knowledge, events: readonly WalkEvent[]) => readonly string[];

const LINES: Readonly<Record<EvidenceName, Lines>> = {
  limit: limitLines,
  pending: pendingLines,
  retired: retiredLines,
  'other-keys': otherKeyLines,
  product: ({ product, key, seenLast5 }) => {
    if (product === null) return [];
    const last5 = key?.last5 ?? seenLast5;
    return [`Product: ${product.name}${last5 === null ? '' : `, key …${last5}`}.`];
  },
  cal: calLines,
  checks: ({ checks }) =>
    checks.map(({ title, result, evidence }) => `${title}: ${result}. ${evidence}`.trim()),
  tried: (_, __, events) =>
    events.flatMap((event) => (event.kind === 'tried' ? [`Tried (${event.outcome}): ${event.text}`] : [])),
};

function few(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more.`];
}

function limitLines({ product, key, seenLast5, granted, policy }: WalkFacts): readonly string[] {
  if (key === null) {
    // Where nobody has said which product it is, there is nothing to look up.
    if (product === null) return [];
    const which = seenLast5 === null ? '' : ` that ends in ${seenLast5}`;
    return [`The ledger holds no key of this product${which}, so it cannot say what is used.`];
  }
  const lines = [`Key …${key.last5}: ${numbersText(key.numbers)}`];
  if (granted !== null) lines.push(`Granted by the membership: ${count(granted)}.`);
  if (policy === 'every-activation')
    lines.push('Counting policy: every activation counts, reinstalling too.');
  return lines;
}

function pendingLines({ pending }: WalkFacts): readonly string[] {
  return pending.map(
    ({ activationId, machine, at }) =>
      `Not settled: ${activationId} on ${machine.name}, reserved ${at.slice(0, 10)}.`,
  );
}

function retiredLines({ machines }: WalkFacts): readonly string[] {
  return machines
    .filter(({ retiredOn }) => retiredOn !== null)
    .map(
      ({ name, activations, retiredOn }) =>
        `Retired ${retiredOn}: ${name}; its ${count(activations)} ${activations === 1 ? 'does' : 'do'} not come back.`,
    );
}

function otherKeyLines({ otherKeys }: WalkFacts): readonly string[] {
  return otherKeys.map(
    ({ last5, product, remaining }) =>
      `Key …${last5} (${product}): ${remaining === null ? 'what is left is not known' : `${remaining} left by the ledger`}.`,
  );
}

/** The counts of a key in a sentence; unknown stays unknown (T5). */
export function numbersText({ used, pending, allowed, remaining, unlimited }: ActivationNumbers): string {
  if (unlimited) return 'nothing is counted for it.';
  const open = pending > 0 ? `, ${pending} of them not settled` : '';
  if (allowed === null) return `${used} used by the ledger${open}; how many are allowed is not recorded.`;
  return `${used} of ${allowed} used by the ledger${open}, ${remaining ?? 'unknown'} left.`;
}

function count(activations: number): string {
  return activations === 1 ? '1 activation' : `${activations} activations`;
}

function calLines({ product }: WalkFacts, knowledge: Knowledge): readonly string[] {
  if (product === null) return [];
  const holder = calHolder(product.name, knowledge.scenarios.get('cal-no-information')?.holders ?? []);
  return [
    holder === undefined
      ? `${product.name} belongs to the server product in its name.`
      : `${product.name} belongs to ${holder}.`,
  ];
}

/** The server product that holds a CAL, by the words of its name (S7). */
export function calHolder(name: string, holders: readonly CalHolder[]): string | undefined {
  const lower = name.toLowerCase();
  return holders.find(({ match }) => lower.includes(match))?.holder;
}

import { viewRemedy } from './answer.ts';
import type { Code, Knowledge } from './knowledge.ts';
import type { EndNode } from './nodes.ts';
import type { Choice, EndStep, Seen, Step, WalkEvent } from './types.ts';
import { UNKNOWN } from './values.ts';

/** What every step has, before it is known of which kind it is. */
export type StepBase = Pick<Step, 'id' | 'scenario' | 'text' | 'evidence'>;

export const CONFIRM: readonly Choice[] = [
  { value: 'yes', text: 'Yes' },
  { value: 'no', text: 'No, go on without it' },
  UNKNOWN,
];

/** What the test after a remedy may give, beside a code or pasted text. */
export const RESULTS: readonly Choice[] = [
  { value: 'fixed', text: 'The test succeeds now' },
  { value: 'same', text: 'Nothing has changed' },
  { value: 'skip', text: 'I could not do it' },
  UNKNOWN,
];

type Outcome = Extract<WalkEvent, { kind: 'tried' }>['outcome'];

/** Before and after compared; a licence that is licensed now is the best of all results. */
export function triedOutcome(
  value: string,
  seen: Seen | undefined,
  before: Code | null,
  after: Code | null,
): Outcome {
  if (seen === undefined) {
    if (value === 'fixed' || value === 'same') return value;
    return value === 'skip' ? 'skipped' : 'unknown';
  }
  if (seen.status === 'licensed') return 'fixed';
  return after === before ? 'same' : 'changed';
}

const KINDS = { explained: 'done', 'hand-over': 'hand-over', support: 'support-request' } as const;

/** An end of the graph as people see it. */
export function endStep(node: EndNode, base: StepBase, { remedies, links }: Knowledge): EndStep {
  return {
    ...base,
    kind: KINDS[node.outcome],
    outcome: node.outcome,
    advice: (node.advice ?? []).flatMap((id) => remedies[id] ?? []).map(viewRemedy),
    links: (node.links ?? []).flatMap((id) => links.get(id) ?? []).map(({ title, url }) => ({ title, url })),
  };
}

/** The end that no node stands for: a test succeeded. */
export function fixedStep(base: StepBase): EndStep {
  return { ...base, id: 'fixed', kind: 'done', outcome: 'fixed', advice: [], links: [] };
}

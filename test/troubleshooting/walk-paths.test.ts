import { expect, test } from 'vitest';
import type { Step, WalkState } from '../../src/troubleshooting/types.ts';
import { isEnd } from '../../src/troubleshooting/walk.ts';
import { begin, index, knowledge, say, step, valuesOf } from './helpers.ts';

/** Longer than any walk can be: each remedy is confirmed and judged once, each question asked once. */
const LONGEST = 400;

/**
 * Every path from a state. Of a confirmation only "yes", of a result only "fixed" and "same" are followed: "no",
 * "skip" and "unknown" go on like "same" (their own test below), and would only multiply the paths.
 */
function* paths(start: WalkState): Generator<readonly Step[]> {
  const stack: { state: WalkState; steps: readonly Step[] }[] = [{ state: start, steps: [] }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { state } = top;
    const at = step(state);
    const steps = [...top.steps, at];
    expect(steps.length).toBeLessThan(LONGEST);
    if (isEnd(at)) yield steps;
    else for (const value of followed(at)) stack.push({ state: say(state, [value]), steps });
  }
}

function followed(at: Step): readonly string[] {
  if (at.kind === 'confirm') return ['yes'];
  return at.kind === 'remedy' ? ['fixed', 'same'] : valuesOf(at);
}

function offered(start: WalkState): ReadonlySet<string> {
  const steps = [...paths(start)].flat();
  const texts = steps.flatMap((at) =>
    isEnd(at) ? at.advice.map(({ text }) => text) : 'remedy' in at ? [at.remedy.text] : [],
  );
  const ids = Object.values(knowledge.remedies).filter(({ text }) => texts.includes(text));
  return new Set(ids.map(({ id }) => id));
}

test('from the first question every scenario and every end is reached', () => {
  const steps = [...paths(begin())].flat();
  const scenarios = new Set(steps.map((at) => at.scenario));
  expect(index.scenarios.map(({ id }) => id).filter((id) => !scenarios.has(id))).toEqual([]);
  expect(steps.map((at) => at.kind)).toEqual(
    expect.arrayContaining(['done', 'hand-over', 'support-request']),
  );
});

test.each(index.scenarios.map(({ id }) => id))(
  '%s: every path ends in a fix, a hand-over or a support request',
  (id) => {
    const ends = [...paths(begin({ scenario: id }))].map((steps) => steps.at(-1));
    expect(ends.length).toBeGreaterThan(0);
    for (const end of ends) {
      const outcome = end !== undefined && isEnd(end) ? end.outcome : 'none';
      expect(['fixed', 'explained', 'hand-over', 'support']).toContain(outcome);
    }
  },
);

const met = new Set<string>();

test.each(index.scenarios.map(({ id }) => id))(
  '%s: what its straight answers advise is on its walk',
  (id) => {
    const scenario = knowledge.scenarios.get(id);
    const ids = offered(begin({ scenario: id }));
    expect(scenario?.remedies.filter((remedy) => !ids.has(remedy))).toEqual([]);
    for (const remedy of ids) met.add(remedy);
    for (const { code, remedies } of scenario?.codes ?? []) {
      const own = offered(begin({ codes: [code] }));
      expect([code, remedies.filter((remedy) => !own.has(remedy))]).toEqual([code, []]);
      for (const remedy of own) met.add(remedy);
    }
  },
);

test('every remedy is offered on at least one path', () => {
  expect(Object.keys(knowledge.remedies).filter((id) => !met.has(id))).toEqual([]);
});

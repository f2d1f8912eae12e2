import { troubleshootingKnowledge } from '../../src/data/troubleshooting.ts';
import type { Fact, ProductFacts } from '../../src/entitlements/types.ts';
import { NO_FACTS, type WalkFacts } from '../../src/troubleshooting/facts.ts';
import { loadKnowledge } from '../../src/troubleshooting/knowledge.ts';
import type { Step, WalkState } from '../../src/troubleshooting/types.ts';
import { takesText } from '../../src/troubleshooting/values.ts';
import { answer, isEnd, nextStep, type WalkContext } from '../../src/troubleshooting/walk.ts';
import { startWalk, type WalkStart } from '../../src/troubleshooting/walk-state.ts';

export const source = troubleshootingKnowledge;
export const knowledge = await loadKnowledge(source);
export const { index } = knowledge;

export const NOW = '2026-11-24T10:00:00.000Z';

export function begin(start: Omit<WalkStart, 'id' | 'now'> = {}): WalkState {
  return startWalk({ id: 'w1', now: NOW, ...start });
}

export function context(facts: WalkFacts = NO_FACTS): WalkContext {
  return { facts, knowledge, now: NOW };
}

export function step(state: WalkState, facts: WalkFacts = NO_FACTS): Step {
  return nextStep(state, facts, knowledge);
}

/** Answers in turn; each fits the step that the one before led to. */
export function say(state: WalkState, answers: readonly string[], facts: WalkFacts = NO_FACTS): WalkState {
  return answers.reduce((reached, typed) => answer(reached, typed, context(facts)), state);
}

/** Values that the present step takes: all its options, and where a text fits a code of another scenario. */
export function valuesOf(at: Step): readonly string[] {
  if (isEnd(at)) return [];
  const values = at.options.map(({ value }) => value);
  return takesText(at) ? [...values, '0xC004F06C'] : values;
}

const yes: Fact = { value: 'yes', why: 'test' };
const no: Fact = { value: 'no', why: 'test' };

export function product(over: Partial<ProductFacts> = {}): ProductFacts {
  return {
    id: 'windows-server-2019-standard',
    name: 'Windows Server 2019 Standard',
    aliases: [],
    kind: 'server-os',
    catalogued: true,
    isCal: no,
    requiresKey: yes,
    requiresActivation: yes,
    downloadable: yes,
    notes: [],
    ...over,
  };
}

export const CAL = product({
  id: 'windows-server-2019-cal',
  name: 'Windows Server 2019 CALs',
  kind: 'cal',
  isCal: yes,
  requiresKey: no,
  requiresActivation: no,
});

export const RDS_CAL = product({
  id: 'rds-cal-2019',
  name: 'Windows Server 2019 Remote Desktop Services (RDS) CALs',
  kind: 'cal',
  isCal: yes,
  requiresActivation: no,
});

/** A MAK that is used up, with one reservation open, one machine retired and one key with room. */
export const USED_UP: WalkFacts = {
  ...NO_FACTS,
  product: product(),
  key: {
    last5: 'XY234',
    type: 'mak',
    numbers: { used: 10, pending: 1, allowed: 10, remaining: 0, unlimited: false },
  },
  granted: 10,
  pending: [
    { activationId: 'act-7f3a', machine: { id: 'm-1', name: 'BUILD-07' }, at: '2026-11-20T08:00:00.000Z' },
  ],
  machines: [
    { id: 'm-1', name: 'BUILD-07', activations: 3, retiredOn: null },
    { id: 'm-2', name: 'OLD-SRV', activations: 2, retiredOn: '2026-03-01' },
  ],
  otherKeys: [{ last5: '6789B', product: 'Windows Server 2019 Standard', remaining: 4 }],
  policy: 'documented',
  programs: ['action-pack'],
};

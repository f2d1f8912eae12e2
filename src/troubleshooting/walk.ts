import { AppError } from '../errors.ts';
import type { WalkFacts } from './facts.ts';
import type { Knowledge } from './knowledge.ts';
import type { PasteOptions } from './paste.ts';
import { replay } from './replay.ts';
import type { EndStep, Step, WalkState } from './types.ts';
import { readTyped } from './values.ts';

/** What the walkthrough needs beside its state. */
export interface WalkContext extends PasteOptions {
  readonly facts: WalkFacts;
  readonly knowledge: Knowledge;
  /** ISO 8601 in UTC. */
  readonly now: string;
}

/** The question, remedy or end that the walk stands at. What can be read from the facts is not asked. */
export function nextStep(state: WalkState, facts: WalkFacts, knowledge: Knowledge): Step {
  return replay(state, facts, knowledge).step;
}

export function isEnd(step: Step): step is EndStep {
  return step.kind === 'done' || step.kind === 'hand-over' || step.kind === 'support-request';
}

/**
 * The state after an answer to the present step: an option's value, text or number, `unknown`, or a code or pasted
 * text where one fits. Of a text only codes and states are kept. Throws USAGE for what is no answer.
 */
export function answer(state: WalkState, typed: string, context: WalkContext): WalkState {
  const { facts, knowledge, now } = context;
  const { step, used } = replay(state, facts, knowledge);
  if (isEnd(step))
    throw new AppError('USAGE', 'This walkthrough has ended.', { hint: 'Go back, or begin a new one.' });
  const kept = readTyped(step, typed, knowledge.index, context);
  return { ...state, updatedAt: now, answers: [...used, { step: step.id, ...kept, at: now }] };
}

/** The state before the last answer; the same state at the beginning. */
export function back(state: WalkState, { facts, knowledge, now }: WalkContext): WalkState {
  const { used } = replay(state, facts, knowledge);
  return used.length === 0 ? state : { ...state, updatedAt: now, answers: used.slice(0, -1) };
}

/** How far given answers lead: the state reached, the step there, and the names that no step asked for. */
export interface Answered {
  readonly state: WalkState;
  /** An end, or what would be asked next. */
  readonly step: Step;
  readonly unused: readonly string[];
}

/** The same walk without a person: answers by the name of their step, `limit-reached.need` or `confirm-set-clock`. */
export function answerAll(
  state: WalkState,
  answers: Readonly<Record<string, string>>,
  context: WalkContext,
): Answered {
  const unused = new Set(Object.keys(answers));
  let reached = state;
  for (;;) {
    const step = nextStep(reached, context.facts, context.knowledge);
    const typed = isEnd(step) || !Object.hasOwn(answers, step.id) ? undefined : answers[step.id];
    if (typed === undefined) return { state: reached, step, unused: [...unused] };
    unused.delete(step.id);
    reached = answer(reached, typed, context);
  }
}

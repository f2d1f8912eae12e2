import { viewRemedy } from './answer.ts';
import { placeCode, rankCodes } from './codes.ts';
import { CONFIRM, endStep, fixedStep, RESULTS, type StepBase, triedOutcome } from './ends.ts';
import { evidenceLines } from './evidence.ts';
import { knownAnswers, type WalkFacts } from './facts.ts';
import { follow, type Place, remediesAt, scenarioPlace, sharedPlace, stepId, testAt } from './graph.ts';
import type { Code, Knowledge, Remedy } from './knowledge.ts';
import type { EvidenceName, QuestionNode, ReadNode, TryNode } from './nodes.ts';
import { nameInEvent, nameInStep } from './placeholder.ts';
import type { RemedyView, Seen, Step, WalkAnswer, WalkEvent, WalkState } from './types.ts';
import { LICENSE_STATUSES } from './types.ts';
import { readSeen, seenText, UNKNOWN } from './values.ts';

/** Where a walk stands, what led there, and which of the saved answers were needed for it. */
export interface Walk {
  readonly step: Step;
  readonly events: readonly WalkEvent[];
  readonly used: readonly WalkAnswer[];
  /** The code as it is now; null if there is none. */
  readonly code: Code | null;
}

/** Goes through the graph with the saved answers until one is missing or the walk ends. */
export function replay(state: WalkState, facts: WalkFacts, knowledge: Knowledge): Walk {
  return new Replay(state, facts, knowledge).run();
}

/** The walk goes on at a place, or waits at a step. */
type Move = { readonly place: Place } | { readonly step: Step };

class Replay {
  readonly #state: WalkState;
  readonly #facts: WalkFacts;
  readonly #knowledge: Knowledge;
  readonly #answers: ReadonlyMap<string, WalkAnswer>;
  readonly #events: WalkEvent[] = [];
  readonly #used: WalkAnswer[] = [];
  /** Each scenario is entered once and each remedy tried once: that is why every walk ends. */
  readonly #entered = new Set<string>();
  readonly #done = new Set<string>();
  #code: Code | null = null;

  constructor(state: WalkState, facts: WalkFacts, knowledge: Knowledge) {
    this.#state = state;
    this.#facts = facts;
    this.#knowledge = knowledge;
    this.#answers = new Map(state.answers.map((answer) => [answer.step, answer]));
  }

  run(): Walk {
    let move = this.#begin();
    while ('place' in move) move = this.#at(move.place);
    const product = this.#facts.product?.id ?? null;
    return {
      step: nameInStep(move.step, product),
      events: this.#events.map((event) => nameInEvent(event, product)),
      used: this.#used,
      code: this.#code,
    };
  }

  #begin(): Move {
    const start = this.#knowledge.graph.start;
    return this.#goBy(this.#state.entry, null) ?? { place: sharedPlace(start, null, this.#knowledge) };
  }

  /** Where codes, a status or a named scenario lead. */
  #goBy({ codes, status, scenario }: Seen, from: Place | null): Move | undefined {
    const { index } = this.#knowledge;
    const [primary] = rankCodes(codes, index);
    const placed = primary === undefined ? undefined : placeCode(primary, index);
    if (placed) this.#code = placed.code;
    const at = status === null ? undefined : index.statuses[LICENSE_STATUSES.indexOf(status)];
    const target = scenario ?? placed?.scenario ?? at;
    return target === undefined ? undefined : this.#enter(target, from);
  }

  #enter(id: string, from: Place | null): Move {
    const scenario = this.#knowledge.scenarios.get(id);
    if (scenario === undefined || this.#entered.has(id)) {
      return { place: sharedPlace('support', from?.scenario ?? null, this.#knowledge) };
    }
    this.#entered.add(id);
    return { place: scenarioPlace(scenario, this.#code) };
  }

  #go(reference: string, from: Place): Move {
    const target = follow(reference, from, this.#knowledge);
    return 'scenario' in target ? this.#enter(target.scenario, from) : { place: target.node };
  }

  #at(place: Place): Move {
    const { node } = place;
    if (node.kind === 'question') return this.#question(node, place);
    if (node.kind === 'read') return this.#read(node, place);
    if (node.kind === 'try') return this.#try(node, place);
    return { step: endStep(node, this.#base(place, node.text, node.evidence), this.#knowledge) };
  }

  #question(node: QuestionNode, place: Place): Move {
    const read = node.fact === undefined ? undefined : this.#known().get(node.fact);
    const option = node.options.find(({ value }) => value === read);
    if (option) {
      this.#noteQuestion(node, place, option.value, true);
      return this.#go(option.next, place);
    }
    const id = stepId(place);
    const answer = this.#answers.get(id);
    const chosen = node.options.find(({ value }) => value === answer?.value);
    if (answer === undefined || (chosen === undefined && answer.value !== UNKNOWN.value)) {
      const options = [...node.options.map(({ value, text }) => ({ value, text })), UNKNOWN];
      return {
        step: {
          kind: 'question',
          input: 'choice',
          why: node.why,
          options,
          ...this.#base(place, node.text, node.evidence),
        },
      };
    }
    this.#used.push(answer);
    this.#noteQuestion(node, place, answer.value, false);
    return this.#go(chosen?.next ?? node.unknown, place);
  }

  #noteQuestion(node: QuestionNode, place: Place, value: string, read: boolean): void {
    const answer = [...node.options, UNKNOWN].find((option) => option.value === value)?.text ?? value;
    this.#events.push({ kind: 'question', step: stepId(place), text: node.text, value, answer, read });
  }

  /** Facts can change on the way: a code seen later answers questions too. */
  #known(): ReadonlyMap<string, string> {
    const { codes, status } = this.#state.entry;
    const { index, checks } = this.#knowledge;
    const seen = this.#code === null ? codes : [...codes, this.#code];
    return knownAnswers(this.#facts, { codes: seen, status }, index, checks);
  }

  #read(node: ReadNode, place: Place): Move {
    const answer = this.#answers.get(stepId(place));
    const seen = answer === undefined ? undefined : readSeen(answer.value);
    if (answer === undefined || (seen === undefined && answer.value !== UNKNOWN.value)) {
      const base = this.#base(place, node.text);
      return { step: { kind: 'question', input: 'code', why: node.why, options: [UNKNOWN], ...base } };
    }
    this.#used.push(answer);
    this.#events.push({
      kind: 'question',
      step: stepId(place),
      text: node.text,
      value: answer.value,
      answer: seen === undefined ? UNKNOWN.text : seenText(seen),
      read: false,
    });
    return (seen && this.#goBy(seen, place)) ?? this.#go(node.unknown, place);
  }

  #try(node: TryNode, place: Place): Move {
    for (const remedy of remediesAt(node, place, this.#code, this.#knowledge)) {
      if (this.#done.has(remedy.id)) continue;
      const move = this.#remedy(remedy, node, place);
      if (move) return move;
      this.#done.add(remedy.id);
    }
    return this.#go(node.then, place);
  }

  /** Undefined: it did not help, the next one follows. */
  #remedy(remedy: Remedy, node: TryNode, place: Place): Move | undefined {
    const view: RemedyView = { id: remedy.id, changes: remedy.changes, ...viewRemedy(remedy) };
    const base = this.#base(place, remedy.text, node.evidence);
    if (remedy.changes || remedy.spendsActivation) {
      const id = `confirm-${remedy.id}`;
      const answer = this.#answers.get(id);
      const valid = CONFIRM.some(({ value }) => value === answer?.value);
      if (answer === undefined || !valid)
        return { step: { ...base, kind: 'confirm', id, remedy: view, options: CONFIRM } };
      this.#used.push(answer);
      if (answer.value !== 'yes') {
        this.#events.push({ kind: 'declined', remedy: remedy.id, text: remedy.text });
        return undefined;
      }
    }
    return this.#result(remedy, view, base, place);
  }

  #result(remedy: Remedy, view: RemedyView, base: StepBase, place: Place): Move | undefined {
    const answer = this.#answers.get(remedy.id);
    const seen = answer === undefined ? undefined : readSeen(answer.value);
    const plain = RESULTS.some(({ value }) => value === answer?.value);
    if (answer === undefined || (seen === undefined && !plain)) {
      const { text: test } = testAt(place, this.#knowledge);
      return {
        step: {
          ...base,
          kind: 'remedy',
          id: remedy.id,
          remedy: view,
          test,
          before: this.#code,
          options: RESULTS,
        },
      };
    }
    this.#used.push(answer);
    const before = this.#code;
    const after = seen === undefined ? before : this.#primary(seen);
    const outcome = triedOutcome(answer.value, seen, before, after);
    const left = outcome === 'fixed' ? null : after;
    this.#events.push({ kind: 'tried', remedy: remedy.id, text: remedy.text, outcome, before, after: left });
    this.#done.add(remedy.id);
    if (outcome === 'fixed') return this.#succeed(remedy, place, seen?.status === 'licensed');
    if (outcome === 'changed') return this.#change(after, place);
    // Before any scenario is chosen, a state that was read chooses it.
    return place.scenario === null && seen ? this.#goBy(seen, place) : undefined;
  }

  #primary({ codes }: Seen): Code | null {
    const [primary] = rankCodes(codes, this.#knowledge.index);
    return primary === undefined ? this.#code : placeCode(primary, this.#knowledge.index).code;
  }

  /** Another code means another obstacle: progress, if its scenario was not gone through before. */
  #change(after: Code | null, place: Place): Move | undefined {
    this.#code = after;
    if (after === null) return undefined;
    const { scenario } = placeCode(after, this.#knowledge.index);
    return this.#entered.has(scenario) ? undefined : this.#enter(scenario, place);
  }

  /** What is licensed needs no activation, whatever the test was to prove. */
  #succeed(remedy: Remedy, place: Place, licensed: boolean): Move {
    const { proves } = testAt(place, this.#knowledge);
    if (!licensed && proves === 'obstacle' && !remedy.spendsActivation && !this.#done.has('activate-again')) {
      return { place: sharedPlace('activate', place.scenario, this.#knowledge) };
    }
    this.#code = null;
    return { step: fixedStep(this.#base(place, 'The test succeeds: nothing more is to be done.')) };
  }

  #base(place: Place, text: string, evidence: readonly EvidenceName[] = []): StepBase {
    return {
      id: stepId(place),
      scenario: place.scenario?.id ?? null,
      text,
      evidence: evidenceLines(evidence, this.#facts, this.#knowledge, this.#events),
    };
  }
}

/** The test that is repeated after each remedy, and what its success proves. */
export interface Test {
  readonly text: string;
  /** `obstacle`: the way is free and the activation itself is still to be done; the others: all is well. */
  readonly proves: 'activated' | 'obstacle' | 'installed' | 'explained';
}

/** One possible answer. `next` is a node of this scenario, `@node` of the graph, or `>scenario`. */
export interface Option {
  readonly value: string;
  readonly text: string;
  readonly next: string;
}

/** Names of what code can say from the ledger and the machine beside a step's text. */
export const EVIDENCE = [
  'limit',
  'pending',
  'retired',
  'other-keys',
  'product',
  'cal',
  'checks',
  'tried',
] as const;
export type EvidenceName = (typeof EVIDENCE)[number];

export interface QuestionNode {
  readonly id: string;
  readonly kind: 'question';
  readonly text: string;
  /** Why it is asked: shown with the question. */
  readonly why: string;
  /** Name of the fact that answers it without asking; its values are option values. */
  readonly fact?: string;
  readonly evidence?: readonly EvidenceName[];
  readonly options: readonly Option[];
  /** Where "I don't know" leads. */
  readonly unknown: string;
  readonly source: string;
}

/** Remedies in turn, the same test after each; `then` if none helped. */
export interface TryNode {
  readonly id: string;
  readonly kind: 'try';
  readonly remedies: readonly string[];
  /** True if the remedies of the code at hand belong here too. */
  readonly withCode?: boolean;
  /** In place of the scenario's test. */
  readonly test?: Test;
  readonly evidence?: readonly EvidenceName[];
  readonly then: string;
  readonly source: string;
}

/** Asks for a code or pasted text; where it leads is found from what was read. */
export interface ReadNode {
  readonly id: string;
  readonly kind: 'read';
  readonly text: string;
  readonly why: string;
  /** Where "I don't know", or a text without anything to go by, leads. */
  readonly unknown: string;
  readonly source: string;
}

export interface EndNode {
  readonly id: string;
  readonly kind: 'end';
  /** `explained`: nothing to repair; `hand-over`: somebody else holds the answer; `support`: file a request. */
  readonly outcome: 'explained' | 'hand-over' | 'support';
  readonly text: string;
  readonly evidence?: readonly EvidenceName[];
  /** Remedies named with it: what is left to do, or to do otherwise next time. */
  readonly advice?: readonly string[];
  readonly links?: readonly string[];
  readonly source: string;
}

export type Node = QuestionNode | TryNode | ReadNode | EndNode;

/** The way into the walkthrough and the ends that scenarios share (`@id`). */
export interface Graph {
  readonly start: string;
  /** For remedies that belong to no scenario. */
  readonly test: Test;
  readonly nodes: readonly Node[];
}

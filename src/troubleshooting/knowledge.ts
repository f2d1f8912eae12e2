import type { CheckDescription } from './checks.ts';
import type { Graph, Node, Test } from './nodes.ts';

/** What a person must have or do for a remedy. An empty list is "nothing special". */
export const NEEDS = ['administrator', 'restart', 'network'] as const;
export type Need = (typeof NEEDS)[number];

/** Id of a scenario, as in `limit-reached`. */
export type ScenarioId = string;

/**
 * A code in its one spelling: `0xC004C020` for a Windows result, `0x7F` for the short codes of the batch
 * activation service and of shared computer activation, `17002` or `30088-4` for the Office installer.
 */
export type Code = string;

/** What is known of one code. `remedies` are ids, cheapest first. */
export interface CodeEntry {
  readonly code: Code;
  readonly name: string;
  readonly meaning: string;
  readonly causes: readonly string[];
  readonly remedies: readonly string[];
  readonly products: readonly string[];
  /** Node of the walk to begin with for this code, if it is not the scenario's first. */
  readonly start?: string;
  readonly source: string;
}

/** One thing to try, written once and named by many. */
export interface Remedy {
  readonly id: string;
  readonly text: string;
  readonly needs: readonly Need[];
  /** True if success, or the attempt itself, may count against a key. */
  readonly spendsActivation: boolean;
  /** True if the machine, a setting or a licence is different afterwards: asked before. */
  readonly changes: boolean;
  /** 1 looking, 2 a small change, 3 a setting or service, 4 repair, 5 an activation or money, 6 other people. */
  readonly cost: number;
  readonly source: string;
}

/** Server product that a CAL belongs to, found by words of the CAL's name in lower case. First match wins. */
export interface CalHolder {
  readonly match: string;
  readonly holder: string;
}

export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  readonly meaning: string;
  readonly causes: readonly string[];
  readonly remedies: readonly string[];
  readonly codes: readonly CodeEntry[];
  readonly checks: readonly string[];
  readonly links: readonly string[];
  readonly test: Test;
  /** First node of the walk. */
  readonly start: string;
  readonly nodes: readonly Node[];
  readonly holders?: readonly CalHolder[];
  readonly source: string;
}

/** A range of codes that belong together: all whose bits under `mask` equal `value`. First match wins. */
export interface Zone {
  readonly id: string;
  readonly mask: Code;
  readonly value: Code;
  readonly name: string;
  readonly meaning: string;
  readonly scenario: ScenarioId;
  readonly source: string;
}

export interface ScenarioHead {
  readonly id: ScenarioId;
  readonly title: string;
}

/** A sentence on a screen that names a scenario without a code; compared without case. */
export interface Phrase {
  readonly text: string;
  readonly scenario: ScenarioId;
  readonly source: string;
}

/** The small part that every question needs: which code, state or sentence belongs where. */
export interface KnowledgeIndex {
  readonly schema: string;
  /** Day on which the facts were last looked up. */
  readonly asOf: string;
  readonly scenarios: readonly ScenarioHead[];
  readonly codes: Readonly<Record<Code, ScenarioId>>;
  /** A code that hides or follows others gives way to them as the primary finding. */
  readonly yields: Readonly<Record<Code, readonly Code[]>>;
  readonly zones: readonly Zone[];
  /** Scenario of each licence status 0 to 6 when no code is there. */
  readonly statuses: readonly ScenarioId[];
  readonly phrases: readonly Phrase[];
  /** What people call a state, where nothing else says what it is; the first that is found counts. */
  readonly plainWords: readonly Phrase[];
}

export interface Link {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly source: string;
}

/** Technical support incidents of a membership (S9). */
export interface SupportTerms {
  readonly who: string;
  readonly ids: string;
  readonly versions: string;
  readonly where: readonly string[];
  readonly remaining: string;
  readonly offers: readonly {
    readonly program: string;
    readonly name: string;
    readonly incidents: number;
    readonly cloud: string;
    readonly advisoryHours: number;
    readonly source: string;
  }[];
  readonly messages: readonly {
    readonly id: string;
    readonly text: string;
    readonly means: string;
    readonly source: string;
  }[];
  readonly links: readonly string[];
  readonly source: string;
}

/** Where knowledge comes from; each part is read only when asked for. */
export interface KnowledgeSource {
  index(): Promise<KnowledgeIndex>;
  /** Undefined if there is no such scenario. */
  scenario(id: ScenarioId): Promise<Scenario | undefined>;
  remedies(): Promise<Readonly<Record<string, Remedy>>>;
  graph(): Promise<Graph>;
  checks(): Promise<readonly CheckDescription[]>;
  links(): Promise<readonly Link[]>;
  support(): Promise<SupportTerms>;
}

/** All of it in memory: what the walkthrough and the transcript work with. */
export interface Knowledge {
  readonly index: KnowledgeIndex;
  readonly scenarios: ReadonlyMap<ScenarioId, Scenario>;
  readonly remedies: Readonly<Record<string, Remedy>>;
  readonly graph: Graph;
  readonly checks: readonly CheckDescription[];
  readonly links: ReadonlyMap<string, Link>;
  readonly support: SupportTerms;
}

/** Reads everything at once. */
export async function loadKnowledge(source: KnowledgeSource): Promise<Knowledge> {
  const index = await source.index();
  const [loaded, remedies, graph, checks, links, support] = await Promise.all([
    Promise.all(index.scenarios.map(({ id }) => source.scenario(id))),
    source.remedies(),
    source.graph(),
    source.checks(),
    source.links(),
    source.support(),
  ]);
  const scenarios = new Map<ScenarioId, Scenario>();
  for (const scenario of loaded) if (scenario) scenarios.set(scenario.id, scenario);
  return {
    index,
    scenarios,
    remedies,
    graph,
    checks,
    links: new Map(links.map((link) => [link.id, link])),
    support,
  };
}

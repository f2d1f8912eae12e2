import { pickRemedies } from './answer.ts';
import type { Code, CodeEntry, Knowledge, Remedy, Scenario } from './knowledge.ts';
import type { Node, Test, TryNode } from './nodes.ts';

/** A node of the knowledge graph, and the scenario that the walk is in. */
export interface Place {
  readonly scenario: Scenario | null;
  /** True for a node that scenarios share. */
  readonly shared: boolean;
  readonly node: Node;
}

/** Where a reference leads: `node` beside the present one, `@node` shared, `>scenario` its start. */
export type Target = { readonly node: Place } | { readonly scenario: string };

/** Follows a reference. Throws RangeError for one that leads nowhere: the tests rule that out for shipped data. */
export function follow(reference: string, from: Place | null, knowledge: Knowledge): Target {
  if (reference.startsWith('>')) return { scenario: reference.slice(1) };
  const scenario = from?.scenario ?? null;
  const shared = reference.startsWith('@') || from === null || from.shared;
  const id = reference.replace(/^@/, '');
  const nodes = shared ? knowledge.graph.nodes : (scenario?.nodes ?? []);
  const node = nodes.find((candidate) => candidate.id === id);
  if (!node)
    throw new RangeError(`the knowledge has no node "${reference}" in ${scenario?.id ?? 'the graph'}`);
  return { node: { scenario, shared, node } };
}

/** A shared node, with the scenario kept. */
export function sharedPlace(id: string, scenario: Scenario | null, knowledge: Knowledge): Place {
  const node = knowledge.graph.nodes.find((candidate) => candidate.id === id);
  if (!node) throw new RangeError(`the graph has no node "${id}"`);
  return { scenario, shared: true, node };
}

/** Where a scenario begins: at its start, or where the code at hand says. */
export function scenarioPlace(scenario: Scenario, code: Code | null): Place {
  const start = codeEntry(scenario, code)?.start ?? scenario.start;
  const node = scenario.nodes.find(({ id }) => id === start);
  if (!node) throw new RangeError(`scenario ${scenario.id} has no node "${start}"`);
  return { scenario, shared: false, node };
}

function codeEntry(scenario: Scenario | null, code: Code | null): CodeEntry | undefined {
  return code === null ? undefined : scenario?.codes.find((entry) => entry.code === code);
}

/** What is tried at a node, cheapest first: its own remedies and, where it says so, those of the code at hand. */
export function remediesAt(
  node: TryNode,
  place: Place,
  code: Code | null,
  knowledge: Knowledge,
): readonly Remedy[] {
  const own = node.withCode === true ? (codeEntry(place.scenario, code)?.remedies ?? []) : [];
  return pickRemedies([...own, ...node.remedies], knowledge.remedies);
}

/** The test that is repeated after each remedy here. */
export function testAt(place: Place, knowledge: Knowledge): Test {
  if (place.node.kind === 'try' && place.node.test) return place.node.test;
  return place.shared || place.scenario === null ? knowledge.graph.test : place.scenario.test;
}

/** Name of a node in answers: `limit-reached.key-kind`, or the node alone where scenarios share it. */
export function stepId({ scenario, shared, node }: Place): string {
  return shared || scenario === null ? node.id : `${scenario.id}.${node.id}`;
}

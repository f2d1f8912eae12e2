import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { troubleshootingKnowledge as source } from '../../src/data/troubleshooting.ts';
import { CHECK_OUTCOMES } from '../../src/troubleshooting/checks.ts';
import { parseCode } from '../../src/troubleshooting/codes.ts';
import { loadKnowledge, NEEDS, type Scenario } from '../../src/troubleshooting/knowledge.ts';
import { EVIDENCE, type Node } from '../../src/troubleshooting/nodes.ts';

const text = z.string().check(z.minLength(2), z.trim());
const sentence = text.check(z.regex(/[.?!)]$/));
const id = z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/));
const code = z.string().check(z.refine((value) => parseCode(value) === value));
const reference = z.string().check(z.regex(/^[@>]?[a-z0-9]+(-[a-z0-9]+)*$/));
const evidence = z.optional(z.array(z.enum(EVIDENCE)));

const testOf = z.strictObject({
  text: sentence,
  proves: z.enum(['activated', 'obstacle', 'installed', 'explained']),
});

const option = z.strictObject({ value: id, text, next: reference });
const node = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('question'),
    text: sentence,
    why: sentence,
    fact: z.optional(id),
    evidence,
    options: z.array(option).check(z.minLength(2)),
    unknown: reference,
    source: text,
  }),
  z.strictObject({
    id,
    kind: z.literal('try'),
    remedies: z.array(id),
    withCode: z.optional(z.boolean()),
    test: z.optional(testOf),
    evidence,
    // biome-ignore lint/suspicious/noThenProperty: the field's name in the data
    then: reference,
    source: text,
  }),
  z.strictObject({
    id,
    kind: z.literal('read'),
    text: sentence,
    why: sentence,
    unknown: reference,
    source: text,
  }),
  z.strictObject({
    id,
    kind: z.literal('end'),
    outcome: z.enum(['explained', 'hand-over', 'support']),
    text: sentence,
    evidence,
    advice: z.optional(z.array(id)),
    links: z.optional(z.array(id)),
    source: text,
  }),
]);
const scenarioSchema = z.strictObject({
  id,
  title: text,
  meaning: sentence,
  causes: z.array(text).check(z.minLength(1)),
  remedies: z.array(id).check(z.minLength(1)),
  codes: z.array(
    z.strictObject({
      code,
      name: text,
      meaning: sentence,
      causes: z.array(text).check(z.minLength(1)),
      remedies: z.array(id).check(z.minLength(1)),
      products: z.array(text).check(z.minLength(1)),
      start: z.optional(id),
      source: text,
    }),
  ),
  checks: z.array(id),
  links: z.array(id),
  test: testOf,
  start: id,
  nodes: z.array(node).check(z.minLength(1)),
  holders: z.optional(z.array(z.strictObject({ match: text, holder: text }))),
  source: text,
});
const remedySchema = z.strictObject({
  id,
  text: sentence,
  needs: z.array(z.enum(NEEDS)),
  spendsActivation: z.boolean(),
  changes: z.boolean(),
  cost: z.int().check(z.minimum(1), z.maximum(6)),
  source: text,
});
const hex = z.string().check(z.regex(/^0x[0-9A-F]{8}$/));
const indexSchema = z.strictObject({
  schema: z.literal('mpn-benefits/troubleshooting/1'),
  asOf: z.iso.date(),
  scenarios: z.array(z.strictObject({ id, title: text })),
  codes: z.record(code, id),
  yields: z.record(code, z.array(code)),
  zones: z.array(
    z.strictObject({ id, mask: hex, value: hex, name: text, meaning: sentence, scenario: id, source: text }),
  ),
  statuses: z.array(id).check(z.length(7)),
  phrases: z.array(z.strictObject({ text: z.string().check(z.lowercase()), scenario: id, source: text })),
  plainWords: z.array(z.strictObject({ text: z.string().check(z.lowercase()), scenario: id, source: text })),
});
const checkSchema = z.strictObject({
  id,
  title: text,
  reads: text,
  platform: z.enum(['windows', 'any']),
  online: z.boolean(),
  fact: z.optional(id),
  values: z.optional(z.partialRecord(z.enum(CHECK_OUTCOMES), id)),
  fix: sentence,
  source: text,
});
const link = z.strictObject({ id, title: text, url: z.url({ protocol: /^https$/ }), source: text });
const supportSchema = z.strictObject({
  who: sentence,
  ids: sentence,
  versions: sentence,
  where: z.array(sentence).check(z.minLength(2)),
  remaining: sentence,
  offers: z.array(
    z.strictObject({
      program: id,
      name: text,
      incidents: z.int(),
      cloud: text,
      advisoryHours: z.int(),
      source: text,
    }),
  ),
  messages: z.array(z.strictObject({ id, text, means: sentence, source: text })),
  links: z.array(id),
  source: text,
});

const knowledge = await loadKnowledge(source);
const { index, remedies, graph, checks, links, support } = knowledge;
const scenarios = [...knowledge.scenarios.values()];
const codes = scenarios.flatMap((scenario) => scenario.codes);

test('every file fits its schema', () => {
  const schemas: readonly (readonly [z.ZodMiniType, unknown])[] = [
    [indexSchema, index],
    [z.array(scenarioSchema), scenarios],
    [z.record(id, remedySchema), remedies],
    [z.strictObject({ start: id, test: testOf, nodes: z.array(node) }), graph],
    [z.array(checkSchema), checks],
    [z.array(link), [...links.values()]],
    [supportSchema, support],
  ];
  for (const [schema, value] of schemas) {
    const result = z.safeParse(schema, value);
    expect(result.success ? '' : z.prettifyError(result.error)).toBe('');
  }
});

test('247 codes, the 30 scenarios they fall into, and two that have no code', () => {
  expect(codes).toHaveLength(247);
  expect(Object.keys(index.codes)).toHaveLength(247);
  expect(scenarios.filter((scenario) => scenario.codes.length > 0)).toHaveLength(30);
  expect(scenarios.filter((scenario) => scenario.codes.length === 0).map((scenario) => scenario.id)).toEqual([
    'cal-no-information',
    'rds-cal',
  ]);
});

test('the index, the files and the loader name the same scenarios and codes', () => {
  const files = readdirSync(new URL('../../data/troubleshooting/scenarios', import.meta.url));
  expect(files.map((file) => file.replace('.json', '')).sort()).toEqual(
    index.scenarios.map(({ id }) => id).sort(),
  );
  expect(scenarios.map(({ id, title }) => ({ id, title }))).toEqual(index.scenarios);
  const listed = scenarios.flatMap((scenario) => scenario.codes.map(({ code }) => [code, scenario.id]));
  expect(Object.fromEntries(listed)).toEqual(index.codes);
});

test('few enough files that each can be a chunk of its own', () => {
  expect(scenarios.length + 6).toBeLessThanOrEqual(40);
});

test.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
  '%s names only what exists',
  (_, scenario) => {
    const ids = new Set(scenario.nodes.map((node) => node.id));
    expect(ids.size).toBe(scenario.nodes.length);
    expect(ids).toContain(scenario.start);
    for (const code of scenario.codes) if (code.start !== undefined) expect(ids).toContain(code.start);
    for (const remedy of remediesOf(scenario)) expect(Object.keys(remedies)).toContain(remedy);
    for (const check of scenario.checks) expect(checks.map((known) => known.id)).toContain(check);
    for (const link of scenario.links) expect([...links.keys()]).toContain(link);
    for (const node of scenario.nodes)
      for (const next of referencesOf(node)) expect(exists(next, ids)).toBe(true);
  },
);

test('the shared part of the graph names only what exists', () => {
  const ids = new Set(graph.nodes.map((node) => node.id));
  expect(ids).toContain(graph.start);
  for (const node of graph.nodes) for (const next of referencesOf(node)) expect(exists(next, ids)).toBe(true);
});

test('no scenario goes round in circles', () => {
  for (const { id, nodes } of [...scenarios, { id: 'graph', nodes: graph.nodes }]) {
    for (const node of nodes)
      expect([id, reachable(nodes, [node.id], true)]).not.toEqual([id, expect.arrayContaining([node.id])]);
  }
});

test('every node of a scenario is on a way from its start or from a code', () => {
  for (const { id, start, nodes, codes } of scenarios) {
    const starts = [start, ...codes.flatMap((code) => code.start ?? [])];
    expect([id, [...reachable(nodes, starts, false)].sort()]).toEqual([
      id,
      nodes.map((node) => node.id).sort(),
    ]);
  }
});

test('every scenario is reached from the first question', () => {
  const seen = new Set<string>();
  const queue = graph.nodes.flatMap(referencesOf).filter((next) => next.startsWith('>'));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const name = next.slice(1);
    if (seen.has(name)) continue;
    seen.add(name);
    const nodes = knowledge.scenarios.get(name)?.nodes ?? [];
    queue.push(...nodes.flatMap(referencesOf).filter((reference) => reference.startsWith('>')));
  }
  expect(scenarios.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
});

test('every remedy is used', () => {
  const used = new Set([...scenarios.flatMap(remediesOf), ...graph.nodes.flatMap(nodeRemedies)]);
  expect(Object.keys(remedies).filter((id) => !used.has(id))).toEqual([]);
});

test('remedies stand from cheap to costly, wherever they are listed', () => {
  const lists = [
    ...scenarios.map((scenario) => scenario.remedies),
    ...codes.map((code) => code.remedies),
    ...[...scenarios, graph].flatMap(({ nodes }) => nodes.map(nodeRemedies)),
  ];
  for (const list of lists) {
    const costs = list.map((id) => remedies[id]?.cost ?? 0);
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
    expect(new Set(list).size).toBe(list.length);
  }
});

test('what may spend an activation is never cheap and always asked before', () => {
  for (const remedy of Object.values(remedies)) {
    if (!remedy.spendsActivation) continue;
    expect([remedy.id, remedy.cost >= 5, remedy.changes]).toEqual([remedy.id, true, true]);
  }
});

test('what needs a restart changes something', () => {
  for (const { id, needs, changes } of Object.values(remedies)) {
    if (needs.includes('restart')) expect([id, changes]).toEqual([id, true]);
  }
});

test('nothing is promised that the sources do not back', () => {
  const promises =
    /guarantee|will be (granted|replaced|raised|unblocked)|request (more|a replacement|further)|ask (microsoft )?for (more|additional|extra|a replacement)|(raise|increase)s? (the|its|your) limit|give[ns]? back your activation|always works|free of charge/i;
  for (const [place, value] of allTexts(knowledge))
    expect([place, promises.test(value)]).toEqual([place, false]);
});

test('no text or source speaks of anything but the subject', () => {
  const foreign =
    /file index|stored page|\bid \d{6,}|\/work\/|\/tmp\/|general knowledge, not checked against a stored/i;
  for (const [place, value] of allTexts(knowledge))
    expect([place, foreign.test(value)]).toEqual([place, false]);
});

test('limits of partner keys are answered as published (T6)', () => {
  const limit = knowledge.scenarios.get('limit-reached');
  expect(limit?.remedies).toContain('extra-activations-answer');
  expect(remedies['extra-activations-answer']?.text).toMatch(
    /none are added to a key that came as a partner benefit/,
  );
});

test('the last zone takes every code', () => {
  expect(index.zones.at(-1)).toMatchObject({ mask: '0x00000000', value: '0x00000000' });
});

function referencesOf(node: Node): readonly string[] {
  if (node.kind === 'question') return [...node.options.map(({ next }) => next), node.unknown];
  if (node.kind === 'try') return [node.then];
  return node.kind === 'read' ? [node.unknown] : [];
}

function nodeRemedies(node: Node): readonly string[] {
  if (node.kind === 'try') return node.remedies;
  return node.kind === 'end' ? (node.advice ?? []) : [];
}

function remediesOf(scenario: Scenario): readonly string[] {
  return [
    ...scenario.remedies,
    ...scenario.codes.flatMap((code) => code.remedies),
    ...scenario.nodes.flatMap(nodeRemedies),
  ];
}

function exists(next: string, own: ReadonlySet<string>): boolean {
  if (next.startsWith('>')) return knowledge.scenarios.has(next.slice(1));
  if (next.startsWith('@')) return graph.nodes.some((node) => node.id === next.slice(1));
  return own.has(next);
}

/** Nodes that references lead to; `strict` leaves out the starts unless they are led back to. */
function reachable(nodes: readonly Node[], starts: readonly string[], strict: boolean): ReadonlySet<string> {
  const found = new Set<string>(strict ? [] : starts);
  const queue = [...starts];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const node = nodes.find((candidate) => candidate.id === at);
    for (const next of node ? referencesOf(node) : []) {
      const plain = nodes === graph.nodes ? next.replace('@', '') : next;
      if (/^[@>]/.test(plain) || found.has(plain)) continue;
      found.add(plain);
      queue.push(plain);
    }
  }
  return found;
}

function* allTexts(value: unknown, place = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [place, value];
  else if (value instanceof Map) for (const [key, entry] of value) yield* allTexts(entry, `${place}/${key}`);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) yield* allTexts(entry, `${place}/${key}`);
  }
}

import { AppError } from '../errors.ts';
import { isInformation, type PlacedCode, placeCode, rankCodes } from './codes.ts';
import type {
  Code,
  CodeEntry,
  Knowledge,
  KnowledgeSource,
  Remedy,
  Scenario,
  ScenarioId,
} from './knowledge.ts';
import { type Answer, type AnswerRemedy, LICENSE_STATUSES, type PasteReading, type Seen } from './types.ts';

/** Of a code alone: nothing is known of where it was seen. */
export const NO_CONTEXT: Answer['context'] = { product: null, last5: null, status: null };

/** Straight answers to a reading, the primary finding first and the others in its `also`; undefined if there is none. */
export async function answerReading(
  reading: PasteReading,
  source: KnowledgeSource,
): Promise<readonly [Answer, ...Answer[]] | undefined> {
  const index = await source.index();
  const context = contextOf(reading);
  if (reading.codes.length > 0) return answerCodes(rankCodes(reading.codes, index), source, context);
  const scenario = reading.phrases[0] ?? (await scenarioOfState(reading, source));
  return scenario === undefined ? undefined : [await answerScenario(scenario, source, context)];
}

/** The state of the product that is worst off speaks for the whole screen. */
async function scenarioOfState(
  reading: PasteReading,
  source: KnowledgeSource,
): Promise<ScenarioId | undefined> {
  const worst = worstOf(reading);
  if (worst === undefined) return undefined;
  if (worst.status === null) return 'not-activated';
  return (await source.index()).statuses[LICENSE_STATUSES.indexOf(worst.status)];
}

function worstOf({ products, codes }: PasteReading): PasteReading['products'][number] | undefined {
  return (
    products.find(({ code }) => code !== null && codes.includes(code) && !isInformation(code)) ??
    products.find(({ status }) => status !== null && status !== 'licensed') ??
    products[0]
  );
}

/** Product, last five and status that go with the primary finding. */
export function contextOf(reading: PasteReading): Answer['context'] {
  const worst = worstOf(reading);
  return worst ? { product: worst.product, last5: worst.last5, status: worst.status } : NO_CONTEXT;
}

/** One answer for each code, in the order given; the first names the others in `also`. */
export async function answerCodes(
  codes: readonly Code[],
  source: KnowledgeSource,
  context: Answer['context'] = NO_CONTEXT,
): Promise<[Answer, ...Answer[]] | undefined> {
  const unique = [...new Set(codes)];
  const answers = await Promise.all(unique.map((code) => answerCode(code, source, context)));
  const [first, ...rest] = answers;
  if (!first) return undefined;
  const also = rest.map(({ code, name, known, scenario }) => ({ code: code ?? '', name, known, scenario }));
  return [{ ...first, also }, ...rest];
}

async function answerCode(code: Code, source: KnowledgeSource, context: Answer['context']): Promise<Answer> {
  const placed = placeCode(code, await source.index());
  const scenario = await requireScenario(placed.scenario, source);
  return codeAnswer(code, placed, scenario, await source.remedies(), context);
}

function codeAnswer(
  code: Code,
  placed: PlacedCode,
  scenario: Scenario,
  remedies: Readonly<Record<string, Remedy>>,
  context: Answer['context'],
): Answer {
  const entry = scenario.codes.find((listed) => listed.code === placed.code);
  if (placed.known && entry) return listedAnswer(entry, scenario, remedies, context);
  return {
    scenario: scenario.id,
    code,
    name: null,
    known: false,
    meaning: placed.zone?.meaning ?? scenario.meaning,
    causes: scenario.causes,
    remedies: viewRemedies(scenario.remedies, remedies),
    context,
    also: [],
    source: placed.zone?.source ?? scenario.source,
  };
}

function listedAnswer(
  entry: CodeEntry,
  scenario: Scenario,
  remedies: Readonly<Record<string, Remedy>>,
  context: Answer['context'],
): Answer {
  const { code, name, meaning, causes } = entry;
  return {
    scenario: scenario.id,
    code,
    name,
    known: true,
    meaning,
    causes,
    remedies: viewRemedies(entry.remedies, remedies),
    context,
    also: [],
    source: entry.source,
  };
}

/** The straight answer of a whole scenario. Throws NOT_FOUND for an id that there is not. */
export async function answerScenario(
  id: ScenarioId,
  source: KnowledgeSource,
  context: Answer['context'] = NO_CONTEXT,
): Promise<Answer> {
  return scenarioAnswer(await requireScenario(id, source), await source.remedies(), context);
}

function scenarioAnswer(
  scenario: Scenario,
  remedies: Readonly<Record<string, Remedy>>,
  context: Answer['context'],
): Answer {
  const { id, title, meaning, causes, source } = scenario;
  return {
    scenario: id,
    code: null,
    name: title,
    known: true,
    meaning,
    causes,
    remedies: viewRemedies(scenario.remedies, remedies),
    context,
    also: [],
    source,
  };
}

/** The same from knowledge that is in memory: of the primary code, else of the state; undefined without either. */
export function answerSeen({ codes, status, scenario }: Seen, knowledge: Knowledge): Answer | undefined {
  const { index, scenarios, remedies } = knowledge;
  const [primary] = rankCodes(codes, index);
  if (primary !== undefined) {
    const placed = placeCode(primary, index);
    const at = scenarios.get(placed.scenario);
    if (at !== undefined) return codeAnswer(primary, placed, at, remedies, NO_CONTEXT);
  }
  const id = scenario ?? (status === null ? undefined : index.statuses[LICENSE_STATUSES.indexOf(status)]);
  const at = id === undefined ? undefined : scenarios.get(id);
  return at === undefined ? undefined : scenarioAnswer(at, remedies, NO_CONTEXT);
}

async function requireScenario(id: ScenarioId, source: KnowledgeSource): Promise<Scenario> {
  const scenario = await source.scenario(id);
  if (scenario) return scenario;
  const { scenarios } = await source.index();
  throw new AppError('NOT_FOUND', `There is no scenario "${id}".`, {
    hint: 'mpn-benefits troubleshoot --list names them.',
    details: { candidates: scenarios.map((head) => head.id) },
  });
}

/** Remedies by id, cheapest first; those that cost alike stay in their order. */
export function pickRemedies(
  ids: readonly string[],
  remedies: Readonly<Record<string, Remedy>>,
): readonly Remedy[] {
  return [...new Set(ids)].flatMap((id) => remedies[id] ?? []).sort((a, b) => a.cost - b.cost);
}

function viewRemedies(
  ids: readonly string[],
  remedies: Readonly<Record<string, Remedy>>,
): readonly AnswerRemedy[] {
  return pickRemedies(ids, remedies).map(viewRemedy);
}

/** What people are shown of a remedy. */
export function viewRemedy({ text, needs, spendsActivation }: Remedy): AnswerRemedy {
  return { text, needs, spendsActivation };
}

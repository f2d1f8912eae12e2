import type { JsonObject, View } from '../../terminal/result.ts';
import { bulleted, heading, type KeyValue, keyValues, section, stacked, wrap } from '../../terminal/text.ts';
import type { Answer, AnswerRemedy } from '../../troubleshooting/types.ts';

/** The JSON contract of a straight answer. */
export function answerJson(answer: Answer): JsonObject {
  const { scenario, code, name, known, meaning, causes, remedies, context, also, source } = answer;
  const { product, last5, status } = context;
  return {
    scenario,
    code,
    name,
    known,
    meaning,
    causes,
    remedies: remedies.map(({ text, needs, spendsActivation }) => ({ text, needs, spendsActivation })),
    context: { product, last5, status },
    also: also.map((other) => ({
      code: other.code,
      name: other.name,
      known: other.known,
      scenario: other.scenario,
    })),
    source,
  };
}

/** The answer as people read it. `ledger` are lines about their own keys. */
export function renderAnswer(answer: Answer, ledger: readonly string[], view: View): string {
  const { code, name, known, meaning, causes, remedies, also, source } = answer;
  const titles = [code, known ? name : 'not in the list'].filter((part) => part !== null);
  return stacked([
    `${titles.map((title) => wrapped(title, view)).join('\n')}\n${wrap(meaning, view)}`,
    facts(answer, view),
    section('By your own ledger', bulleted(ledger, view, '  '), view),
    section('Likely causes', bulleted(causes, view, '  '), view),
    section(
      'What to do, from cheap to costly',
      remedies.map((remedy, at) => renderRemedy(remedy, at, view)).join('\n'),
      view,
    ),
    section('Also found', bulleted(also.map(alsoText), view, '  '), view),
    section('Source', sourceText(source, view), view),
  ]);
}

function wrapped(title: string, view: View): string {
  return wrap(title, view)
    .split('\n')
    .map((line) => heading(line, view))
    .join('\n');
}

function facts({ scenario, context }: Answer, view: View): string {
  const pairs: readonly KeyValue[] = [
    ['Product', context.product ?? undefined],
    ['Key', context.last5 === null ? undefined : `ends in ${context.last5}`],
    ['Status', context.status ?? undefined],
    ['Scenario', scenario],
  ];
  return keyValues(pairs, view);
}

/** Marks of the facts that the knowledge was written by: they mean nothing to anybody else. */
const MARK = /^[ST]\d+$/;
const MARKS_BESIDE = /\s*\([ST]\d+(?:, ?[ST]\d+)*\)/g;

/** The documents by their titles; nothing if no document is named. */
function sourceText(source: string, view: View): string {
  const documents = source
    .replace(MARKS_BESIDE, '')
    .split(/;\s*/)
    .map((part) =>
      part
        .split(/,\s*/)
        .filter((word) => !MARK.test(word))
        .join(', '),
    )
    .filter((part) => part !== '');
  return documents.length === 0 ? '' : wrap(documents.join('; '), view, '  ');
}

function renderRemedy(remedy: AnswerRemedy, at: number, view: View): string {
  const lead = `  ${String(at + 1).padStart(2)}. `;
  return [wrap(remedy.text, view, lead), wrap(needsText(remedy), view, ' '.repeat(lead.length))].join('\n');
}

/** What a remedy needs and costs, in words. */
export function needsText({ needs, spendsActivation }: AnswerRemedy): string {
  const needed =
    needs.length === 0 ? 'Needs nothing special.' : `Needs ${needs.map((need) => NEEDS[need]).join(', ')}.`;
  return `${needed} ${spendsActivation ? 'May spend an activation.' : 'Spends no activation.'}`;
}

const NEEDS = {
  administrator: 'administrator rights',
  restart: 'a restart',
  network: 'the network',
} as const;

function alsoText({ code, name, known, scenario }: Answer['also'][number]): string {
  return `${code}${known && name !== null ? ` ${name}` : ' (not in the list)'}: ${scenario}`;
}

import type { JsonObject, View } from '../../terminal/result.ts';
import { bulleted, heading, section, stacked, wrap } from '../../terminal/text.ts';
import type { EndStep, RemedyStep, Step } from '../../troubleshooting/types.ts';
import { isEnd } from '../../troubleshooting/walk.ts';
import { needsText } from './answer-view.ts';

/** A step as people see it, its choices apart: what is known, what is asked or to be done, and why. */
export function renderStep(step: Step, view: View): string {
  if (isEnd(step)) return renderEnd(step, view);
  const evidence = bulleted(step.evidence, view);
  const blocks =
    step.kind === 'question'
      ? [evidence, heading(wrap(step.text, view), view), wrap(`Why: ${step.why}`, view)]
      : step.kind === 'confirm'
        ? [
            evidence,
            wrap(step.text, view, 'Next: '),
            wrap(`${needsText(step.remedy)}${changesText(step.remedy.changes)}`, view, '      '),
          ]
        : [evidence, ...remedyLines(step, view)];
  return blocks.filter((block) => block !== '').join('\n');
}

function remedyLines({ text, remedy, test, before }: RemedyStep, view: View): readonly string[] {
  return [
    wrap(text, view, 'Do:   '),
    wrap(needsText(remedy), view, '      '),
    wrap(test, view, 'Test: '),
    before === null ? '' : wrap(`Before it was ${before}.`, view, '      '),
  ];
}

function changesText(changes: boolean): string {
  return changes ? ' Changes this machine or a record.' : '';
}

/** What is asked, in one line. */
export function question(step: Exclude<Step, EndStep>): string {
  if (step.kind === 'question') return step.text;
  return step.kind === 'confirm' ? 'Do it?' : 'What does the test say now?';
}

const OUTCOMES = {
  fixed: 'Solved',
  explained: 'Explained',
  'hand-over': 'Somebody else can help',
  support: 'Support request',
} as const;

function renderEnd({ outcome, text, evidence, advice, links }: EndStep, view: View): string {
  return stacked([
    `${heading(OUTCOMES[outcome], view)}\n${wrap(text, view)}`,
    bulleted(evidence, view),
    section(
      'What is left to do',
      advice
        .map((remedy, at) => wrap(`${remedy.text} ${needsText(remedy)}`, view, `  ${at + 1}. `))
        .join('\n'),
      view,
    ),
    section(
      'Links',
      bulleted(
        links.map(({ title, url }) => `${title}: ${url}`),
        view,
        '  ',
      ),
      view,
    ),
  ]);
}

/** The JSON of a step: of an end, or of what would be asked. */
export function stepJson(step: Step): JsonObject {
  const base = {
    step: step.id,
    kind: step.kind,
    scenario: step.scenario,
    text: step.text,
    evidence: step.evidence,
  };
  if (isEnd(step)) {
    const advice = step.advice.map(({ text, needs, spendsActivation }) => ({
      text,
      needs,
      spendsActivation,
    }));
    return {
      ...base,
      outcome: step.outcome,
      advice,
      links: step.links.map(({ title, url }) => ({ title, url })),
    };
  }
  return base;
}

import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import { AppError } from '../../errors.ts';
import type { JsonObject, Result } from '../../terminal/result.ts';
import { wrap } from '../../terminal/text.ts';
import { loadKnowledge } from '../../troubleshooting/knowledge.ts';
import type { EndStep, Step, WalkState } from '../../troubleshooting/types.ts';
import { takesText } from '../../troubleshooting/values.ts';
import { answerAll, isEnd, type WalkContext } from '../../troubleshooting/walk.ts';
import { givenAnswers } from './answers.ts';
import { beginWalk, factsOf } from './begin.ts';
import { type TroubleshootOptions, toPaste } from './options.ts';
import { question, renderStep, stepJson } from './step-view.ts';
import { writeRequest } from './support-request.ts';
import { isOfOtherKey, keep, learn, now, type Walking } from './walking.ts';

/**
 * Leads from question to remedy to end: with a person where one is there, else as far as the given answers go.
 * Throws CONFIRMATION_REQUIRED with what would be asked, CANCELLED, NOT_FOUND, USAGE, INVALID_DATA.
 */
export async function walkthrough(options: TroubleshootOptions, context: Context): Promise<Result> {
  const walking = await open(options, context);
  const { step, shown } = await go(walking);
  // Somebody has left, and knows how to go on.
  if (step === undefined) return { kind: 'nothing' };
  const asksForRequest = options.transcript !== undefined && (hasBegun(options) || isEnd(step));
  if (!isEnd(step) && !asksForRequest) throw unanswered(step, walking);
  if (options.transcript !== undefined) await writeRequest(options.transcript, walking);
  if (!isEnd(step)) {
    // The support request of a walk that has not ended was what was asked for, with the answer to what it is about.
    if (walking.given === undefined && options.scenario === undefined) return { kind: 'nothing' };
    return (await import('./straight.ts')).answerGiven(walking.given, options, context);
  }
  // A person has seen it.
  if (shown && context.format.name === 'table' && context.surroundings.stdout.isTTY === true)
    return { kind: 'nothing' };
  if (step.kind === 'support-request' && options.transcript === undefined) {
    context.terminal.note(
      `The support request: ${toPaste(`--resume ${walking.state.id} --transcript request.md`, context)}`,
    );
  }
  return { kind: 'record', value: walkJson(walking.state, step), render: (view) => renderStep(step, view) };
}

/** Whether there is anything to write a support request about before somebody was asked. */
function hasBegun({ text, scenario, resume, answers, answer = [] }: TroubleshootOptions): boolean {
  return (
    text.length > 0 ||
    scenario !== undefined ||
    resume !== undefined ||
    answers !== undefined ||
    answer.length > 0
  );
}

/** The walk with a person, for other commands. Throws CANCELLED. */
export async function talkThrough(options: TroubleshootOptions, context: Context): Promise<void> {
  const walking = await open(options, context);
  const { converse } = await import('./conversation.ts');
  await converse(walking);
}

async function open(options: TroubleshootOptions, context: Context): Promise<Walking> {
  const knowledge = await loadKnowledge(troubleshootingKnowledge);
  const { state, slmgrIni, given } = await beginWalk(options, knowledge, context);
  const facts = await factsOf(state, options, context);
  const walk: WalkContext = {
    facts,
    knowledge,
    now: now(context),
    ...(slmgrIni === undefined ? {} : { slmgrIni }),
  };
  return { context, options, given, state, walk, saving: true };
}

/** How far it went; no step if the person left. `shown`: somebody has read it on the way. */
interface Gone {
  readonly step: Step | undefined;
  readonly shown: boolean;
}

/** Given answers first, then the person. */
async function go(walking: Walking): Promise<Gone> {
  const { context, options } = walking;
  const given = await givenAnswers(options);
  const before = walking.state;
  const first = answerAll(before, given, walking.walk);
  walking.state = first.state;
  if (isOfOtherKey(walking)) await learn(walking);
  // What was learned may answer more, or ask for more of what is given.
  const { state, step, unused: left } = answerAll(first.state, given, walking.walk);
  const unused = first.unused.filter((name) => left.includes(name));
  if (state !== before) keep(walking, state, isEnd(step));
  if (unused.length > 0) context.terminal.warn(`No step asked for: ${unused.join(', ')}.`);
  const alone = !context.terminal.canPrompt || (options.transcript !== undefined && hasBegun(options));
  if (isEnd(step) || alone) return { step, shown: false };
  const { converse } = await import('./conversation.ts');
  if (options.resume !== undefined) await sayRecap(walking);
  return { step: await converse(walking), shown: true };
}

async function sayRecap(walking: Walking): Promise<void> {
  const { recap } = await import('./recap.ts');
  const { terminal } = walking.context;
  const view = terminal.messageView();
  for (const line of recap(walking)) terminal.say(wrap(line, view));
}

function walkJson({ id, product, startedAt, answers }: WalkState, step: Step): JsonObject {
  return {
    id,
    product,
    startedAt,
    ...stepJson(step),
    answers: Object.fromEntries(answers.map((answer) => [answer.step, answer.value])),
  };
}

/** What would be asked, for a person and for a script. */
function unanswered(step: Exclude<Step, EndStep>, walking: Walking): AppError {
  const { context, state } = walking;
  const accepted = step.options.map(({ value }) => value);
  const isText = takesText(step);
  if (!context.terminal.json) {
    const view = context.terminal.messageView();
    const choices = step.options.map(({ value, text }) => wrap(text, view, `  ${value}: `)).join('\n');
    context.terminal.say(
      `${renderStep(step, view)}\n${choices}${isText ? '\n  or a code, or pasted text' : ''}`,
    );
  }
  const saved = state.answers.length > 0 && walking.saving;
  return new AppError('CONFIRMATION_REQUIRED', `An answer is needed: ${question(step)}`, {
    hint: `Add --answer ${step.id}=${accepted.join('|')}${saved ? `; what is answered so far is kept: --resume ${state.id}` : ''}.`,
    details: {
      step: step.id,
      kind: step.kind,
      text: step.text,
      why: step.kind === 'question' ? step.why : null,
      test: step.kind === 'remedy' ? step.test : null,
      accepted,
      choices: step.options.map(({ text }) => text),
      takesText: isText,
      evidence: step.evidence,
      needs: step.kind === 'question' ? [] : step.remedy.needs,
      spendsActivation: step.kind === 'question' ? false : step.remedy.spendsActivation,
      walk: saved ? state.id : null,
    },
  });
}

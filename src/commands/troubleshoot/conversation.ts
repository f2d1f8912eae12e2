import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError, isNoSuchThing } from '../../errors.ts';
import { PLAIN } from '../../terminal/palette.ts';
import { paste } from '../../terminal/paste.ts';
import { select } from '../../terminal/prompts.ts';
import { heading, numbered, wrap } from '../../terminal/text.ts';
import { contextOf } from '../../troubleshooting/answer.ts';
import { readInput } from '../../troubleshooting/input.ts';
import type { EndStep, Step } from '../../troubleshooting/types.ts';
import { seenLast5 } from '../../troubleshooting/values.ts';
import { answer, back, isEnd, nextStep } from '../../troubleshooting/walk.ts';
import { gatherFacts } from './facts.ts';
import { readableLedger } from './ledger.ts';
import { toPaste } from './options.ts';
import { question, renderStep } from './step-view.ts';
import { writeRequest } from './support-request.ts';
import { isOfOtherKey, keep, learn, now, type Walking } from './walking.ts';

/** Words that every question takes beside its own answers. */
const BACK = 'back';
const QUIT = 'quit';
const WORDS: Readonly<Record<string, string>> = { b: BACK, back: BACK, q: QUIT, quit: QUIT };
/** In a list: the way to a line for codes and pasted text. */
const TYPE = 'type';

type OpenStep = Exclude<Step, EndStep>;

/**
 * Asks until the walk ends or the person leaves (undefined); everything answered is saved at once. Throws CANCELLED
 * on Ctrl-C and Escape, having said how to go on.
 */
export async function converse(walking: Walking): Promise<Step | undefined> {
  try {
    keep(walking, walking.state, false);
    const step = await lead(walking);
    if (step === undefined) sayHowToGoOn(walking);
    return step;
  } catch (error) {
    if (error instanceof AppError && error.code === 'CANCELLED') sayHowToGoOn(walking);
    throw error;
  }
}

async function lead(walking: Walking): Promise<Step | undefined> {
  const productAsked = await shouldAskProduct(walking);
  if (productAsked && (await askProduct(walking)) === QUIT) return undefined;
  for (;;) {
    const { state, walk } = walking;
    const step = nextStep(state, walk.facts, walk.knowledge);
    const said = isEnd(step) ? await askAtEnd(step, walking) : await ask(step, walking);
    if (said === undefined) return step;
    if (said === QUIT) return undefined;
    if (said !== BACK) {
      await take(said, step, walking);
      continue;
    }
    const before = back(state, { ...walk, now: now(walking.context) });
    if (before !== state) {
      keep(walking, before, false);
      if (isOfOtherKey(walking)) await learn(walking);
    } else if (!productAsked) walking.context.terminal.say('This is the first question.');
    else if ((await askProduct(walking)) === QUIT) return undefined;
  }
}

/** Takes an answer; one that does not fit is told and asked again. */
async function take(said: string, step: Step, walking: Walking): Promise<void> {
  const { context, walk } = walking;
  if (said.trim() === '') {
    context.terminal.say('Nothing was typed; ? stands for “I don’t know”.');
    return;
  }
  try {
    const state = answer(walking.state, said, { ...walk, now: now(context) });
    walking.state = state;
    // What was done may have changed the numbers.
    if (step.kind === 'remedy' || isOfOtherKey(walking)) await learn(walking);
    keep(walking, state, isEnd(nextStep(state, walking.walk.facts, walk.knowledge)));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'USAGE') throw error;
    tell(`That is no answer here. ${error.hint}`, context);
  }
}

function sayHowToGoOn({ context, state, saving }: Walking): void {
  if (saving)
    context.terminal.say(`This walkthrough is kept. Go on with: ${toPaste(`--resume ${state.id}`, context)}`);
}

async function shouldAskProduct({ state, context }: Walking): Promise<boolean> {
  if (state.product !== null || state.answers.length > 0) return false;
  const ledger = await readableLedger(context);
  if (ledger instanceof AppError) return false;
  for await (const _ of ledger.entitlements.list({})) return true;
  return false;
}

/** What the ledger knows of the product is not asked afterwards. Gives `quit` or nothing. */
async function askProduct(walking: Walking): Promise<typeof QUIT | undefined> {
  const { context } = walking;
  const { terminal } = context;
  const backend = await context.backend();
  const view = terminal.messageView();
  const why = wrap('Why: What your ledger knows of its keys, counts and machines is then not asked.', view);
  terminal.say(`\n${heading('Which product is it about?', view)}\n${why}`);
  for (;;) {
    const said = await paste(terminal, {
      message: 'Name or part of it (Enter skips, q quits):',
      flag: '--product',
    });
    const name = said.trim();
    if (WORDS[name.toLowerCase()] === QUIT) return QUIT;
    if (WORDS[name.toLowerCase()] === BACK) terminal.say('This is the first question.');
    else if (['', '?', 'unknown', "i don't know"].includes(name.toLowerCase())) {
      await takeProduct(null, walking);
      return undefined;
    } else {
      try {
        const product = await backend.entitlements.find(name);
        await takeProduct(product, walking);
        terminal.say(`It is about ${product.name}.`);
        return undefined;
      } catch (error) {
        if (!isNoSuchThing(error)) throw error;
        if (!takeCodes(name, walking)) tell([error.message, error.hint].join(' '), context);
      }
    }
  }
}

async function takeProduct(product: ProductFacts | null, walking: Walking): Promise<void> {
  const { context, state, walk } = walking;
  const about = { product, seenLast5: seenLast5(state), checks: walk.facts.checks };
  const facts = await gatherFacts(about, context);
  walking.walk = { ...walk, facts };
  keep(walking, { ...state, product: product?.id ?? null }, false);
}

/** A code in the place of a product is where the walk begins; the product may still be named. */
function takeCodes(text: string, walking: Walking): boolean {
  const { state, walk, context } = walking;
  const reading = readInput(text, walk.knowledge.index, walk);
  const { codes } = reading;
  if (codes.length === 0) return false;
  const all = [...new Set([...codes, ...state.entry.codes])];
  const last5 = contextOf(reading).last5 ?? state.entry.last5;
  keep(walking, { ...state, entry: { ...state.entry, codes: all, last5 } }, false);
  tell(`It begins with ${codes.join(', ')}. And the product?`, context);
  return true;
}

/** A line that people read, broken between words. */
function tell(text: string, { terminal }: Context): void {
  terminal.say(wrap(text, terminal.messageView()));
}

async function ask(step: OpenStep, walking: Walking): Promise<string> {
  const { terminal } = walking.context;
  const view = terminal.messageView();
  terminal.say(`\n${renderStep(step, view)}`);
  const onlyText = step.kind === 'question' && step.input === 'code';
  if (onlyText || view.palette === PLAIN) return askInWords(step, onlyText, walking);
  const choices = [
    ...step.options.map(({ value, text }) => ({ name: text, value })),
    ...(step.kind === 'remedy'
      ? [{ name: 'It says something: type a code, or paste the text', value: TYPE }]
      : []),
    { name: 'Back', value: BACK },
    { name: 'Quit; it is kept', value: QUIT },
  ];
  const said = await select(terminal, {
    message: step.kind === 'question' ? 'Your answer' : question(step),
    flag: `--answer ${step.id}`,
    choices,
  });
  return said === TYPE ? typed(step, 'Code or text:', walking) : said;
}

/** For screens without colour and for screen readers: the choices once, in order, and a line to type on. */
async function askInWords(step: OpenStep, onlyText: boolean, walking: Walking): Promise<string> {
  if (onlyText) return typed(step, 'Code or text (? if you do not know, b goes back, q quits):', walking);
  const { terminal } = walking.context;
  terminal.say(
    numbered(
      step.options.map(({ text }) => text),
      terminal.messageView(),
    ),
  );
  const what = step.kind === 'remedy' ? 'Number, code or text' : 'Number or word';
  return typed(step, `${what} (b goes back, q quits):`, walking);
}

async function typed(step: OpenStep, message: string, { context }: Walking): Promise<string> {
  const said = await paste(context.terminal, { message, flag: `--answer ${step.id}` });
  return WORDS[said.trim().toLowerCase()] ?? said;
}

/** Undefined: it is finished. */
async function askAtEnd(step: EndStep, walking: Walking): Promise<typeof BACK | typeof QUIT | undefined> {
  const { terminal } = walking.context;
  const view = terminal.messageView();
  terminal.say(`\n${renderStep(step, view)}\n`);
  for (;;) {
    const said = await chosenEnd(step, walking);
    if (said !== 'write') return said === 'finish' ? undefined : BACK;
    const path = await paste(terminal, { message: 'Name of the file (.md or .json):', flag: '--transcript' });
    try {
      await writeRequest(path.trim(), walking);
      return undefined;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'CANCELLED') throw error;
      tell([error.message, error.hint].join(' '), walking.context);
    }
  }
}

const ENDINGS = [
  { name: 'Finish', value: 'finish' },
  { name: 'Write the support request to a file', value: 'write' },
  { name: 'Back', value: BACK },
] as const;

async function chosenEnd(step: EndStep, { context }: Walking): Promise<(typeof ENDINGS)[number]['value']> {
  const { terminal } = context;
  const [finish, write, goBack] = ENDINGS;
  const choices = step.outcome === 'support' ? [write, finish, goBack] : [finish, write, goBack];
  if (terminal.messageView().palette !== PLAIN)
    return select(terminal, { message: 'And now', flag: '--transcript', choices });
  terminal.say(choices.map(({ name }, at) => `${at + 1}. ${name}`).join('\n'));
  for (;;) {
    const said = (await paste(terminal, { message: 'Number (b goes back, q quits):', flag: '--transcript' }))
      .trim()
      .toLowerCase();
    const chosen = choices[Number(said) - 1]?.value;
    if (chosen !== undefined) return chosen;
    if (WORDS[said] !== undefined) return WORDS[said] === BACK ? BACK : 'finish';
    terminal.say('Give one of the numbers.');
  }
}

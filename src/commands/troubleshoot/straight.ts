import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import type { NamedProduct } from '../../entitlements/names.ts';
import { AppError } from '../../errors.ts';
import type { Result } from '../../terminal/result.ts';
import { answerReading, answerScenario, contextOf, NO_CONTEXT } from '../../troubleshooting/answer.ts';
import { parseCode } from '../../troubleshooting/codes.ts';
import { nameProduct } from '../../troubleshooting/placeholder.ts';
import { type Answer, NO_PRODUCT, type PasteReading } from '../../troubleshooting/types.ts';
import { answerJson, renderAnswer } from './answer-view.ts';
import { type Given, nothingIn, readGiven } from './given.ts';
import { type TroubleshootOptions, toPaste } from './options.ts';

/** What a code, a pasted screen or a scenario means and what to do. Throws NOT_FOUND if the text has nothing to go by. */
export async function straight(options: TroubleshootOptions, context: Context): Promise<Result> {
  const { scenario, text } = options;
  const given = scenario === undefined ? await readGiven(text, troubleshootingKnowledge, context) : undefined;
  return answerGiven(given, options, context);
}

/** The same for a text that was read already; without one, of the scenario. */
export async function answerGiven(
  given: Given | undefined,
  options: TroubleshootOptions,
  context: Context,
): Promise<Result> {
  const { scenario = '', text } = options;
  const named =
    options.product !== undefined || given === undefined || isCode(given.text)
      ? undefined
      : await (await import('./named-product.ts')).namedProduct(given, context);
  const last5 = given === undefined ? null : contextOf(given.reading).last5;
  const ledger =
    options.product === undefined
      ? await ledgerOfNamed(named, last5, context)
      : await (await import('./ledger-lines.ts')).ledgerLines(options.product, last5, context);
  const product = options.product ?? named?.id;
  const answers =
    given === undefined
      ? ([await answerScenario(scenario, troubleshootingKnowledge)] as const)
      : await ofText(given, named?.name, text);
  const known = ledger?.context ?? NO_CONTEXT;
  const [first, ...others] = answers.map((answer) => withContext(answer, known, ledger?.id ?? null));
  if (first === undefined) throw nothingFound(text);
  offerSteps(first, product, context);
  if (context.format.name === 'jsonl' && context.global.query === undefined) {
    const rows = [first, ...others].map(answerJson);
    return { kind: 'rows', rows, fields: Object.keys(answerJson(first)), columns: [], empty: '' };
  }
  const lines = ledger === undefined ? [] : await ledger.lines(first.scenario);
  return { kind: 'record', value: answerJson(first), render: (view) => renderAnswer(first, lines, view) };
}

function isCode(text: string): boolean {
  return parseCode(text) !== undefined;
}

/** A product that stands in a sentence may be none of the ledger, and the ledger may not be readable. */
async function ledgerOfNamed(named: NamedProduct | undefined, last5: string | null, context: Context) {
  if (named === undefined) return undefined;
  try {
    return await (await import('./ledger-lines.ts')).ledgerLines(named.id, last5, context);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'CANCELLED') return undefined;
    throw error;
  }
}

async function ofText(
  given: Given,
  product: string | undefined,
  words: readonly string[],
): Promise<readonly Answer[]> {
  const reading = product === undefined ? given.reading : withProduct(given.reading, product);
  if (!saysSomething(reading)) throw nothingFound(words);
  const answers = await answerReading(reading, troubleshootingKnowledge);
  if (answers === undefined) throw nothingFound(words);
  return answers;
}

function withProduct(reading: PasteReading, product: string): PasteReading {
  const [first = NO_PRODUCT, ...others] = reading.products;
  return { ...reading, products: [{ ...first, product }, ...others] };
}

/** The last characters of a key alone say nothing of what is wrong. */
function saysSomething({ codes, phrases, products }: PasteReading): boolean {
  return (
    codes.length > 0 ||
    phrases.length > 0 ||
    products.some(
      ({ product, status, succeeded }) => product !== null || status !== null || succeeded !== null,
    )
  );
}

function nothingFound(words: readonly string[]): AppError {
  return nothingIn(
    words,
    'code, licence state or product to go by',
    'Give the code itself, as in 0xC004C020, choose from: mpn-benefits troubleshoot --list, or start the walkthrough: mpn-benefits troubleshoot',
  );
}

/** What the text itself says goes before what the ledger knows. */
function withContext(answer: Answer, { product, last5 }: Answer['context'], id: string | null): Answer {
  const { context, remedies } = answer;
  return {
    ...answer,
    remedies: remedies.map((remedy) => ({ ...remedy, text: nameProduct(remedy.text, id) })),
    context: { ...context, product: context.product ?? product, last5: context.last5 ?? last5 },
  };
}

/** The same step by step, ready to paste. */
function offerSteps({ code, scenario }: Answer, product: string | undefined, context: Context): void {
  const { terminal } = context;
  if (!terminal.canPrompt) return;
  const begin = code === null ? `--scenario ${scenario}` : code;
  const of = product === undefined ? '' : ` --product ${JSON.stringify(product)}`;
  terminal.note(`Step by step: ${toPaste(`${begin}${of} --checks`, context)}`);
}

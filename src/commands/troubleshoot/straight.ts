import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import type { AppError } from '../../errors.ts';
import type { Result } from '../../terminal/result.ts';
import { answerReading, answerScenario } from '../../troubleshooting/answer.ts';
import type { Answer, PasteReading } from '../../troubleshooting/types.ts';
import { answerJson, renderAnswer } from './answer-view.ts';
import { nothingIn, readGiven } from './given.ts';
import type { TroubleshootOptions } from './options.ts';

const NOTHING: Answer['context'] = { product: null, last5: null, status: null };

/** What a code, a pasted screen or a scenario means and what to do. Throws NOT_FOUND if the text has nothing to go by. */
export async function straight(options: TroubleshootOptions, context: Context): Promise<Result> {
  const { product, scenario, text } = options;
  const ledger =
    product === undefined
      ? undefined
      : await (await import('./ledger-lines.ts')).ledgerLines(product, context);
  const answers =
    scenario === undefined
      ? await ofText(text, context)
      : ([await answerScenario(scenario, troubleshootingKnowledge)] as const);
  const known = ledger?.context ?? NOTHING;
  const [first, ...others] = answers.map((answer) => withContext(answer, known));
  if (first === undefined) throw nothingFound(text);
  offerSteps(first, product, context);
  if (context.format.name === 'jsonl' && context.global.query === undefined) {
    const rows = [first, ...others].map(answerJson);
    return { kind: 'rows', rows, fields: Object.keys(answerJson(first)), columns: [], empty: '' };
  }
  const lines = ledger === undefined ? [] : await ledger.lines(first.scenario);
  return { kind: 'record', value: answerJson(first), render: (view) => renderAnswer(first, lines, view) };
}

async function ofText(words: readonly string[], context: Context): Promise<readonly Answer[]> {
  const { reading } = await readGiven(words, troubleshootingKnowledge, context);
  if (!saysSomething(reading)) throw nothingFound(words);
  const answers = await answerReading(reading, troubleshootingKnowledge);
  if (answers === undefined) throw nothingFound(words);
  return answers;
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
function withContext(answer: Answer, { product, last5 }: Answer['context']): Answer {
  const { context } = answer;
  return {
    ...answer,
    context: { ...context, product: context.product ?? product, last5: context.last5 ?? last5 },
  };
}

/** The same step by step, ready to paste. */
function offerSteps({ code, scenario }: Answer, product: string | undefined, { terminal }: Context): void {
  if (!terminal.canPrompt) return;
  const begin = code === null ? `--scenario ${scenario}` : code;
  const of = product === undefined ? '' : ` --product ${JSON.stringify(product)}`;
  terminal.note(`Step by step: mpn-benefits troubleshoot ${begin}${of} --checks`);
}

import { AppError } from '../errors.ts';
import type { Json } from './result.ts';

/** Longer expressions are mistakes, and finding the place of an error in them would take long. */
const LONGEST = 4096;

/** A JMESPath expression, to be applied to the JSON form of an answer as `az` does. Throws what `prepareQuery` says. */
export type Query = (value: Json) => Json;

/**
 * Reads an expression, before the command does anything: a mistake in it must not cost an activation.
 * @throws AppError USAGE for a bad expression, with the position where it goes wrong in `details.position` (from 1). What
 * it gives back throws INVALID_DATA for an answer that the expression does not fit.
 */
export async function prepareQuery(expression: string): Promise<Query> {
  if (expression.length > LONGEST) throw badQuery(`is longer than ${LONGEST} characters`);
  const jmespath = await import('@jmespath-community/jmespath');
  let compiled: ReturnType<typeof jmespath.compile>;
  try {
    compiled = jmespath.compile(expression);
  } catch {
    throw syntaxError(expression, jmespath);
  }
  return (value) => {
    try {
      // The library only reads; its types do not say so.
      const data = value as Parameters<typeof jmespath.search>[0];
      return asJson(jmespath.TreeInterpreter.search(compiled, data)) ?? null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw unfitting(reason.replace(/\.$/, ''), namePosition(expression, reason));
    }
  };
}

type Jmespath = Pick<typeof import('@jmespath-community/jmespath'), 'compile' | 'tokenize'>;

/** The library says what is wrong, but not where: the place is the first part that cannot be continued. */
function syntaxError(expression: string, jmespath: Jmespath): AppError {
  const end = expression.length;
  let readable = end;
  while (readable > 0 && !succeeds(() => jmespath.tokenize(expression.slice(0, readable)))) readable -= 1;
  if (readable < end) return badQuery('has something that cannot be read', readable + 1);
  const tokens = jmespath.tokenize(expression);
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]?.start ?? end;
    if (!canGoOn(expression.slice(0, next), jmespath)) return badQuery('has a mistake', token.start + 1);
  }
  return badQuery('ends too early', end + 1);
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** Complete, or broken by nothing but its end. */
function canGoOn(start: string, jmespath: Jmespath): boolean {
  try {
    jmespath.compile(start);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('EOF');
  }
}

/** Where the function is that the library names in its message. */
function namePosition(expression: string, reason: string): number | undefined {
  const name = /([a-z_]+)\(\)/.exec(reason)?.[1];
  const index = name === undefined ? -1 : expression.indexOf(name);
  return index === -1 ? undefined : index + 1;
}

function badQuery(what: string, position?: number): AppError {
  const place = position === undefined ? '' : ` at position ${position}`;
  return new AppError('USAGE', `The --query expression ${what}${place}.`, {
    hint: 'It is a JMESPath expression, for example "[].name"; see https://jmespath.org.',
    details: position === undefined ? {} : { position },
  });
}

/** Found only with the answer at hand, so whatever the command did is done. */
function unfitting(reason: string, position?: number): AppError {
  const place = position === undefined ? '' : ` at position ${position}`;
  return new AppError('INVALID_DATA', `The --query expression cannot be applied${place}: ${reason}.`, {
    hint: 'What the command did stands; only its answer was not shown. See its form with -o json.',
    details: position === undefined ? {} : { position },
  });
}

/** An expression may end in something that is no JSON: a reference to an expression. */
function asJson(value: unknown): Json | undefined {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

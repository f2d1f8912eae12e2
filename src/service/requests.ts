import { hash } from 'node:crypto';
import { isDuplicate, isOutdone } from '../store/outdone.ts';
import { integerOrNull, type Transaction, text, textOrNull } from '../store/sql.ts';
import type { ServiceDatabase } from './database.ts';
import { ProtocolError } from './failure.ts';

/** A request that must not happen twice. */
export interface KeyedRequest {
  /** Whose: two credentials never share a request. */
  readonly caller: string;
  readonly id: string;
  /** Method, path and body, which a repeat has in common with the first. */
  readonly asked: string;
  readonly at: Date;
}

export interface Happened<Answer> {
  readonly answer: Answer;
  /** True if it had happened before, and was only answered again. */
  readonly repeated: boolean;
}

export interface Effect<Answer> {
  /** What happens, within the transaction. */
  readonly perform: (sql: Transaction) => Promise<Answer>;
  /** What is kept of the answer: never a key or token. */
  readonly kept: (answer: Answer) => unknown;
  /** The answer for a repeat, from what was kept. */
  readonly again: (kept: unknown, sql: Transaction) => Promise<Answer>;
}

/** A transaction may be given up in favour of others; then it is done again. Somebody wins each round. */
const MOST_ROUNDS = 40;
const FEW_ROUNDS = 3;

/**
 * Performs a request once, however often it comes: its id is written in the transaction of its effect, so both are
 * there or neither. Whoever repeats it while the first is under way waits for its end.
 */
export async function performOnce<Answer>(
  database: ServiceDatabase,
  request: KeyedRequest,
  effect: Effect<Answer>,
): Promise<Happened<Answer>> {
  for (let round = 1; ; round += 1) {
    try {
      return { answer: await database.write((sql) => perform(sql, request, effect)), repeated: false };
    } catch (error) {
      if (isDuplicate(error)) {
        const before = await database.write((sql) => answerAgain(sql, request, effect));
        if (before !== undefined) return { answer: before.answer, repeated: true };
      }
      // Whoever had the id may have taken it back since; what else is a duplicate stays one.
      const most = isOutdone(error) ? MOST_ROUNDS : isDuplicate(error) ? FEW_ROUNDS : 0;
      if (round >= most) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * Math.min(round, 10)));
    }
  }
}

/** The first statement says that it happens, and goes out together with those that make it happen. */
async function perform<Answer>(
  sql: Transaction,
  request: KeyedRequest,
  effect: Effect<Answer>,
): Promise<Answer> {
  sql.post(
    'INSERT INTO request (actor, id, asked, at) VALUES (?, ?, ?, ?)',
    request.caller,
    request.id,
    hashOf(request),
    request.at.toISOString(),
  );
  const answer = await effect.perform(sql);
  sql.post(
    'UPDATE request SET status = 1, answer = ? WHERE actor = ? AND id = ?',
    JSON.stringify(effect.kept(answer) ?? null),
    request.caller,
    request.id,
  );
  return answer;
}

function hashOf({ asked }: KeyedRequest): string {
  return hash('sha256', asked, 'hex');
}

async function answerAgain<Answer>(
  sql: Transaction,
  request: KeyedRequest,
  effect: Effect<Answer>,
): Promise<{ readonly answer: Answer } | undefined> {
  const row = await sql.first(
    'SELECT asked, status, answer FROM request WHERE actor = ? AND id = ?',
    request.caller,
    request.id,
  );
  if (row === undefined) return undefined;
  if (text(row, 'asked') !== hashOf(request)) {
    throw new ProtocolError(409, 'USAGE', 'This request id was used for another request.');
  }
  if (integerOrNull(row, 'status') === null) throw new Error('a request was stored without its answer');
  return { answer: await effect.again(JSON.parse(textOrNull(row, 'answer') ?? 'null'), sql) };
}

const KEEP_MS = 7 * 86_400_000;

/** Forgets requests that nobody repeats any more. */
export async function forgetOldRequests(database: ServiceDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEEP_MS).toISOString();
  await database.write((sql) => sql.run('DELETE FROM request WHERE at < ?', before));
}

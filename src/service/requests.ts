import { createHash } from 'node:crypto';
import { isOutdone } from '../store/outdone.ts';
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
      return await database.write((sql) => within(sql, request, effect));
    } catch (error) {
      if (!isOutdone(error) || round === MOST_ROUNDS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * Math.min(round, 10)));
    }
  }
}

async function within<Answer>(
  sql: Transaction,
  { caller, id, asked, at }: KeyedRequest,
  { perform, kept, again }: Effect<Answer>,
): Promise<Happened<Answer>> {
  const hash = createHash('sha256').update(asked).digest('hex');
  const claimed = await sql.run(
    'INSERT INTO request (actor, id, asked, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    caller,
    id,
    hash,
    at.toISOString(),
  );
  if (claimed === 0) {
    const row = await sql.first(
      'SELECT asked, status, answer FROM request WHERE actor = ? AND id = ?',
      caller,
      id,
    );
    if (row === undefined || text(row, 'asked') !== hash) {
      throw new ProtocolError(409, 'USAGE', 'This request id was used for another request.');
    }
    if (integerOrNull(row, 'status') === null) throw new Error('a request was stored without its answer');
    return { answer: await again(JSON.parse(textOrNull(row, 'answer') ?? 'null'), sql), repeated: true };
  }
  const answer = await perform(sql);
  sql.post(
    'UPDATE request SET status = 1, answer = ? WHERE actor = ? AND id = ?',
    JSON.stringify(kept(answer) ?? null),
    caller,
    id,
  );
  return { answer, repeated: false };
}

const KEEP_MS = 7 * 86_400_000;

/** Forgets requests that nobody repeats any more. */
export async function forgetOldRequests(database: ServiceDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEEP_MS).toISOString();
  await database.write((sql) => sql.run('DELETE FROM request WHERE at < ?', before));
}

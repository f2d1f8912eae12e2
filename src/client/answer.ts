import type { Operation } from '../contract/operation.ts';
import type { Answer } from './exchange.ts';
import { type Occasion, unreadableError } from './failure.ts';

/** An answer, and its body if that is JSON. */
export interface ReadAnswer {
  readonly answer: Answer;
  readonly json: unknown;
}

/** The status that the contract names, and JSON. A 200 of somebody else on the way is not done. */
export function isDone(operation: Operation, answer: Answer, json: unknown): boolean {
  if (answer.status === 304) return operation.cached === true;
  return answer.status === operation.status && (operation.answer === null || json !== undefined);
}

function isJson(answer: Answer): boolean {
  return /^application\/json\s*(;|$)/i.test(answer.header('content-type') ?? '');
}

/** The body, if it is JSON and says so. */
export function jsonOf(answer: Answer): unknown {
  if (!isJson(answer)) return undefined;
  try {
    const { buffer, byteOffset, byteLength } = answer.body;
    return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The answer as the contract has it. Throws INVALID_DATA with the place, never with what stands there. */
export function parsed(operation: Operation, json: unknown, occasion: Occasion): unknown {
  if (operation.answer === null) return undefined;
  const read = operation.answer.safeParse(json);
  if (read.success) return read.data;
  const place = read.error.issues[0]?.path.join('.') ?? '';
  throw unreadableError(
    place === '' ? 'it has another form' : `the field ${place} is not as agreed`,
    occasion,
  );
}

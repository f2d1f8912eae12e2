import { AppError } from '../errors.ts';
import { contextOf } from './answer.ts';
import { placeCode, rankCodes } from './codes.ts';
import { readInput } from './input.ts';
import type { KnowledgeIndex } from './knowledge.ts';
import type { PasteOptions } from './paste.ts';
import {
  type Choice,
  LICENSE_STATUSES,
  type Seen,
  type Step,
  type WalkAnswer,
  type WalkState,
} from './types.ts';

/** "I don't know" is an answer to everything. */
export const UNKNOWN: Choice = { value: 'unknown', text: "I don't know" };

const CODE = /^(?:0x[0-9A-F]{1,8}|\d{1,5}|\d{5}-\d{1,5})$/;

/** `codes:0xC004C020,0x80072EE2`, `status:notification`, `scenario:cal-no-information`, joined by blanks. */
function writeSeen({ codes, status, scenario }: Seen): string {
  const parts: string[] = [];
  if (codes.length > 0) parts.push(`codes:${codes.slice(0, 20).join(',')}`);
  if (status !== null) parts.push(`status:${status}`);
  if (scenario !== null) parts.push(`scenario:${scenario}`);
  return parts.join(' ');
}

/** Reads a saved value back; undefined for one that says nothing. */
export function readSeen(value: string): Seen | undefined {
  let seen: Seen = { codes: [], status: null, scenario: null };
  for (const part of value.split(' ')) {
    const [name, rest = ''] = part.split(':');
    if (name === 'codes') seen = { ...seen, codes: rest.split(',').filter((code) => CODE.test(code)) };
    else if (name === 'status')
      seen = { ...seen, status: LICENSE_STATUSES.find((status) => status === rest) ?? null };
    else if (name === 'scenario') seen = { ...seen, scenario: rest };
    else return undefined;
  }
  return seen.codes.length + (seen.status === null ? 0 : 1) + (seen.scenario === null ? 0 : 1) > 0
    ? seen
    : undefined;
}

/** Last five characters of the key that was seen last, at the beginning or in an answer; null if none was. */
export function seenLast5({ entry, answers }: WalkState): string | null {
  return answers.findLast(({ last5 }) => last5 !== null)?.last5 ?? entry.last5;
}

/** What was seen, for people: `0xC004C020, licence status notification`. */
export function seenText({ codes, status, scenario }: Seen): string {
  const parts = status === null ? codes : [...codes, `licence status ${status}`];
  return parts.length > 0 ? parts.join(', ') : `what is shown at ${scenario}`;
}

/** What is saved of an answer. */
type Kept = Pick<WalkAnswer, 'value' | 'last5'>;

/** What a text on the screen says, if it says anything. */
function see(text: string, index: KnowledgeIndex, options: PasteOptions): Kept | undefined {
  const reading = readInput(text, index, options);
  const { codes, products, phrases } = reading;
  const status = products.find((product) => product.status !== null)?.status ?? null;
  const scenario = phrases[0] ?? null;
  const ranked = rankCodes(codes, index).map((code) => placeCode(code, index).code);
  const seen = readSeen(writeSeen({ codes: [...new Set(ranked)], status, scenario }));
  return seen && { value: writeSeen(seen), last5: contextOf(reading).last5 };
}

/**
 * What to save for what somebody typed: an option by its value, text or number, `unknown`, or, where a code is asked
 * for, whatever can be read from the text. Throws USAGE with what would be accepted.
 */
export function readTyped(step: Step, typed: string, index: KnowledgeIndex, options: PasteOptions): Kept {
  const choices = 'options' in step ? step.options : [];
  const wanted = typed.trim().toLowerCase();
  const chosen =
    choices.find(({ value, text }) => value === wanted || text.toLowerCase() === wanted) ??
    (/^\d{1,2}$/.test(wanted) ? choices[Number(wanted) - 1] : undefined) ??
    choices.find(({ value }) => SHORT[wanted] === value);
  if (chosen) return { value: chosen.value, last5: null };
  if (takesText(step)) {
    const seen = see(typed, index, options);
    if (seen) return seen;
  }
  const accepted = choices.map(({ value }) => value).join(', ');
  throw new AppError('USAGE', `This is no answer to "${step.id}".`, {
    hint: takesText(step)
      ? `Give a code or pasted text, or one of: ${accepted}.`
      : `Give one of: ${accepted}.`,
    details: { step: step.id, accepted: choices.map(({ value }) => value) },
  });
}

const SHORT: Readonly<Record<string, string>> = { y: 'yes', n: 'no', '?': 'unknown' };

/** Whether a step takes a code or a pasted text beside its options. */
export function takesText(step: Step): boolean {
  return step.kind === 'remedy' || (step.kind === 'question' && step.input === 'code');
}

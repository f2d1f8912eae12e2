import { AppError } from '../errors.ts';
import { compare } from '../keys/order.ts';

const NOT_OURS = 'Another program wrote or changed it: take the file or database as it was before.';

function refuse(what: string, hint = NOT_OURS): never {
  throw new AppError('INVALID_DATA', `An event cannot hold ${what}.`, { hint });
}

function text(value: string): string {
  // RFC 8785, 3.2.2.2: a lone surrogate is no text and must end with an error; JSON.stringify would escape it.
  if (!value.isWellFormed())
    refuse(
      'a text with half of a surrogate pair',
      'Type the name or reason anew: a character of it was cut in half.',
    );
  return JSON.stringify(value);
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) refuse('a number that is not a whole one');
  return JSON.stringify(value);
}

/**
 * The RFC 8785 (JCS) form of a value: no blanks, names sorted by UTF-16 code units, ECMAScript's own escapes.
 * Strings, whole numbers, null, arrays and objects only, so that any JSON library reads the same values.
 * @throws AppError INVALID_DATA for anything else (booleans and undefined too) and for lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return integer(value);
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`;
  if (typeof value !== 'object') return refuse(`a value of type ${typeof value}`);
  const members = Object.entries(value)
    .sort(([a], [b]) => compare(a, b))
    .map(([name, member]) => `${text(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/**
 * Whether a text is the canonical form of the value that was read from it. Also finds what JSON.parse lets pass: names
 * given twice, blanks, other escapes, numbers like 1e0.
 */
export function isCanonicalJson(value: unknown, line: string): boolean {
  // A value keeps the order of its text, so most need not be sorted to be compared. Half a surrogate pair can only be
  // read from an escape, and the form has no other escape that begins like one.
  if (!line.includes('\\ud') && line.isWellFormed() && JSON.stringify(value) === line && isOrdered(value))
    return true;
  try {
    return canonicalJson(value) === line;
  } catch {
    return false;
  }
}

/** Of a value that JSON.parse made: whether names are in order, and nothing is what the form cannot hold. */
function isOrdered(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(isOrdered);
  if (!isObject(value)) return false;
  let before: string | undefined;
  for (const name in value) {
    if (before !== undefined && before > name) return false;
    if (!isOrdered(value[name])) return false;
    before = name;
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

import { parseCode } from './codes.ts';
import { withoutEscapes } from './escapes.ts';
import type { Code, KnowledgeIndex } from './knowledge.ts';
import { type PasteOptions, readPaste } from './paste.ts';
import type { PasteReading } from './types.ts';

/** More than that is no list of codes. */
const MOST_TOKENS = 50;
const LONGEST_LIST = 2000;

/**
 * Reads whatever somebody gives to `troubleshoot`: one code or several in any spelling, or a pasted screen or log.
 * A text of codes only is taken at its word, listed or not; in other text only what is surely a code counts.
 */
export function readInput(text: string, index: KnowledgeIndex, options: PasteOptions = {}): PasteReading {
  const codes = readCodeList(withoutEscapes(text.slice(0, LONGEST_LIST + 1)), index);
  if (codes === undefined) return withPlainWords(readPaste(text, index, options), text, index);
  return { codes, products: [], phrases: [], keysMasked: 0, cut: false };
}

function readCodeList(text: string, index: KnowledgeIndex): readonly Code[] | undefined {
  if (text.length > LONGEST_LIST) return undefined;
  const whole = parseCode(text);
  const tokens = whole === undefined ? text.split(/[\s,;|]+/).filter((token) => token !== '') : [text];
  if (tokens.length === 0 || tokens.length > MOST_TOKENS) return undefined;
  const codes: Code[] = [];
  for (const token of tokens) {
    const code = parseCode(token);
    if (code === undefined || !isPlausible(code, index)) return undefined;
    codes.push(code);
  }
  return [...new Set(codes)];
}

/**
 * What people say in their own words counts only where no screen says more: "not activated" stands beside many a code,
 * and "grace period" in half of the licence states.
 */
function withPlainWords(reading: PasteReading, text: string, index: KnowledgeIndex): PasteReading {
  const { codes, phrases, products } = reading;
  const isSaid =
    codes.length + phrases.length > 0 ||
    products.some(({ status, succeeded }) => status !== null || succeeded !== null);
  if (isSaid || text.length > LONGEST_LIST) return reading;
  const words = withoutEscapes(text)
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\s+/g, ' ');
  const found = index.plainWords.find((phrase) => words.includes(phrase.text));
  return found === undefined ? reading : { ...reading, phrases: [found.scenario] };
}

/** A year or a count is a number too. */
function isPlausible(code: Code, index: KnowledgeIndex): boolean {
  return index.codes[code] !== undefined || !/^\d{1,4}$/.test(code);
}

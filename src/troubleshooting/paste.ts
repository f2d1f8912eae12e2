import { findKeyPatterns, maskKeys } from '../keys/hidden.ts';
import { KEY_ALPHABET } from '../keys/product-key.ts';
import { codeNumber, isWorthReading, parseCode, placeByZone } from './codes.ts';
import { withoutEscapes } from './escapes.ts';
import type { Code, KnowledgeIndex, ScenarioId } from './knowledge.ts';
import { ENGLISH, type Labels, normal, readLabels } from './labels.ts';
import { readStatusJson } from './status-json.ts';
import { type LicenseStatus, NO_PRODUCT, type PastedProduct, type PasteReading } from './types.ts';

/** Longer input is cut, at so many characters. */
export const LONGEST_PASTE = 16 * 1024 * 1024;
/** Text is worked through in pieces of about this length, so that no pattern ever sees more. */
const PIECE = 64 * 1024;
/**
 * So much is searched for keys, to tell how many there were. What is kept of a text is codes, last fives and names,
 * and each name is searched for keys by itself, so that nothing depends on this number.
 */
const SEARCHED_FOR_KEYS = 1024 * 1024;
/** No line of slmgr, ospp or an event is longer; of a longer one only codes are read. */
const LONGEST_LINE = 600;
/** More products on one machine are not believed. */
const MOST_PRODUCTS = 100;
const MOST_CODES = 200;

/** `0xC004F074`, `C004F074` and `-1073418124` in running text; not a part of a GUID, an ID or a longer number. */
const CODES =
  /(?<![0-9a-z_-])(?:0x[0-9a-f]{2,8}|[48c]0[0-9a-f]{6})(?![0-9a-z_]|-[0-9a-f])|(?<![0-9a-z.,_-])-?\d{10}(?![0-9a-z.,_-])|(?<![0-9a-z.,_-])\d{5}-\d{1,4}(?![0-9a-z.,_-])/gi;
/** A small number is a code only where the line says so: `Error code: 17002`. */
const SMALL_CODE = /(?:error|code|fehler|fel|erreur)[^0-9\n]{0,20}(?<![0-9x.])(\d{2,5})(?![0-9a-z.,-])/gi;

const LAST_FIVE = new RegExp(`[:\\uFF1A]\\s*([${KEY_ALPHABET}]{5})$`, 'i');
const WHOLE_LAST_FIVE = new RegExp(`^[${KEY_ALPHABET}]{5}$`, 'i');
const MASKED_KEY = new RegExp(`\\u2026([${KEY_ALPHABET}]{5})(?![0-9a-z])`, 'i');
const OSPP_STATUS =
  /---\s*(LICENSED|UNLICENSED|OOB_GRACE|OOT_GRACE|NON_GENUINE_GRACE|NOTIFICATIONS|EXTENDED GRACE)\s*---/;
const OSPP_STATUSES: Readonly<Record<string, LicenseStatus>> = {
  LICENSED: 'licensed',
  UNLICENSED: 'unlicensed',
  OOB_GRACE: 'initial-grace',
  OOT_GRACE: 'additional-grace',
  NON_GENUINE_GRACE: 'non-genuine-grace',
  NOTIFICATIONS: 'notification',
  'EXTENDED GRACE': 'extended-grace',
};
/** `Windows(R), ServerStandard edition` and `Office 16, Office16ProPlusVL_MAK edition` are the same in every language. */
const EDITION = /((?:Windows\(R\)|Office)[^:,\uFF1A]{0,30},[^:\uFF1A]{0,120}?\sedition)\b/i;
const CHANNEL_WORD = /\b((?:VOLUME|RETAIL|OEM|TIMEBASED|VIRTUAL)[A-Z0-9_]{0,40})\s+channel\b/;
const CHANNEL_PAIR = /[:\uFF1A]\s*((?:Volume|Retail|OEM)(?::[A-Z]{2,12}){0,2})$/;
const DIVIDER = /^\s*-{20,}\s*$/;
const ACTIVATING = /^\s*(?:activating|installed product key detected)\b/i;

export interface PasteOptions {
  /** Text of the machine's slmgr.ini, for a language other than English. */
  readonly slmgrIni?: string;
}

/**
 * Reads a pasted screen or log: slmgr, ospp, event log, setup log, or the JSON of the CIM classes. Language-free
 * parts first, then the given labels, then English. Time grows with the length of the text and no faster; no product
 * key in it is kept.
 */
export function readPaste(text: string, index: KnowledgeIndex, options: PasteOptions = {}): PasteReading {
  const cut = text.length > LONGEST_PASTE;
  const input = withoutEscapes(cut ? text.slice(0, LONGEST_PASTE) : text);
  const labels = options.slmgrIni === undefined ? [ENGLISH] : [readLabels(options.slmgrIni), ENGLISH];
  const reader = new Reader(index, labels);
  const objects = readStatusJson(input);
  for (const product of objects ?? []) reader.add(product);
  let keysMasked = 0;
  let at = 0;
  for (const piece of pieces(input)) {
    const { shown, found } = at < SEARCHED_FOR_KEYS ? maskKeys(piece) : { shown: piece, found: 0 };
    at += piece.length;
    keysMasked += found;
    reader.codesOf(shown);
    reader.phrasesOf(shown);
    if (objects) continue;
    for (const line of shown.split(/\r\n|\n|\r/)) reader.line(line);
  }
  return { codes: reader.codes(), products: reader.products(), phrases: reader.phrases(), keysMasked, cut };
}

/** Cut at line ends where there are any, so that nothing is torn that stands on one line. */
function* pieces(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const limit = from + PIECE;
    const piece = text.slice(from, limit);
    const lineEnd = limit < text.length ? piece.lastIndexOf('\n') : -1;
    const whole = lineEnd > 0 ? piece.slice(0, lineEnd + 1) : piece;
    yield whole;
    from += whole.length;
  }
}

interface Draft {
  product: string | null;
  channel: string | null;
  last5: string | null;
  keyField: PastedProduct['keyField'];
  status: LicenseStatus | null;
  code: Code | null;
  succeeded: boolean | null;
}

const blank = (): Draft => ({ ...NO_PRODUCT });

/** Takes lines one by one and gathers what belongs to one product until the next one begins. */
class Reader {
  readonly #index: KnowledgeIndex;
  readonly #labels: readonly Labels[];
  readonly #codes = new Set<Code>();
  readonly #phrases = new Set<ScenarioId>();
  readonly #products: PastedProduct[] = [];
  #draft = blank();

  constructor(index: KnowledgeIndex, labels: readonly Labels[]) {
    this.#index = index;
    this.#labels = labels;
  }

  add(product: PastedProduct): void {
    if (product.code !== null) this.#codes.add(product.code);
    if (this.#products.length < MOST_PRODUCTS) this.#products.push(product);
  }

  codes(): readonly Code[] {
    return [...this.#codes];
  }

  phrases(): readonly ScenarioId[] {
    return [...this.#phrases];
  }

  products(): readonly PastedProduct[] {
    this.#close();
    return this.#products;
  }

  codesOf(text: string): void {
    for (const [match] of text.matchAll(CODES)) if (isWorthReading(match)) this.#take(parseCode(match));
    for (const match of text.matchAll(SMALL_CODE)) {
      const code = parseCode(match[1] ?? '');
      if (code !== undefined && this.#index.codes[code] !== undefined) this.#take(code);
    }
  }

  /** Numbers that are codes of nothing known are left out: a log is full of numbers. */
  #take(code: Code | undefined): void {
    if (code === undefined || this.#codes.size >= MOST_CODES || !this.#isBelieved(code)) return;
    this.#codes.add(code);
  }

  #isBelieved(code: Code): boolean {
    if (this.#index.codes[code] !== undefined) return true;
    const number = codeNumber(code);
    if (number === undefined) return code.startsWith('30');
    return number >= 0x10000 && placeByZone(code, this.#index).id !== 'other';
  }

  phrasesOf(text: string): void {
    const lower = text.toLowerCase();
    for (const { text: phrase, scenario } of this.#index.phrases) {
      if (!this.#phrases.has(scenario) && lower.includes(phrase)) this.#phrases.add(scenario);
    }
  }

  line(whole: string): void {
    if (whole.length > LONGEST_LINE) return;
    const line = whole.trim();
    if (line === '') return;
    if (DIVIDER.test(line)) {
      this.#close();
      return;
    }
    if (ACTIVATING.test(line)) this.#close();
    this.#name(line);
    this.#draft.channel ??= CHANNEL_WORD.exec(line)?.[1] ?? CHANNEL_PAIR.exec(line)?.[1] ?? null;
    this.#key(line);
    this.#draft.status ??= this.#status(line);
    this.#draft.succeeded ??= this.#result(line);
    this.#draft.code ??= this.#codeOf(line);
  }

  #name(line: string): void {
    const name = EDITION.exec(line)?.[1] ?? this.#named(line);
    if (name === undefined) return;
    if (this.#draft.product !== null && this.#draft.product !== name) {
      // slmgr repeats the name while it activates; only another one begins another product.
      this.#close();
    }
    this.#draft.product ??= keep(name);
  }

  #named(line: string): string | undefined {
    return this.#behind(line, ({ name }) => name) || undefined;
  }

  /** Behind its label whatever stands there is a key; elsewhere only what can be the end of one. */
  #key(line: string): void {
    if (this.#draft.keyField !== 'absent') return;
    const said = this.#behind(line, ({ key }) => key);
    const last5 =
      MASKED_KEY.exec(line)?.[1] ?? LAST_FIVE.exec(line)?.[1] ?? WHOLE_LAST_FIVE.exec(said ?? '')?.[0];
    if (last5 === undefined && said === undefined) return;
    this.#draft.last5 = last5?.toUpperCase() ?? null;
    this.#draft.keyField = said === '' ? 'empty' : 'filled';
  }

  /** The rest of a line that begins with a label. */
  #behind(line: string, labels: (of: Labels) => readonly string[]): string | undefined {
    const lower = normal(line);
    for (const each of this.#labels) {
      const label = labels(each).find((start) => lower.startsWith(start));
      if (label !== undefined) return line.slice(label.length).trim();
    }
    return undefined;
  }

  #status(line: string): LicenseStatus | null {
    const ospp = OSPP_STATUS.exec(line)?.[1];
    if (ospp !== undefined) return OSPP_STATUSES[ospp] ?? null;
    const lower = normal(line);
    for (const { statuses } of this.#labels) {
      const status = statuses.get(lower);
      if (status !== undefined) return status;
    }
    return null;
  }

  #result(line: string): boolean | null {
    const lower = normal(line);
    if (this.#labels.some(({ activated }) => activated.includes(lower))) return true;
    return this.#labels.some(({ failed }) => failed.includes(lower)) ? false : null;
  }

  #codeOf(line: string): Code | null {
    for (const [match] of line.matchAll(CODES)) {
      const code = isWorthReading(match) ? parseCode(match) : undefined;
      if (code !== undefined && this.#isBelieved(code)) return code;
    }
    return null;
  }

  #close(): void {
    const { product, last5, status, succeeded } = this.#draft;
    const says = product !== null || last5 !== null || status !== null || succeeded !== null;
    if (says) this.add({ ...this.#draft });
    this.#draft = blank();
  }
}

/** A name as printed, short and without what could be a key. */
function keep(text: string): string | null {
  const name = text.slice(0, 200).trim();
  return name === '' || findKeyPatterns(name).length > 0 ? null : name;
}

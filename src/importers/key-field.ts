import { KEY_TYPE_LABELS, type KeyTypeLabel } from '../data/key-types.ts';
import { findKeyPatterns, maskKeys } from '../keys/hidden.ts';
import { type KeyType, keyShape, lastCharacters, productKeySecret } from '../keys/product-key.ts';
import { Secret } from '../keys/secret.ts';
import type { ImportedText, ImportWarning, KeyRecord, Place } from './record.ts';
import { hasMarkup, importedMarkup, isNothing, tidyText } from './text.ts';

/** What the value of a key field turned out to be. `custom`: no known shape of key, and not to be readable. */
export type KeyField =
  | { readonly kind: 'empty' }
  | KeyValue
  | { readonly kind: 'note'; readonly text: ImportedText };

interface KeyValue {
  readonly kind: 'key' | 'custom';
  readonly key: Secret;
}

/** Tells keys from the sentences that exports put in their place (model: what hides in text). */
export function readKeyField(raw: string): KeyField {
  if (raw === '') return { kind: 'empty' };
  const text = tidyText(raw.replace(/\u00AD/g, '-').replace(/\p{Default_Ignorable_Code_Point}/gu, ''));
  if (isNothing(text)) return { kind: 'empty' };
  if (keyShape(text) !== 'other') return { kind: 'key', key: productKeySecret(text) };
  if (isReadable(text)) return { kind: 'note', text: importedMarkup(text) };
  return { kind: 'custom', key: customSecret(text) };
}

/** A value of no known shape, sealed as its owner wrote it: case may matter. */
export function customSecret(text: string): Secret {
  return new Secret(text, `…${lastCharacters(text)}`);
}

function isReadable(text: string): boolean {
  if (!hasMarkup(text) && wordCount(text) < 3) return false;
  return !holdsPattern(text);
}

/** Markup can cut a key into pieces, so both the text and what a reader sees of it are searched. */
function holdsPattern(text: string): boolean {
  return (
    findKeyPatterns(text).length > 0 || importedMarkup(text).original !== undefined || TEN_DIGITS.test(text)
  );
}

/** Whether a value of no known shape has the five groups of a product key, or one somewhere inside. */
export function mayBeProductKey(custom: Secret): boolean {
  const text = custom.reveal();
  return FIVE_GROUPS.test(text) || holdsPattern(text);
}

/** In a key field ten digits without separators are a legacy key too. */
const TEN_DIGITS = /(?<![A-Za-z0-9])\d{10}(?![A-Za-z0-9])/;

function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => /^[^\p{L}\p{N}]*\p{L}[\p{L}'’-]*[^\p{L}\p{N}]*$/u.test(word))
    .length;
}

const LABELS: ReadonlyMap<string, KeyTypeLabel> = new Map(
  KEY_TYPE_LABELS.map((label) => [plainLabel(label.label), label] as const),
);
/** A file that invents its labels must not fill memory or screen. */
const MOST_WARNINGS = 20;
/** The form of a product key, with any letters and digits. */
const FIVE_GROUPS = /^[A-Z0-9]{5}(?:[\s\p{Pd}]?[A-Z0-9]{5}){4}$/iu;

type LabelMeaning = Omit<KeyTypeLabel, 'label'>;
const EMPTY: LabelMeaning = { type: 'unknown' };
const UNKNOWN: LabelMeaning = { type: 'unknown', warning: 'is not known; taken as unknown' };
const CUSTOM: LabelMeaning = { type: 'custom' };

/** The types of one file's keys; each label that is not known is warned of once. */
export class KeyTypes {
  readonly #warned = new Set<string>();
  #doubted = false;

  /** The record of a key with this label of its type, after the warnings that both give cause for. */
  *record(
    { kind, key }: KeyValue,
    label: string,
    rest: Omit<KeyRecord, 'kind' | 'key' | 'type' | 'allowedByType'>,
  ): Generator<KeyRecord | ImportWarning> {
    const plain = plainLabel(label);
    const known = plain === '' ? EMPTY : (LABELS.get(plain) ?? UNKNOWN);
    const warning = this.#warn(plain, label, known.warning);
    if (warning !== null) yield warning;
    const doubt = kind === 'custom' ? this.#doubt(rest.place, key) : null;
    if (doubt !== null) yield doubt;
    const { type, allowed } = isOfType(kind, key, known.type) ? known : CUSTOM;
    yield { kind: 'key', ...rest, key, type, allowedByType: allowed ?? null };
  }

  /** The first time, a warning for a value that looks like a product key with a slip in it. */
  #doubt(place: Place, key: Secret): ImportWarning | null {
    if (this.#doubted || !FIVE_GROUPS.test(key.reveal())) return null;
    this.#doubted = true;
    const what = 'as long as a product key, but with characters that those never contain; please check it';
    return { kind: 'warning', text: `${place}: ${what}` };
  }

  #warn(plain: string, label: string, what: string | undefined): ImportWarning | null {
    if (what === undefined || this.#warned.has(plain) || this.#warned.size > MOST_WARNINGS) return null;
    this.#warned.add(plain);
    if (this.#warned.size > MOST_WARNINGS) return { kind: 'warning', text: 'more key types are not known' };
    return { kind: 'warning', text: `key type "${maskKeys(tidyText(label)).shown.slice(0, 60)}": ${what}` };
  }
}

/**
 * Whether what stood in a key field is of the type that its label says. A value of no known shape is custom, but not if
 * it has the five groups of a product key and the file says what kind it is: then the file knows better than our
 * alphabet.
 */
function isOfType(kind: KeyValue['kind'], key: Secret, labelled: KeyType): boolean {
  return kind === 'key' || (labelled !== 'unknown' && FIVE_GROUPS.test(key.reveal()));
}

function plainLabel(label: string): string {
  return label
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/(?<=.) key$/, '')
    .replace(/ /g, '');
}

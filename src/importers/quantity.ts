import { IMPORT_HEADERS } from '../data/import-headers.ts';
import type { Unit } from '../entitlements/types.ts';
import { findKeyPatterns } from '../keys/hidden.ts';
import { Unreadable } from './problem.ts';
import { plain, tidyText } from './text.ts';

const UNITS: ReadonlyMap<string, Unit> = new Map(
  Object.entries(IMPORT_HEADERS.units).flatMap(([unit, words]) =>
    [unit, ...words].map((word) => [plain(word), unit] as const),
  ),
);

/** A number, perhaps with separators between its thousands, with a word before or behind it. */
const QUANTITY = /^([^\d]*?)(\d{1,3}(?:[.,'’\s]\d{3})+|\d+)(?![\d.,])([^\d]*)$/;
const LONGEST_UNIT = 40;

/**
 * Reads "5 activations", "1,000 licenses", "10": the number, and the unit or null if there is only a number.
 * Throws Unreadable.
 */
export function readQuantity(text: string): { readonly quantity: number; readonly unit: Unit | null } {
  const match = text.length > 80 ? null : QUANTITY.exec(tidyText(text).normalize('NFKC'));
  if (match === null) throw new Unreadable('is no quantity such as "5 activations"');
  const word = `${match[1] ?? ''} ${match[3] ?? ''}`.trim();
  if (/^[-+−]/.test(word)) throw new Unreadable('is no whole number from 0 upwards');
  return { quantity: wholeNumber(match[2] ?? ''), unit: word === '' ? null : readUnit(word) };
}

/** Reads a number without a word. Throws Unreadable. */
export function readCount(text: string): number {
  const { quantity, unit } = readQuantity(text);
  if (unit !== null && unit !== 'activations') throw new Unreadable('is no number of activations');
  return quantity;
}

/** The unit that a word means; the word itself if it is not known. Throws Unreadable for what is no word. */
export function readUnit(text: string): Unit {
  const word = tidyText(text);
  const known = UNITS.get(plain(word));
  if (known !== undefined) return known;
  // A unit is shown everywhere and part of an entitlement's identity, so nothing odd is let in.
  if (word.length > LONGEST_UNIT || !/\p{L}/u.test(word) || findKeyPatterns(word).length > 0) {
    throw new Unreadable('has no word for what is counted');
  }
  return word;
}

/** True if a line is a quantity beyond doubt: a number with a unit that is known. */
export function isQuantity(text: string): boolean {
  try {
    const { unit } = readQuantity(text);
    return unit !== null && UNITS.has(unit);
  } catch {
    return false;
  }
}

function wholeNumber(digits: string): number {
  const number = Number(digits.replace(/\D/g, ''));
  if (!Number.isSafeInteger(number)) throw new Unreadable('is too large a number');
  return number;
}

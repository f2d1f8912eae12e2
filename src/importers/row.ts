import type { IsoDate } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import { type DateOrder, readDate } from './dates.ts';
import { KeyTypes, readKeyField } from './key-field.ts';
import { fileName, Unreadable } from './problem.ts';
import { readCount, readQuantity, readUnit } from './quantity.ts';
import type { ImportedText, ImportItem, MapField, Place } from './record.ts';
import { importedMarkup, importedName, importedText, isNothing } from './text.ts';

/** The cells of one row by field; absent or blank means that the file does not say. */
export type Cells = (field: MapField) => string;

/** Turns the rows of one file into records. One row may give a grant, a key and a note. */
export class RowReader {
  readonly #file: string;
  readonly #order: DateOrder | undefined;
  readonly #types = new KeyTypes();
  readonly #source = remembering(importedText);
  readonly #quantity = remembering(readQuantity);
  readonly #unit = remembering(readUnit);
  readonly #readDay = {
    activateBy: remembering((text) => readDate(text, this.#order)),
    claimedOn: remembering((text) => readDate(text, this.#order)),
  };

  constructor(file: string, order: DateOrder | undefined) {
    this.#file = file;
    this.#order = order;
  }

  /**
   * The records of a row, or one rejected finding if any of its cells cannot be read. Throws USAGE for a date that
   * can mean two days.
   */
  read(place: Place, cells: Cells): readonly ImportItem[] {
    try {
      return this.#records(place, cells);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return [{ kind: 'rejected', place, reason: error.reason }];
    }
  }

  #records(place: Place, cells: Cells): readonly ImportItem[] {
    const product = importedName(cells('product'));
    if (product.shown === '') throw new Unreadable('no product name');
    const source = this.#source(cells('source'));
    const note = unlessEmpty(importedMarkup(cells('note')));
    const field = readKeyField(cells('key'));
    const amount = readCell('quantity', cells('quantity'), this.#quantity);
    const unit = readCell('unit', cells('unit'), this.#unit) ?? amount?.unit ?? null;
    const activateBy = this.#date(place, 'activateBy', cells('activateBy'));
    const claimedOn = this.#date(place, 'claimedOn', cells('claimedOn'));
    const allowed = readCell('allowed', cells('allowed'), readCount);
    const hasKey = field.kind === 'key' || field.kind === 'custom';

    const items: ImportItem[] = [];
    if (amount !== null || activateBy !== null || (!hasKey && source.shown !== '')) {
      items.push({
        kind: 'entitlement',
        place,
        product,
        source,
        quantity: amount?.quantity ?? null,
        unit,
        activateBy,
      });
    }
    if (field.kind === 'note') items.push({ kind: 'note', place, product, text: field.text });
    if (!hasKey) {
      if (note !== null) items.push({ kind: 'note', place, product, text: note });
      return items.length > 0 ? items : [{ kind: 'skipped', place, reason: 'nothing but a product name' }];
    }
    const rest = { place, product, allowed, claimedOn, note, source: unlessEmpty(source) };
    return [...items, ...this.#types.record(field, cells('type'), rest)];
  }

  #date(place: Place, field: 'activateBy' | 'claimedOn', text: string): IsoDate | null {
    if (isNothing(text)) return null;
    const reading = this.#readDay[field](text);
    if (reading.kind === 'date') return reading.date;
    if (reading.kind === 'ambiguous') throw ambiguousDate(this.#file, place, field);
    if (reading.kind === 'unreadable')
      throw new Unreadable(`${field} cannot be read as a date; write it as 2026-12-31`);
    const order = this.#order === undefined ? '' : ` in the order ${this.#order}`;
    throw new Unreadable(`${field} is no day of the calendar${order}`);
  }
}

/** Most cells of a column say the same as the one above. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
}

/** The error for a date with two meanings: never guessed, so an option is missing. */
function ambiguousDate(file: string, place: Place, field: MapField): AppError {
  return new AppError('USAGE', `${fileName(file)}, ${place}: ${field} can be read as two different days.`, {
    hint: 'Say which order the dates have: --date-format mdy, dmy or ymd.',
    details: { file, place, field },
  });
}

function readCell<T>(field: MapField, text: string, read: (text: string) => T): T | null {
  if (isNothing(text)) return null;
  try {
    return read(text);
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable(`${field} ${error.reason}`) : error;
  }
}

function unlessEmpty(text: ImportedText): ImportedText | null {
  return text.shown === '' ? null : text;
}

import type { IsoDate } from '../entitlements/types.ts';
import { readDate } from './dates.ts';
import type { TextSource } from './decode.ts';
import { type KeyField, KeyTypes, mayBeProductKey, readKeyField } from './key-field.ts';
import { invalidData, Unreadable } from './problem.ts';
import type { ImportedText, ImportItem, Place } from './record.ts';
import { importedMarkup, importedName } from './text.ts';
import { readXml, type XmlElement, type XmlReader } from './xml.ts';

const ROOTS = new Set(['your_product_keys', 'yourkey', 'root']);
/** Far above any real export; keeps memory bounded for one that is all empty elements. */
const MOST_ITEMS = 250_000;

/**
 * Reads a KeysExport.xml of any generation: `Your_Product_Keys` with the key in an attribute (2006), `YourKey` with
 * `Key` elements (2012), the same within `root` and with notes (2018). Nothing is given out before the whole file is
 * known to be well-formed. Throws INVALID_DATA.
 */
export async function* readKeysExport(source: TextSource): AsyncGenerator<ImportItem> {
  const reader = new KeysExportReader(source.name);
  await readXml(source, reader);
  reader.end();
  yield* reader.items;
}

interface Product {
  readonly name: ImportedText;
  keys: number;
  /** True once something was said about it: a key, a note or a finding. */
  told: boolean;
}

class KeysExportReader implements XmlReader {
  readonly items: ImportItem[] = [];
  readonly #file: string;
  readonly #types = new KeyTypes();
  #known = false;
  #product: Product | null = null;
  #productLine = 0;
  #key: XmlElement | null = null;
  #text = '';

  constructor(file: string) {
    this.#file = file;
  }

  open(element: XmlElement, path: readonly string[]): void {
    if (path.length === 0 && !ROOTS.has(element.name)) throw this.#otherXml();
    if (path.length === 0 ? element.name !== 'root' : element.name === 'yourkey') this.#known = true;
    if (element.name === 'product_key') this.#openProduct(element);
    if (element.name === 'key' && path.at(-1) === 'product_key') {
      this.#key = element;
      this.#text = '';
    }
  }

  text(text: string): void {
    if (this.#key !== null) this.#text += text;
  }

  close(name: string): void {
    if (name === 'key' && this.#key !== null) {
      this.#addKey(this.#key.attributes, this.#text, this.#key.line);
      this.#key = null;
    }
    if (name === 'product_key') this.#closeProduct();
  }

  /** Throws INVALID_DATA if the document was some other XML with a root of that name. */
  end(): void {
    if (!this.#known) throw this.#otherXml();
  }

  #openProduct({ attributes, line }: XmlElement): void {
    this.#known = true;
    const name = importedName(attributes.get('name') ?? '');
    this.#product = { name, keys: 0, told: false };
    this.#productLine = line;
    const note = importedMarkup(attributes.get('keyretrievalnote') ?? '');
    if (note.shown !== '' && name.shown !== '')
      this.#add({ kind: 'note', place: this.#place(line), product: name, text: note });
    // The first generation has one element for each key, with the key in an attribute.
    if (attributes.has('key')) this.#addKey(attributes, attributes.get('key') ?? '', line);
  }

  #closeProduct(): void {
    if (this.#product !== null && !this.#product.told) {
      this.#add({ kind: 'skipped', place: this.#place(this.#productLine), reason: 'no key in the export' });
    }
    this.#product = null;
  }

  #addKey(attributes: ReadonlyMap<string, string>, text: string, line: number): void {
    if (this.#product === null) return;
    this.#product.keys += 1;
    const place = this.#place(line);
    try {
      this.#addField(place, this.#product.name, readKeyField(text), attributes);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#add({ kind: 'rejected', place, reason: error.reason });
    }
  }

  #addField(
    place: Place,
    product: ImportedText,
    field: KeyField,
    attributes: ReadonlyMap<string, string>,
  ): void {
    const note = importedMarkup(attributes.get('notes') ?? attributes.get('note') ?? '');
    const id = attributes.get('id')?.trim();
    const pseudo = id !== undefined && /^(?:-\d+|0+)$/.test(id);
    // What stands in the place of a key there is a word for people: no key was ever given out under such an ID.
    if (field.kind === 'empty' || (pseudo && field.kind === 'custom' && !mayBeProductKey(field.key))) {
      const reason = pseudo ? `an entry without a key (ID ${id.slice(0, 12)})` : 'no key text';
      this.#add({ kind: 'skipped', place, reason });
      return;
    }
    if (product.shown === '') throw new Unreadable('the product has no name');
    if (field.kind === 'note') {
      this.#add({ kind: 'note', place, product, text: field.text });
      if (note.shown !== '') this.#add({ kind: 'note', place, product, text: note });
      return;
    }
    const claimedOn = readClaimDate(
      attributes.get('claimeddate') ?? attributes.get('date_key_claimed') ?? '',
    );
    const label = attributes.get('type') ?? attributes.get('key_type') ?? '';
    const rest = {
      place,
      product,
      allowed: null,
      claimedOn,
      note: note.shown === '' ? null : note,
      source: null,
    };
    for (const item of this.#types.record(field, label, rest)) this.#add(item);
  }

  #add(item: ImportItem): void {
    if (this.items.length >= MOST_ITEMS)
      throw invalidData(this.#file, `more than ${MOST_ITEMS} entries`, 'Split the export.');
    if (this.#product !== null && item.kind !== 'warning') this.#product.told = true;
    this.items.push(item);
  }

  #place(line: number): Place {
    if (this.#product === null) return `line ${line}`;
    const product = `line ${line}: product "${this.#product.name.shown.slice(0, 120)}"`;
    return this.#product.keys === 0 ? product : `${product}, key ${this.#product.keys}`;
  }

  #otherXml() {
    return invalidData(this.#file, 'this is XML, but no KeysExport.xml');
  }
}

/** The format's own rule: US order or ISO, whatever the user's other files have; the year 1 means no date. */
function readClaimDate(text: string): IsoDate | null {
  if (text.trim() === '' || /^(?:0?1\/0?1\/0001|0001-01-01)\b/.test(text.trim())) return null;
  const reading = readDate(text, 'mdy');
  if (reading.kind === 'date') return reading.date;
  throw new Unreadable(
    `the claim date ${reading.kind === 'impossible' ? 'is no day of the calendar' : 'cannot be read'}`,
  );
}

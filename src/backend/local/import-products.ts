import type { Catalogue } from '../../entitlements/catalogue.ts';
import { normalisedName } from '../../entitlements/normalise.ts';
import type { ImportedText } from '../../importers/record.ts';
import { type Sql, text } from '../../store/sql.ts';

/** Finds or makes the product that a file's name stands for, and remembers the answer for the next row. */
export class ImportedProducts {
  readonly #sql: Sql;
  readonly #catalogue: Catalogue;
  readonly #importId: number;
  readonly #known = new Map<string, string>();
  /** Whether names were stored before this import; undefined until the first question. */
  #hasNames: boolean | undefined;

  constructor(sql: Sql, catalogue: Catalogue, importId: number) {
    this.#sql = sql;
    this.#catalogue = catalogue;
    this.#importId = importId;
  }

  /** The product's id. A name that matches nothing becomes a product of its own, never forced onto a near match. */
  async idOf(name: ImportedText): Promise<string> {
    const normalised = normalisedName(name.shown);
    const known = this.#known.get(normalised);
    if (known !== undefined) return known;
    const id = (await this.#stored(normalised)) ?? (await this.#add(name.shown, normalised));
    this.#known.set(normalised, id);
    return id;
  }

  async #stored(normalised: string): Promise<string | undefined> {
    // The first import into a profile has nothing to look for: all names are this one's own.
    this.#hasNames ??= (await this.#sql.first('SELECT 1 AS found FROM product_name LIMIT 1')) !== undefined;
    if (!this.#hasNames) return undefined;
    const statement = 'SELECT product_id FROM product_name WHERE normalised = ?';
    const row = await this.#sql.first(statement, normalised);
    return row === undefined ? undefined : text(row, 'product_id');
  }

  async #add(name: string, normalised: string): Promise<string> {
    const facts = this.#catalogue.describe(name);
    await addProduct(this.#sql, facts);
    await this.#sql.run(
      'INSERT INTO product_name (normalised, name, product_id, added_by) VALUES (?, ?, ?, ?)',
      normalised,
      name,
      facts.id,
      this.#importId,
    );
    return facts.id;
  }
}

/** Stores a product unless it is there. */
export async function addProduct(
  sql: Sql,
  product: { readonly id: string; readonly name: string },
): Promise<void> {
  await sql.run(
    'INSERT INTO product (id, name, sort_name) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
    product.id,
    product.name,
    sortName(product.name),
  );
}

/** Lists are in the order of the alphabet whatever the case and accents. */
function sortName(name: string): string {
  const plain = /^[ -~]*$/.test(name);
  return (plain ? name : name.normalize('NFKD').replace(/\p{M}/gu, '')).toLowerCase();
}

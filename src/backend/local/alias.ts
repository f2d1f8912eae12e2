import type { Catalogue } from '../../entitlements/catalogue.ts';
import { isOtherKind } from '../../entitlements/joining.ts';
import { normalisedName } from '../../entitlements/normalise.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { integer, onlyRow, type Sql, text } from '../../store/sql.ts';
import type { AliasReport } from '../rows.ts';
import { addProduct } from './import-products.ts';

/**
 * Joins an imported name to a product. What came under that name alone moves along; a product with other names of
 * its own keeps what it has, since nobody can tell which of its rows belong to which name. Joined to the product that
 * the name itself tells, it stands for itself again.
 * Throws NOT_FOUND for a name no import brought, USAGE if it is that product's name already or says that it is another
 * kind of product.
 */
export async function joinName(
  sql: Sql,
  importedName: string,
  product: ProductFacts,
  catalogue: Catalogue,
): Promise<AliasReport> {
  const normalised = normalisedName(importedName);
  const named = await sql.first('SELECT name, product_id FROM product_name WHERE normalised = ?', normalised);
  if (named === undefined) {
    throw new AppError('NOT_FOUND', `No import brought the name "${importedName.slice(0, 80)}".`, {
      hint: 'Give the name as list shows it.',
    });
  }
  const name = text(named, 'name');
  const from = text(named, 'product_id');
  const own = catalogue.describe(name);
  // Whoever takes a name back may have typed it otherwise than the import did.
  const takesBack = own.id === product.id || normalisedName(product.name) === normalised;
  const target = takesBack ? own : product;
  if (from === target.id) {
    throw new AppError('USAGE', `"${name}" is a name of ${target.name} already.`, {
      hint: `See: mpn-benefits show ${target.id}`,
    });
  }
  if (!takesBack) await refuseMixedUp(sql, { name, from, own, target });
  await addProduct(sql, target);
  await sql.run('UPDATE product_name SET product_id = ? WHERE normalised = ?', target.id, normalised);
  const left = await onlyRow(sql, 'SELECT COUNT(*) AS n FROM product_name WHERE product_id = ?', from);
  if (integer(left, 'n') > 0) {
    return { name, productId: target.id, merged: null, entitlements: 0, keys: 0 };
  }
  const entitlements = await moveEntitlements(sql, from, target.id);
  const keys = await moveKeys(sql, from, target.id);
  await sql.run(
    `INSERT INTO note (product_id, text, added_by, seen_by)
       SELECT ?, text, added_by, seen_by FROM note WHERE product_id = ?
       ON CONFLICT (product_id, text) DO UPDATE SET ${foundByBoth('note')}`,
    target.id,
    from,
  );
  await sql.run('DELETE FROM note WHERE product_id = ?', from);
  await sql.run('DELETE FROM product WHERE id = ?', from);
  return { name, productId: target.id, merged: from, entitlements, keys };
}

interface Joining {
  readonly name: string;
  /** The product that the name stands for so far. */
  readonly from: string;
  /** What the name tells by itself. */
  readonly own: ProductFacts;
  readonly target: ProductFacts;
}

/** Throws USAGE for a name that is something else than the product, with the command that was probably meant. */
async function refuseMixedUp(sql: Sql, { name, from, own, target }: Joining): Promise<void> {
  if (isOtherKind(own, target)) {
    const { name: other, kind } = target;
    const imported = await sql.first(
      'SELECT 1 AS found FROM product_name WHERE normalised = ?',
      normalisedName(other),
    );
    throw new AppError(
      'USAGE',
      `"${name}" is of the kind ${own.kind}, and ${other} of the kind ${kind}: they are not one product.`,
      {
        hint:
          imported === undefined
            ? 'Join it to a product of its own kind; the imported name comes first, then the product.'
            : `The imported name comes first. Meant the other way round: mpn-benefits product alias "${other}" "${name}"`,
        details: { name, kind: own.kind, productId: target.id, productKind: kind },
      },
    );
  }
  if (target.isCal.value !== 'yes' || own.kind === 'cal') return;
  const granted = await sql.first(
    "SELECT 1 AS found FROM entitlement WHERE product_id = ? AND unit = 'activations' LIMIT 1",
    from,
  );
  if (granted === undefined) return;
  throw new AppError('USAGE', `"${name}" is granted in activations, and ${target.name} is never activated.`, {
    hint: 'A client access licence (CAL) is no product that is installed. Join the name to another product.',
    details: { name, productId: target.id },
  });
}

/** Rows of both products that look alike stay apart: the moved ones are numbered after those that are there. */
async function moveEntitlements(sql: Sql, from: string, to: string): Promise<number> {
  const rows = await sql.all(
    'SELECT id, source_key, unit_key FROM entitlement WHERE product_id = ? ORDER BY ordinal',
    from,
  );
  for (const row of rows) {
    const sourceKey = text(row, 'source_key');
    const unitKey = text(row, 'unit_key');
    const taken = await onlyRow(
      sql,
      'SELECT COALESCE(MAX(ordinal) + 1, 0) AS next FROM entitlement WHERE product_id = ? AND source_key = ? AND unit_key = ?',
      to,
      sourceKey,
      unitKey,
    );
    await sql.run(
      'UPDATE entitlement SET product_id = ?, ordinal = ? WHERE id = ?',
      to,
      integer(taken, 'next'),
      text(row, 'id'),
    );
  }
  return rows.length;
}

async function moveKeys(sql: Sql, from: string, to: string): Promise<number> {
  await sql.run(
    `INSERT INTO key_product (key_id, product_id, added_by, seen_by)
       SELECT key_id, ?, added_by, seen_by FROM key_product WHERE product_id = ?
       ON CONFLICT (key_id, product_id) DO UPDATE SET ${foundByBoth('key_product')}`,
    to,
    from,
  );
  return sql.run('DELETE FROM key_product WHERE product_id = ?', from);
}

/** Of two rows that become one: the first import that added it, and the last that found it. */
function foundByBoth(table: 'note' | 'key_product'): string {
  const of = (column: string, sign: '<' | '>'): string =>
    `${column} = CASE WHEN excluded.${column} ${sign} ${table}.${column} THEN excluded.${column} ELSE ${table}.${column} END`;
  return `${of('added_by', '<')}, ${of('seen_by', '>')}`;
}

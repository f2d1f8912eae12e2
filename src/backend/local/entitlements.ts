import { offerFacts, offerNotes } from '../../entitlements/offers.ts';
import type { Programs } from '../../entitlements/programs.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { type Sql, text, textOrNull } from '../../store/sql.ts';
import type { Entitlements, ProductView } from '../backend.ts';
import { joinName } from './alias.ts';
import { beginChange } from './changes.ts';
import { type Counter, counterOfAll, countProduct } from './counting.ts';
import { activationNeedOf, entitlementRows, type Reading, rowsOfProduct } from './entitlement-rows.ts';
import { keysOf } from './key-views.ts';
import { factsOf, importedNames, meantProduct } from './products.ts';
import type { ProfileDatabase } from './profile-database.ts';

export interface EntitlementsSetup {
  readonly database: ProfileDatabase;
  readonly programs: Programs;
  readonly reading: () => Reading;
}

export function localEntitlements(setup: EntitlementsSetup): Entitlements {
  const { database, reading } = setup;
  return {
    list: (filter) => {
      const sql = database.reading();
      const known = reading();
      // What ends soon is a few rows of many: each counts its own product.
      const counter = filter.expiring === undefined ? () => counterFor(sql, known) : undefined;
      return entitlementRows(sql, { ...known, counter }, filter);
    },
    find: (query) => meantProduct(database.reading(), reading().catalogue, query),
    show: (product) => viewOf(database.reading(), product, setup),
    alias: (name, product) =>
      database.write(async (sql) => {
        await beginChange(sql);
        return joinName(sql, name, product, reading().catalogue);
      }),
  };
}

/** More keys than these are not held in memory to count with. */
const FEW_KEYS = 2_000;

async function counterFor(sql: Sql, { catalogue, today }: Reading): Promise<Counter | undefined> {
  const more = await sql.first('SELECT 1 AS more FROM key_product LIMIT 1 OFFSET ?', FEW_KEYS);
  if (more !== undefined) return undefined;
  return counterOfAll(sql, (id, name) => factsOf(catalogue, id, name).requiresActivation.value, today);
}

async function viewOf(sql: Sql, product: ProductFacts, setup: EntitlementsSetup): Promise<ProductView> {
  const { catalogue, today } = setup.reading();
  const counts = await countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  const imported = await importedNames(sql, product.id);
  return {
    facts: product,
    aliases: [...new Set([...product.aliases, ...imported])].filter((name) => name !== product.name),
    notes: [
      ...(await storedNotes(sql, product.id)),
      ...(await notesOfOffers(sql, product.id, setup.programs)),
    ],
    entitlements: await rowsOfProduct(sql, { facts: product, counts }, today),
    activations: counts.numbers,
    keys: await keysOf(sql, product.id, counts.pools),
  };
}

async function storedNotes(sql: Sql, productId: string): Promise<string[]> {
  const rows = await sql.all('SELECT text FROM note WHERE product_id = ? ORDER BY added_by, text', productId);
  return rows.map((row) => text(row, 'text'));
}

async function notesOfOffers(sql: Sql, productId: string, programs: Programs): Promise<string[]> {
  const rows = await sql.all(
    `SELECT DISTINCT o.id, o.program, o.purchased, o.source FROM entitlement e JOIN offer o ON o.id = e.offer_id
       WHERE e.product_id = ? ORDER BY o.id`,
    productId,
  );
  return rows.flatMap((row) => {
    const stored = {
      program: text(row, 'program'),
      purchased: textOrNull(row, 'purchased'),
      source: text(row, 'source'),
    };
    return offerNotes(offerFacts(stored, programs), programs);
  });
}

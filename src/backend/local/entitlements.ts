import { keyState, type Pool } from '../../activation/numbers.ts';
import { offerNotes, parseSource, type Programs } from '../../entitlements/offers.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { Entitlements, KeyView, ProductView } from '../backend.ts';
import { joinName } from './alias.ts';
import { countProduct, keyMark, keyType } from './counting.ts';
import { activationNeedOf, entitlementRows, type Reading, rowsOfProduct } from './entitlement-rows.ts';
import { importedNames, meantProduct } from './products.ts';
import type { ProfileDatabase } from './profile-database.ts';

export interface EntitlementsSetup {
  readonly database: ProfileDatabase;
  readonly programs: Programs;
  readonly reading: () => Reading;
}

export function localEntitlements(setup: EntitlementsSetup): Entitlements {
  const { database, reading } = setup;
  return {
    list: (filter) => entitlementRows(database.reading(), reading(), filter),
    find: (query) => meantProduct(database.reading(), reading().catalogue, query),
    show: (product) => viewOf(database.reading(), product, setup),
    alias: (name, product) => database.write((sql) => joinName(sql, name, product)),
  };
}

async function viewOf(sql: Sql, product: ProductFacts, setup: EntitlementsSetup): Promise<ProductView> {
  const { catalogue, today } = setup.reading();
  const entitlements = await rowsOfProduct(sql, { catalogue, today }, product.id);
  const counts = await countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  const imported = await importedNames(sql, product.id);
  return {
    facts: product,
    aliases: [...new Set([...product.aliases, ...imported])].filter((name) => name !== product.name),
    notes: [...(await storedNotes(sql, product.id)), ...(await notesOfOffers(sql, product.id, setup.programs))],
    entitlements,
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
    `SELECT DISTINCT o.program, o.purchased, o.source FROM entitlement e JOIN offer o ON o.id = e.offer_id
       WHERE e.product_id = ? ORDER BY o.id`,
    productId,
  );
  return rows.flatMap((row) => {
    const sample = parseSource(text(row, 'source'), programs)?.sample === true;
    return offerNotes({ program: text(row, 'program'), purchased: textOrNull(row, 'purchased'), sample }, programs);
  });
}

async function keysOf(sql: Sql, productId: string, pools: ReadonlyMap<string, Pool>): Promise<KeyView[]> {
  const rows = await sql.all(
    `SELECT k.id, k.last5, k.type, k.mark, k.claimed_on, k.note, k.revealed_at
       FROM key_product kp JOIN product_key k ON k.id = kp.key_id WHERE kp.product_id = ? ORDER BY k.claimed_on, k.id`,
    productId,
  );
  return rows.flatMap((row) => {
    const pool = pools.get(text(row, 'id'));
    return pool === undefined ? [] : [toKeyView(row, pool)];
  });
}

function toKeyView(row: Row, pool: Pool): KeyView {
  const revealedAt = textOrNull(row, 'revealed_at');
  const { used, pending, allowed, remaining, unlimited } = pool.numbers;
  return {
    id: pool.keyId,
    productIds: pool.productIds,
    last5: text(row, 'last5'),
    type: keyType(row),
    state: keyState(keyMark(row), pool.numbers, revealedAt !== null),
    unlimited,
    allowed,
    allowedBasis: pool.allowedBasis,
    used,
    pending,
    remaining,
    claimedOn: textOrNull(row, 'claimed_on'),
    revealedAt,
    note: textOrNull(row, 'note'),
  };
}

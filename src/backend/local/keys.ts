import { parseEvent } from '../../activation/event-reader.ts';
import { ACCESS_CHAIN, type EventBody, type LedgerEvent } from '../../activation/events.ts';
import { offerDates } from '../../entitlements/offers.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import type { KeyMark } from '../../keys/choose.ts';
import { maskKeys } from '../../keys/hidden.ts';
import type { Secret } from '../../keys/secret.ts';
import { bytes, type Sql, type Transaction, text } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import type { KeyAccess, Keys, RefundAtStake, RevealedKey } from '../backend.ts';
import type { KeyView, RevealView } from '../rows.ts';
import { beginChange } from './changes.ts';
import { countProduct } from './counting.ts';
import { activationNeedOf, type Reading } from './entitlement-rows.ts';
import { keysOf } from './key-views.ts';
import { appendTo, type LedgerSetup, ledgerId, openChain, recordEvent, takeChain } from './ledger.ts';
import { storedFacts } from './products.ts';
import type { ProfileDatabase } from './profile-database.ts';
import { vaultRecord } from './vault.ts';

export interface KeysSetup {
  readonly database: ProfileDatabase;
  readonly reading: () => Reading;
  readonly ledger: LedgerSetup;
  /** Opens the vault of a profile that has keys; never makes one. */
  readonly vault: (sql: Sql) => Promise<Vault>;
}

export function localKeys(setup: KeysSetup): Keys {
  const { database, reading } = setup;
  return {
    list: (product) => listKeys(database.reading(), product, reading()),
    refundAtStake: (keyId) => refundAtStake(database.reading(), keyId, reading().today),
    reveal: (keyId, access, accept) => reveal(keyId, access, accept, setup),
    history: (product) => history(database.reading(), product),
    mark: (keyId, mark, reason) => database.write((sql) => markKey(sql, keyId, mark, reason, reading())),
  };
}

async function listKeys(sql: Sql, product: ProductFacts | undefined, reading: Reading): Promise<KeyView[]> {
  if (product !== undefined) return keysOfProduct(sql, product, reading);
  const rows = await sql.all(
    'SELECT DISTINCT p.id, p.sort_name FROM key_product kp JOIN product p ON p.id = kp.product_id ORDER BY p.sort_name, p.id',
  );
  const keys = new Map<string, KeyView>();
  for (const row of rows) {
    const facts = await storedFacts(sql, reading.catalogue, text(row, 'id'));
    if (facts === null) continue;
    for (const key of await keysOfProduct(sql, facts, reading)) keys.set(key.id, key);
  }
  return [...keys.values()];
}

async function keysOfProduct(
  sql: Sql,
  product: ProductFacts,
  { catalogue, today }: Reading,
): Promise<KeyView[]> {
  const counts = await countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  return keysOf(sql, product.id, counts.pools);
}

/** What may be shown of a key. Throws NOT_FOUND. */
export async function keyById(sql: Sql, keyId: string, reading: Reading): Promise<KeyView> {
  const row = await sql.first(
    'SELECT product_id FROM key_product WHERE key_id = ? ORDER BY product_id',
    keyId,
  );
  const product =
    row === undefined ? null : await storedFacts(sql, reading.catalogue, text(row, 'product_id'));
  const keys = product === null ? [] : await keysOfProduct(sql, product, reading);
  const key = keys.find(({ id }) => id === keyId);
  if (key !== undefined) return key;
  throw noSuchKey(keyId);
}

/** What is said of a key that there is none of, or none for whoever asks. */
export function noSuchKey(keyId: string): AppError {
  return new AppError('NOT_FOUND', `There is no key ${keyId.slice(0, 40)}.`, {
    hint: 'See: mpn-benefits key --list',
  });
}

/** Offers a key belongs to: those it was imported for, and those that grant its products. */
const OFFERS_OF_KEY = `SELECT o.id, o.program, o.part, o.purchased FROM offer o WHERE o.purchased IS NOT NULL AND (
  o.id IN (SELECT offer_id FROM key_offer WHERE key_id = ?)
  OR o.id IN (SELECT e.offer_id FROM entitlement e JOIN key_product kp ON kp.product_id = e.product_id
                WHERE kp.key_id = ?)) ORDER BY o.purchased DESC`;

const REVEALED_OF_OFFER = `SELECT 1 AS found FROM product_key k WHERE k.revealed_at IS NOT NULL AND (
  k.id IN (SELECT key_id FROM key_offer WHERE offer_id = ?)
  OR k.id IN (SELECT kp.key_id FROM key_product kp JOIN entitlement e ON e.product_id = kp.product_id
                WHERE e.offer_id = ?)) LIMIT 1`;

/** An offer of the last 30 days of which no key was ever viewed: the first view ends the chance of a refund. */
async function refundAtStake(sql: Sql, keyId: string, today: string): Promise<RefundAtStake | null> {
  for (const row of await sql.all(OFFERS_OF_KEY, keyId, keyId)) {
    const until = offerDates(text(row, 'purchased')).refundUntil;
    if (until === null || until < today) continue;
    const id = text(row, 'id');
    if ((await sql.first(REVEALED_OF_OFFER, id, id)) === undefined) return { offer: id, until };
  }
  return null;
}

/**
 * Opens the key first, so that nothing is recorded for a key that cannot be had; gives it away last, when its
 * record is on the disk.
 */
async function reveal(
  keyId: string,
  access: KeyAccess,
  accept: ((revealed: RevealedKey) => void) | undefined,
  setup: KeysSetup,
): Promise<RevealedKey> {
  const sql = setup.database.reading();
  const view = await keyById(sql, keyId, setup.reading());
  const revealed = { view, key: await openKey(sql, keyId, setup.vault) };
  accept?.(revealed);
  await setup.database.write((transaction) => recordReveal(transaction, view, access, setup.ledger));
  return revealed;
}

/**
 * The key itself. Recording that is for the caller, and comes before anybody sees it. A change of the vault key in
 * the middle leaves us with the old one: once more, with the new.
 */
export async function openKey(sql: Sql, keyId: string, vault: KeysSetup['vault']): Promise<Secret> {
  for (;;) {
    const { vaultId } = await vaultRecord(sql);
    try {
      const row = await sql.first('SELECT sealed FROM product_key WHERE id = ?', keyId);
      if (row === undefined) throw new Error('a key that was just listed is gone');
      return (await vault(sql)).open(keyId, bytes(row, 'sealed'));
    } catch (error) {
      // Where not even that can be asked, the first error is the one that counts.
      const now = await vaultRecord(sql).catch(() => undefined);
      if (now === undefined || now.vaultId === vaultId) throw error;
    }
  }
}

async function recordReveal(
  sql: Transaction,
  view: KeyView,
  access: KeyAccess,
  setup: LedgerSetup,
): Promise<void> {
  const body: EventBody = { type: 'revealed', delta: 0, keyId: view.id, keyLast5: view.last5, ...access };
  const [taken, ledger] = await Promise.all([takeChain(sql, ACCESS_CHAIN, 0, null), ledgerId(sql)]);
  const within = { ...setup, ledger };
  // Only the first reveal of a profile finds no chain.
  if (taken === undefined) await openChain(sql, ACCESS_CHAIN, null, within);
  const { event } =
    taken === undefined
      ? await recordEvent(sql, ACCESS_CHAIN, body, within)
      : appendTo(sql, taken, body, 0, within);
  sql.post('UPDATE product_key SET revealed_at = COALESCE(revealed_at, ?) WHERE id = ?', event.at, view.id);
}

async function* history(sql: Sql, product: ProductFacts | undefined): AsyncIterable<RevealView> {
  const rows =
    product === undefined
      ? sql.each(`SELECT text FROM ledger_event WHERE chain = '${ACCESS_CHAIN}' ORDER BY seq DESC`)
      : sql.each(
          `SELECT text FROM ledger_event WHERE chain = '${ACCESS_CHAIN}' AND (product_id = ?
             OR subject IN (SELECT key_id FROM key_product WHERE product_id = ?)) ORDER BY seq DESC`,
          product.id,
          product.id,
        );
  for await (const row of rows) {
    const view = revealViewOf(parseEvent(text(row, 'text')));
    if (view !== undefined) yield view;
  }
}

/** A line of the access log; undefined for events of its chain that tell something else. */
export function revealViewOf(event: LedgerEvent): RevealView | undefined {
  if (event.type !== 'revealed') return undefined;
  const { id, at, keyId, keyLast5, productId, actor, job, purpose, way, target } = event;
  return { id, at, keyId, last5: keyLast5, productId, actor, job, purpose, way, target };
}

async function markKey(
  sql: Sql,
  keyId: string,
  mark: KeyMark,
  reason: string,
  reading: Reading,
): Promise<KeyView> {
  await beginChange(sql);
  await keyById(sql, keyId, reading);
  const stored = mark === 'active' ? null : mark;
  await sql.run(
    'UPDATE product_key SET mark = ?, mark_reason = ? WHERE id = ?',
    stored,
    maskKeys(reason).shown,
    keyId,
  );
  return keyById(sql, keyId, reading);
}

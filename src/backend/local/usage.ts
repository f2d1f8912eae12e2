import { type Pool, sharedWith } from '../../activation/numbers.ts';
import type { Catalogue } from '../../entitlements/catalogue.ts';
import { addDays } from '../../entitlements/days.ts';
import { lapsesOn } from '../../entitlements/offers.ts';
import type { IsoDate, ProductFacts } from '../../entitlements/types.ts';
import { integer, integerOrNull, onlyRow, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { Usage } from '../backend.ts';
import type { LapsingRow, UsageRow } from '../rows.ts';
import { activationsOf, reservations } from './activation-list.ts';
import { countProduct } from './counting.ts';
import { activationNeedOf, type Reading } from './entitlement-rows.ts';
import { factsOf } from './products.ts';
import type { ProfileDatabase } from './profile-database.ts';

export function localUsage(database: ProfileDatabase, reading: () => Reading): Usage {
  return {
    list: (product) => usageRows(database.reading(), reading(), product),
    lapsing: (days) => lapsingRows(database.reading(), reading(), days),
  };
}

async function* usageRows(
  sql: Sql,
  { catalogue, today }: Reading,
  product: ProductFacts | undefined,
): AsyncIterable<UsageRow> {
  if (product !== undefined) {
    yield await usageOf(sql, product, catalogue, today);
    return;
  }
  for await (const row of sql.each('SELECT id, name FROM product ORDER BY sort_name, id')) {
    yield await usageOf(sql, factsOf(catalogue, text(row, 'id'), text(row, 'name')), catalogue, today);
  }
}

async function usageOf(
  sql: Sql,
  product: ProductFacts,
  catalogue: Catalogue,
  today: IsoDate,
): Promise<UsageRow> {
  const counts = await countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  const { used, pending, allowed, remaining, unlimited } = counts.numbers;
  const { lapsesOn: lapses, ...grants } = await grantsInUsage(sql, product.id);
  const activity = await activityOf(sql, product.id, [...counts.pools.keys()]);
  return {
    productId: product.id,
    name: product.name,
    ...grants,
    allowed,
    used,
    pending,
    remaining,
    unlimited,
    overUse: overUseOf(counts.pools.values()),
    keys: counts.keyCount,
    sharedWith: sharedWith(product.id, counts.pools.values()),
    ...activity,
    lapsesOn: lapses,
  };
}

/** What was used beyond each key's own allowance; another key's rest does not make up for it. */
function overUseOf(pools: Iterable<Pool>): number {
  let over = 0;
  for (const { numbers } of pools) over += Math.max(0, -(numbers.remaining ?? 0));
  return over;
}

async function grantsInUsage(
  sql: Sql,
  productId: string,
): Promise<Pick<UsageRow, 'sources' | 'granted' | 'unit' | 'lapsesOn'>> {
  const rows = await sql.all(
    `SELECT e.source, e.quantity, e.unit, o.purchased FROM entitlement e LEFT JOIN offer o ON o.id = e.offer_id
       WHERE e.product_id = ? ORDER BY e.source_key, e.ordinal`,
    productId,
  );
  const units = new Set(rows.map((row) => textOrNull(row, 'unit')));
  const quantities = rows.map((row) => integerOrNull(row, 'quantity'));
  const known = quantities.filter((quantity) => quantity !== null);
  const [unit = null] = units;
  return {
    sources: [...new Set(rows.map((row) => text(row, 'source')).filter((source) => source !== ''))],
    // Cores and servers do not add up.
    granted:
      units.size === 1 && known.length === rows.length ? known.reduce((sum, each) => sum + each, 0) : null,
    unit: units.size === 1 ? unit : null,
    lapsesOn: lastEnd(rows),
  };
}

async function activityOf(
  sql: Sql,
  productId: string,
  keyIds: readonly string[],
): Promise<Pick<UsageRow, 'machines' | 'lastActivation'>> {
  if (keyIds.length === 0) return { machines: 0, lastActivation: null };
  // A machine stands once with each key, so what one key has need not be told apart.
  const machines = keyIds.length === 1 ? 'COUNT(*)' : 'COUNT(DISTINCT machine_id)';
  // One statement for any number of keys: a server's connections keep each one that they were given.
  const live = await onlyRow(
    sql,
    `SELECT ${machines} AS machines FROM standing
       WHERE key_id IN (SELECT key_id FROM key_product WHERE product_id = ?) AND live > 0`,
    productId,
  );
  let lastActivation: string | null = null;
  for (const keyId of keyIds) {
    const at = await lastUseOfKey(sql, keyId);
    if (at !== null && (lastActivation === null || at > lastActivation)) lastActivation = at;
  }
  return { machines: integer(live, 'machines'), lastActivation };
}

/** What the last event of a machine with a key was, of which standings keep the time. */
const LAST_TYPE = `(SELECT e.type FROM ledger_event e WHERE e.chain = s.key_id AND e.seq = s.last_seq) AS last_type`;

/** A machine that has a key activated, the next before another place in time: one look into the index. */
const LATEST = `SELECT s.key_id, s.machine_id, s.last_at, ${LAST_TYPE} FROM standing s
  WHERE s.key_id = ? AND s.live > 0 AND (s.last_at, s.machine_id) < (?, ?)
  ORDER BY s.last_at DESC, s.machine_id DESC LIMIT 1`;

/** When any machine last activated something with a key. */
async function lastUseOfKey(sql: Sql, keyId: string): Promise<string | null> {
  let last: string | null = null;
  let row = await sql.first(LATEST, keyId, '~', '');
  // A machine whose last event is older than that has no later use.
  while (row !== undefined && (last === null || text(row, 'last_at') > last)) {
    const at = await lastUse(sql, row);
    if (at !== null && (last === null || at > last)) last = at;
    row = await sql.first(LATEST, keyId, text(row, 'last_at'), text(row, 'machine_id'));
  }
  return last;
}

const LAPSING = `SELECT m.id AS machine_id, m.name AS machine, s.key_id, k.last5, s.last_at, ${LAST_TYPE},
  (SELECT COUNT(*) FROM key_product o WHERE o.key_id = k.id) AS products
  FROM standing s
  JOIN machine m ON m.id = s.machine_id
  JOIN product_key k ON k.id = s.key_id
  JOIN key_product kp ON kp.key_id = k.id
  JOIN product p ON p.id = kp.product_id
  WHERE p.id = ? AND s.live > 0 AND m.retired_on IS NULL
  ORDER BY m.name_key, k.id`;

/** Machine by machine what has to be uninstalled: licences may be used only while the membership runs (T11). */
async function* lapsingRows(
  sql: Sql,
  { catalogue, today }: Reading,
  days: number,
): AsyncIterable<LapsingRow> {
  for (const { id, name, end } of await lapsingProducts(sql, addDays(today, days))) {
    const product = factsOf(catalogue, id, name);
    for await (const row of sql.each(LAPSING, id)) {
      const last = await lastUse(sql, row, integer(row, 'products') === 1 ? undefined : id);
      if (last !== null) yield toLapsing(row, product, end, last);
    }
  }
}

/**
 * When a machine last activated something with a key, or a product of it: what failed is no use. Null if it has not
 * activated that product.
 */
async function lastUse(sql: Sql, row: Row, productId?: string): Promise<string | null> {
  const type = textOrNull(row, 'last_type');
  if (productId === undefined && (type === 'reserved' || type === 'succeeded')) return text(row, 'last_at');
  const { condition, values } = reservations(productId, undefined);
  const reserved = await sql.all(
    `SELECT subject FROM ledger_event WHERE machine_id = ? AND chain = ? AND ${condition}`,
    text(row, 'machine_id'),
    text(row, 'key_id'),
    ...values,
  );
  const uses = (await activationsOf(sql, reserved)).filter(({ status }) => status !== 'failed');
  const times = uses.map(({ at, settledAt }) => settledAt ?? at);
  return times.sort().at(-1) ?? null;
}

interface Lapsing {
  readonly id: string;
  readonly name: string;
  readonly end: IsoDate;
}

/** The same rule as below, over the grants of one product. */
function lastEnd(grants: readonly Row[]): IsoDate | null {
  const days = grants.map((row) => textOrNull(row, 'purchased'));
  return days.includes(null) ? null : lapsesOn(days.sort().at(-1) ?? null);
}

/** A product lapses when the last of its grants does; a grant whose end is unknown keeps it. The soonest end first. */
async function lapsingProducts(sql: Sql, last: IsoDate): Promise<Lapsing[]> {
  const rows = await sql.all(
    `SELECT p.id, p.name, MAX(o.purchased) AS purchased FROM entitlement e JOIN product p ON p.id = e.product_id
       LEFT JOIN offer o ON o.id = e.offer_id
       GROUP BY p.id, p.name HAVING COUNT(o.purchased) = COUNT(*) ORDER BY 3, p.name`,
  );
  return rows.flatMap((row) => {
    const end = lapsesOn(text(row, 'purchased'));
    return end === null || end > last ? [] : [{ id: text(row, 'id'), name: text(row, 'name'), end }];
  });
}

function toLapsing(row: Row, product: ProductFacts, lapses: IsoDate, last: string): LapsingRow {
  return {
    machine: text(row, 'machine'),
    productId: product.id,
    name: product.name,
    keyLast5: text(row, 'last5'),
    lapsesOn: lapses,
    lastActivation: last,
  };
}

import {
  type AppendedEvent,
  type ChainRow,
  genesis,
  nextEvent,
  type Sha256Hex,
} from '../../activation/chain.ts';
import { ACCESS_CHAIN, type EventBody, type LedgerEvent, PROFILE_CHAIN } from '../../activation/events.ts';
import { integer, onlyRow, type Row, type Sql, type Transaction, text, textOrNull } from '../../store/sql.ts';

export interface LedgerSetup {
  readonly now: () => Date;
  readonly randomId: () => string;
  readonly sha256Hex: Sha256Hex;
  /** The ledger's id, where it was read already in the same transaction. */
  readonly ledger?: string;
}

/** An event that was appended, what of its chain's count is not settled after it, and the chain for the next one. */
export type Recorded = AppendedEvent & { readonly pending: number; readonly after: LockedChain };

/** A chain as it is while its row is locked by this transaction. */
export interface LockedChain {
  readonly row: ChainRow;
  readonly pending: number;
  readonly lastAt: string | null;
}

/** Appends an event that no allowance can refuse. */
export async function recordEvent(
  sql: Transaction,
  chain: string,
  body: EventBody,
  setup: LedgerSetup,
): Promise<Recorded> {
  const [locked, ledger] = await Promise.all([
    takeChain(sql, chain, body.delta, null),
    setup.ledger ?? ledgerId(sql),
  ]);
  if (locked === undefined) throw new Error(`there is no chain ${chain}`);
  return appendTo(sql, locked, body, 0, { ...setup, ledger });
}

/** Makes a chain's row if there is none; a key's chain is opened in the profile's chain at that moment. */
export async function openChain(
  sql: Transaction,
  chain: string,
  keyLast5: string | null,
  setup: LedgerSetup,
): Promise<void> {
  const added = await sql.run(
    'INSERT INTO chain (id, used, pending, last_seq, head) VALUES (?, 0, 0, 0, ?) ON CONFLICT (id) DO NOTHING',
    chain,
    genesis(setup.ledger ?? (await ledgerId(sql)), chain, setup.sha256Hex),
  );
  if (added === 0 || chain === PROFILE_CHAIN || chain === ACCESS_CHAIN) return;
  await openChain(sql, PROFILE_CHAIN, null, setup);
  const body: EventBody = { type: 'chain-opened', delta: 0, actor: null, opened: chain, keyLast5 };
  await recordEvent(sql, PROFILE_CHAIN, body, setup);
}

/** The ledger's own random id. */
export async function ledgerId(sql: Sql): Promise<string> {
  return text(await onlyRow(sql, 'SELECT ledger FROM profile'), 'ledger');
}

/**
 * Takes a chain's row for this transaction, for an event that is then appended to it, and only if the count stays
 * within the allowance; null allows everything. Whoever comes second waits here and sees the count of the first.
 * Undefined if it does not fit, or there is no such chain.
 */
export async function takeChain(
  sql: Sql,
  chain: string,
  delta: number,
  allowed: number | null,
): Promise<LockedChain | undefined> {
  const row =
    delta <= 0 || allowed === null
      ? await sql.first(
          `UPDATE chain SET used = used + ? WHERE id = ? RETURNING ${CHAIN_COLUMNS}`,
          delta,
          chain,
        )
      : await sql.first(
          `UPDATE chain SET used = used + ? WHERE id = ? AND used + ? <= ? RETURNING ${CHAIN_COLUMNS}`,
          delta,
          chain,
          delta,
          allowed,
        );
  return row === undefined ? undefined : lockedChain(row, delta);
}

/** Takes a chain's row and counts nothing: what is read of it from here on stays true to the end of the transaction. */
export async function lockChain(sql: Sql, chain: string): Promise<LockedChain | undefined> {
  const row = await sql.first(`SELECT ${CHAIN_COLUMNS} FROM chain WHERE id = ? FOR NO KEY UPDATE`, chain);
  return row === undefined ? undefined : lockedChain(row, 0);
}

/** Takes the chain that an activation stands in; undefined if there is no such activation. */
export async function takeChainOf(sql: Sql, activationId: string): Promise<LockedChain | undefined> {
  const row = await sql.first(
    `SELECT ${CHAIN_COLUMNS} FROM chain WHERE id = (SELECT chain FROM ledger_event
       WHERE subject = ? AND chain <> '${ACCESS_CHAIN}' LIMIT 1) FOR NO KEY UPDATE`,
    activationId,
  );
  return row === undefined ? undefined : lockedChain(row, 0);
}

const CHAIN_COLUMNS = 'id, used, pending, last_seq, head, last_at';

function lockedChain(row: Row, counted: number): LockedChain {
  return {
    row: {
      chain: text(row, 'id'),
      used: integer(row, 'used') - counted,
      lastSeq: integer(row, 'last_seq'),
      head: text(row, 'head'),
    },
    pending: integer(row, 'pending'),
    lastAt: textOrNull(row, 'last_at'),
  };
}

/** What was appended in transactions that several share, by chain. */
const appendedIn = new WeakMap<Transaction, Map<string, LockedChain>>();

/**
 * Several pieces of work are done side by side in this transaction. Each of them reads a chain as it was before all of
 * them; what is appended goes behind what the others have appended all the same.
 */
export function shareChains(sql: Transaction): void {
  appendedIn.set(sql, new Map());
}

/** Appends an event to a chain that was taken for it. */
export function appendTo(
  sql: Transaction,
  taken: LockedChain,
  body: EventBody,
  pendingDelta: number,
  setup: LedgerSetup & { readonly ledger: string },
): Recorded {
  const { ledger, sha256Hex } = setup;
  const shared = appendedIn.get(sql);
  const locked = shared?.get(taken.row.chain) ?? taken;
  const stamp = { ledger, id: `v-${setup.randomId()}`, at: setup.now(), lastAt: locked.lastAt, sha256Hex };
  const appended = nextEvent(locked.row, body, stamp);
  const { event, stored, chain } = appended;
  const found = placesOf(event);
  const pending = locked.pending + pendingDelta;
  sql.post(
    `INSERT INTO ledger_event (chain, seq, text, hash, type, at, subject, machine_id, product_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    stored.chain,
    stored.seq,
    stored.text,
    stored.hash,
    event.type,
    event.at,
    found.subject,
    found.machineId,
    found.productId,
  );
  sql.post(
    'UPDATE chain SET used = ?, pending = ?, last_seq = ?, head = ?, last_at = ? WHERE id = ?',
    chain.used,
    pending,
    chain.lastSeq,
    chain.head,
    event.at,
    chain.chain,
  );
  const after = { row: chain, pending, lastAt: event.at };
  shared?.set(chain.chain, after);
  return { ...appended, pending, after };
}

/** By what an event is found again: its activation or revealed key, its machine, its product. */
export function placesOf(event: LedgerEvent): {
  readonly subject: string | null;
  readonly machineId: string | null;
  readonly productId: string | null;
} {
  return {
    subject: 'activationId' in event ? event.activationId : event.type === 'revealed' ? event.keyId : null,
    machineId: 'machine' in event ? event.machine.id : null,
    productId: 'productId' in event ? event.productId : null,
  };
}

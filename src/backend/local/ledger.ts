import {
  type AppendedEvent,
  type ChainRow,
  genesis,
  nextEvent,
  type Sha256Hex,
} from '../../activation/chain.ts';
import { ACCESS_CHAIN, type EventBody, type LedgerEvent, PROFILE_CHAIN } from '../../activation/events.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';

export interface LedgerSetup {
  readonly now: () => Date;
  readonly randomId: () => string;
  readonly sha256Hex: Sha256Hex;
  /** The ledger's id, where it was read already in the same transaction. */
  readonly ledger?: string;
}

/** An event that was appended, and what of its chain's count is not settled after it. */
export type Recorded = AppendedEvent & { readonly pending: number };

/** A chain as it is while its row is locked by this transaction. */
interface LockedChain {
  readonly row: ChainRow;
  readonly pending: number;
  readonly lastAt: string | null;
}

/** The allowance an event must fit into; null for events that are recorded whatever the count. */
export type Allowance = { readonly allowed: number | null } | null;

/**
 * Appends one event to a chain, in the caller's transaction. The first statement is the one that decides: it takes
 * the row, and takes it only if the count stays within the allowance. Whoever comes second waits here and sees the
 * count of the first. Undefined if it does not fit.
 */
export async function appendEvent(
  sql: Sql,
  chain: string,
  body: EventBody,
  pendingDelta: number,
  allowance: Allowance,
  setup: LedgerSetup,
): Promise<Recorded | undefined> {
  const locked = await lockChain(sql, chain, body.delta, allowance?.allowed ?? null);
  if (locked === undefined) return undefined;
  return store(sql, locked, body, pendingDelta, setup.ledger ?? (await ledgerId(sql)), setup);
}

/** Appends an event that no allowance can refuse. */
export async function recordEvent(
  sql: Sql,
  chain: string,
  body: EventBody,
  setup: LedgerSetup,
  pendingDelta = 0,
): Promise<Recorded> {
  const appended = await appendEvent(sql, chain, body, pendingDelta, null, setup);
  if (appended === undefined) throw new Error('an event without an allowance was refused');
  return appended;
}

/** Makes a chain's row if there is none; a key's chain is opened in the profile's chain at that moment. */
export async function openChain(
  sql: Sql,
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

/** Takes a chain's row for this transaction: what is read of the chain from here on stays true until its end. */
export async function holdChain(sql: Sql, chain: string): Promise<void> {
  await sql.run('UPDATE chain SET used = used WHERE id = ?', chain);
}

/** The ledger's own random id. */
export async function ledgerId(sql: Sql): Promise<string> {
  const row = await sql.first('SELECT ledger FROM profile');
  if (row === undefined) throw new Error('the database has no profile row');
  return text(row, 'ledger');
}

async function lockChain(
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
  if (row === undefined) return undefined;
  return { ...lockedChain(row, delta) };
}

const CHAIN_COLUMNS = 'id, used, pending, last_seq, head, last_at';

function lockedChain(row: Row, delta: number): LockedChain {
  return {
    row: {
      chain: text(row, 'id'),
      used: integer(row, 'used') - delta,
      lastSeq: integer(row, 'last_seq'),
      head: text(row, 'head'),
    },
    pending: integer(row, 'pending'),
    lastAt: textOrNull(row, 'last_at'),
  };
}

async function store(
  sql: Sql,
  locked: LockedChain,
  body: EventBody,
  pendingDelta: number,
  ledger: string,
  setup: LedgerSetup,
): Promise<Recorded> {
  const { sha256Hex } = setup;
  const stamp = { ledger, id: `v-${setup.randomId()}`, at: setup.now(), lastAt: locked.lastAt, sha256Hex };
  const appended = nextEvent(locked.row, body, stamp);
  const { event, stored, chain } = appended;
  const found = placesOf(event);
  await sql.run(
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
  await sql.run(
    'UPDATE chain SET pending = ?, last_seq = ?, head = ?, last_at = ? WHERE id = ?',
    locked.pending + pendingDelta,
    chain.lastSeq,
    chain.head,
    event.at,
    chain.chain,
  );
  return { ...appended, pending: locked.pending + pendingDelta };
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

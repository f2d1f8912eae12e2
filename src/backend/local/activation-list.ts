import { type Activation, foldActivation } from '../../activation/activations.ts';
import { parseEvent } from '../../activation/event-reader.ts';
import { ACCESS_CHAIN, type LedgerEvent } from '../../activation/events.ts';
import { AppError } from '../../errors.ts';
import { type Row, type Sql, text } from '../../store/sql.ts';
import type { ActivationFilter, Activations } from '../backend.ts';
import { machinesCalled } from './machines.ts';
import type { ProfileDatabase } from './profile-database.ts';

/** Reading what was activated, apart from planning and counting: it needs little of their code. */
export function activationList(database: ProfileDatabase): Pick<Activations, 'list' | 'show'> {
  return {
    list: (filter) => listActivations(database.reading(), filter),
    show: (id) => showActivation(database.reading(), id),
  };
}

async function showActivation(sql: Sql, activationId: string) {
  return { activation: await knownActivation(sql, activationId), events: await eventsOf(sql, activationId) };
}

/** Newest first. Each one is folded from its own few events, so a limit costs what it shows. */
async function* listActivations(
  sql: Sql,
  { product, machine, begins }: ActivationFilter,
): AsyncIterable<Activation> {
  const machines = machine === undefined ? undefined : await machinesCalled(sql, machine);
  const { condition, values } = reservations(product?.id, machines, begins);
  const statement = `SELECT subject FROM ledger_event WHERE ${condition} ORDER BY at DESC, number DESC`;
  for await (const row of sql.each(statement, ...values)) {
    const activation = await activationOf(sql, text(row, 'subject'));
    if (activation !== undefined) yield activation;
  }
}

/** What selects the reservations of a product, of machines, of ids that begin so, or all. */
export function reservations(
  productId: string | undefined,
  machines: readonly string[] | undefined,
  begins?: string,
): { readonly condition: string; readonly values: readonly string[] } {
  const conditions = ["type = 'reserved'"];
  const values: string[] = [];
  if (productId !== undefined) {
    conditions.push(OF_PRODUCT);
    values.push(productId, productId);
  }
  if (machines !== undefined) {
    conditions.push(
      machines.length === 0 ? '1 = 0' : `machine_id IN (${machines.map(() => '?').join(', ')})`,
    );
    values.push(...machines);
  }
  if (begins !== undefined) {
    // By characters, as a database counts them; a pattern would take some of them for its own.
    conditions.push(`substr(subject, 1, ${Array.from(begins).length}) = ?`);
    values.push(begins);
  }
  return { condition: conditions.join(' AND '), values };
}

/** Of reservations, those that are told of one product (given twice): `toldOf`, for a database. */
const OF_PRODUCT = `(product_id = ? OR (chain IN (SELECT key_id FROM key_product WHERE product_id = ?)
  AND product_id NOT IN (SELECT k.product_id FROM key_product k WHERE k.key_id = ledger_event.chain)))`;

/** The events of one activation as they are stored, in their order. */
export async function eventTextsOf(sql: Sql, activationId: string): Promise<string[]> {
  const rows = await sql.all(
    `SELECT text FROM ledger_event WHERE subject = ? AND chain <> '${ACCESS_CHAIN}' ORDER BY seq`,
    activationId,
  );
  return rows.map((row) => text(row, 'text'));
}

/** The events of one activation, in their order. */
export async function eventsOf(sql: Sql, activationId: string): Promise<LedgerEvent[]> {
  return (await eventTextsOf(sql, activationId)).map(parseEvent);
}

/** One activation as its events tell it; undefined if there is none. */
export async function activationOf(sql: Sql, activationId: string): Promise<Activation | undefined> {
  return foldActivation(await eventsOf(sql, activationId));
}

/** The activations that rows of reservations name, in their order. */
export async function activationsOf(sql: Sql, reserved: readonly Row[]): Promise<Activation[]> {
  const activations: Activation[] = [];
  for (const row of reserved) {
    const activation = await activationOf(sql, text(row, 'subject'));
    if (activation !== undefined) activations.push(activation);
  }
  return activations;
}

/** One activation; throws NOT_FOUND if there is none. */
export async function knownActivation(sql: Sql, activationId: string): Promise<Activation> {
  const activation = await activationOf(sql, activationId);
  if (activation !== undefined) return activation;
  throw noActivation(activationId);
}

/** What is said of an activation that there is none of, or none for whoever asks. */
export function noActivation(activationId: string): AppError {
  return new AppError('NOT_FOUND', `There is no activation ${activationId.slice(0, 40)}.`, {
    hint: 'See: mpn-benefits activations list',
  });
}

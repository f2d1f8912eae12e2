/** A ledger of any size, by the same rules as the real one and with everything that is kept beside the events. */
import type { EventBody, LedgerEvent } from '../src/activation/events.ts';
import { randomId, sha256Hex } from '../src/backend/local/crypto.ts';
import { appendTo, ledgerId, openChain, takeChain } from '../src/backend/local/ledger.ts';
import { applyToMachines, applyToStanding } from '../src/backend/local/machines.ts';
import { type Transaction, text } from '../src/store/sql.ts';
import { openSqlite } from '../src/store/sqlite.ts';

/** Events in one transaction. */
const CHUNK = 20_000;
const FIRST_DAY = Date.parse('2024-01-01T00:00:00.000Z');

/** Activates and settles machine after machine with every key of the profile, until so many events are written. */
export async function writeEvents(file: string, count: number): Promise<void> {
  const database = openSqlite(file, { ledger: 'nobody', vaultId: 'nobody' });
  const keys = await database.all(
    `SELECT k.id, k.last5, kp.product_id FROM product_key k JOIN key_product kp ON kp.key_id = k.id ORDER BY k.id`,
  );
  const pairs = (count - keys.length) / 2;
  for (let done = 0; done < pairs; ) {
    const end = Math.min(pairs, done + CHUNK / 2);
    await database.write(async (sql) => {
      for (; done < end; done += 1) {
        const key = keys[done % keys.length];
        if (key === undefined) throw new Error('the profile has no key');
        const place = { id: text(key, 'id'), last5: text(key, 'last5'), productId: text(key, 'product_id') };
        await activate(sql, place, Math.floor(done / keys.length), done);
      }
    });
  }
  await database.close();
}

interface Key {
  readonly id: string;
  readonly last5: string;
  readonly productId: string;
}

async function activate(sql: Transaction, key: Key, machineNumber: number, minute: number): Promise<void> {
  const at = new Date(FIRST_DAY + minute * 60_000);
  const setup = { now: () => at, randomId, sha256Hex };
  const machine = { id: `m-${machineNumber}`, name: `machine-${machineNumber}` };
  const activationId = `a-${randomId()}`;
  await openChain(sql, key.id, key.last5, setup);
  const record = async (body: EventBody, pending: number, live: number): Promise<LedgerEvent> => {
    const taken = await takeChain(sql, key.id, body.delta, null);
    if (taken === undefined) throw new Error(`there is no chain ${key.id}`);
    const { event } = appendTo(sql, taken, body, pending, { ...setup, ledger: await ledgerId(sql) });
    applyToStanding(sql, event, machine.id, live);
    return event;
  };
  const reserved = await record(
    {
      type: 'reserved',
      delta: 1,
      actor: null,
      activationId,
      productId: key.productId,
      keyLast5: key.last5,
      machine,
      hardware: null,
      scenario: 'new-machine',
      assumed: null,
      reasons: ['The machine is not known.'],
      policy: 'documented',
      via: 'manual',
      purpose: 'internal',
      reason: null,
    },
    1,
    1,
  );
  await applyToMachines(sql, reserved);
  await record({ type: 'succeeded', delta: 0, actor: null, activationId, code: null, reason: null }, -1, 0);
}

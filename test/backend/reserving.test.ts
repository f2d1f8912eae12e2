import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HardwareProfile } from '../../src/activation/hardware.ts';
import { readHardwareProfile } from '../../src/activation/hardware-file.ts';
import type { CountedPlan } from '../../src/activation/plan-types.ts';
import type { ActivationRequest } from '../../src/backend/backend.ts';
import { localActivations } from '../../src/backend/local/activations.ts';
import { beginChange } from '../../src/backend/local/changes.ts';
import { randomId, sha256Hex } from '../../src/backend/local/crypto.ts';
import { backendOver } from '../../src/backend/local/local.ts';
import type { KnownStates } from '../../src/backend/local/product-state.ts';
import type { ProfileDatabase } from '../../src/backend/local/profile-database.ts';
import { reserveWithin } from '../../src/backend/local/reserving.ts';
import { environmentKey } from '../../src/credentials/environment-key.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { type Data, fillWithSamples, makeVault, openData } from '../../src/service/data.ts';
import { VAULT_KEY } from '../helpers/cli.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';
import { writeHardware } from '../process/activate-support.ts';
import { requestFor } from './reserve-many.ts';

let folder = '';
let postgres: TestPostgres | undefined;

async function openSamples(url: string | undefined, file: string): Promise<Data> {
  const source = environmentKey(VAULT_KEY);
  const data = await openData(
    {
      url,
      file,
      vaultKey: async () => source,
      vaultKeyPlace: async () => 'environment',
      keychain: async () => source,
      policy: 'documented',
      now: () => new Date(),
    },
    true,
  );
  await makeVault(data);
  await fillWithSamples(data);
  return data;
}

const DRIVERS = [
  { name: 'SQLite', available: true },
  { name: 'PostgreSQL', available: requires('postgresql', postgresAvailable()) },
] as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-reserving-'));
  if (DRIVERS[1].available) postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const [number, driver] of DRIVERS.entries()) {
  describe.skipIf(!driver.available)(
    `a machine that changes between plan and reservation, in ${driver.name}`,
    () => {
      let data: Data;
      beforeEach(async () => {
        const url = number === 0 ? undefined : await postgres?.newDatabase();
        data = await openSamples(url, join(folder, randomId(), 'benefits.db'));
        return () => data.database.close();
      });

      /** Activations whose plan is made, and then, before anything of it is written, something happens. */
      const interrupted = (happens: () => Promise<unknown>) => {
        let waits = true;
        const database: ProfileDatabase = {
          ...data.database,
          write: async (work) => {
            if (waits) {
              waits = false;
              await happens();
            }
            return data.database.write(work);
          },
        };
        return activationsOf(database);
      };
      const activationsOf = (database: ProfileDatabase) =>
        localActivations({
          database,
          planning: () => ({
            catalogue: data.parts.catalogue,
            programs: data.parts.programs,
            today: new Date().toISOString().slice(0, 10),
            policy: 'documented',
          }),
          ledger: { now: () => new Date(), randomId, sha256Hex },
        });
      const product = (id: string) => {
        const facts = data.parts.catalogue.byId(id);
        if (facts === null) throw new Error(`no product ${id}`);
        return facts;
      };
      const planned = async (request: ActivationRequest): Promise<CountedPlan> => {
        const plan = await backendOver(data.parts).activations.plan(request);
        if (plan.status !== 'planned') throw new Error('nothing is counted');
        return plan;
      };
      /** One activation by somebody else, from its plan to its end. */
      const byOthers = async (request: ActivationRequest) => {
        const { activations } = backendOver(data.parts);
        const { performed } = await activations.reserve(request, await planned(request), 'them');
        await activations.settle(performed.activationId, {
          outcome: 'succeeded',
          code: null,
          reason: null,
          actor: 'them',
        });
      };
      const machine = (name: string, board = name): HardwareProfile => {
        const file = writeHardware(folder, name, {
          baseboardSerial: `board of ${board}`,
          systemUuid: `uuid of ${board}`,
        });
        return readHardwareProfile(JSON.parse(readFileSync(file, 'utf8')), HARDWARE_TABLE);
      };
      const office = (name: string, more: Partial<ActivationRequest> = {}): ActivationRequest => ({
        ...requestFor(product('office-proplus-2019'), name),
        ...more,
      });
      const machines = async () => {
        const found = [];
        for await (const row of backendOver(data.parts).machines.list()) found.push(row);
        return found;
      };
      const sound = async () =>
        expect(await backendOver(data.parts).ledger.verify(undefined)).toMatchObject({ ok: true });

      it('retired: it is planned again, as another machine of that name', async () => {
        const request = office('pc-01', { assume: 'unchanged', reason: 'a test' });
        const confirmed = await planned(request);
        const ours = interrupted(() => backendOver(data.parts).machines.retire('pc-01', 'sold', 'them'));
        const { plan } = await ours.reserve(request, confirmed, 'us');
        expect(confirmed.machine.id).not.toBeNull();
        expect(plan.machine.id).toBeNull();
        const named = (await machines()).filter(({ name }) => name === 'pc-01');
        expect(named.map(({ id, retiredOn }) => [id === confirmed.machine.id, retiredOn !== null])).toEqual(
          expect.arrayContaining([
            [true, true],
            [false, false],
          ]),
        );
        await sound();
      });

      it('retired, and known by its hardware: it is planned again, and in use again', async () => {
        await byOthers(office('pc-h', { hardware: machine('pc-h') }));
        const request = office('pc-h', { hardware: machine('pc-h') });
        const confirmed = await planned(request);
        const ours = interrupted(() => backendOver(data.parts).machines.retire('pc-h', 'sold', 'them'));
        const { plan } = await ours.reserve(request, confirmed, 'us');
        expect(confirmed.machine).toMatchObject({ returns: false });
        expect(plan.machine).toMatchObject({ id: confirmed.machine.id, returns: true });
        expect((await machines()).find(({ name }) => name === 'pc-h')).toMatchObject({ retiredOn: null });
        await sound();
      });

      it('renamed: it is planned again, and nothing is recorded of it under its former name', async () => {
        await byOthers(office('pc-old', { hardware: machine('pc-old') }));
        const request = office('pc-old', { assume: 'unchanged', reason: 'a test' });
        const confirmed = await planned(request);
        const server = {
          ...office('pc-new', { hardware: machine('pc-new', 'pc-old') }),
          product: product('ws-standard-2019'),
        };
        const ours = interrupted(() => byOthers(server));
        const { plan } = await ours.reserve(request, confirmed, 'us');
        expect(confirmed.machine.id).not.toBeNull();
        expect(plan.machine).toMatchObject({ id: null, name: 'pc-old' });
        expect((await machines()).find(({ id }) => id === confirmed.machine.id)).toMatchObject({
          name: 'pc-new',
        });
        await sound();
      });

      it('given other hardware: it is no more the machine with the hardware of before', async () => {
        await byOthers(office('pc-a', { hardware: machine('pc-a') }));
        const request = office('pc-b', { hardware: machine('pc-b', 'pc-a') });
        const confirmed = await planned(request);
        const server = {
          ...office('pc-a', { hardware: machine('pc-a', 'pc-z') }),
          product: product('ws-standard-2019'),
        };
        const ours = interrupted(() => byOthers(server));
        expect(confirmed.machine).toMatchObject({ renamedFrom: 'pc-a' });
        const { plan } = await ours.reserve(request, confirmed, 'us');
        expect(plan.machine).toMatchObject({ id: null, name: 'pc-b', renamedFrom: null });
        expect((await machines()).find(({ id }) => id === confirmed.machine.id)).toMatchObject({
          name: 'pc-a',
        });
        await sound();
      });

      it('retired, with its activation still pending: that is not continued', async () => {
        const { activations } = backendOver(data.parts);
        const request = office('pc-p', { assume: 'new', reason: 'a test' });
        await activations.reserve(request, await planned(request), 'us');
        const again = office('pc-p', { assume: 'unchanged', reason: 'a test' });
        const confirmed = await planned(again);
        const ours = interrupted(() => backendOver(data.parts).machines.retire('pc-p', 'sold', 'them'));
        const { plan } = await ours.reserve(again, confirmed, 'us');
        expect(confirmed.continues).not.toBeNull();
        expect(plan).toMatchObject({ continues: null, machine: { id: null } });
        await sound();
      });

      it('and a product that was changed in a transaction that is taken back is not remembered', async () => {
        const known: KnownStates = new Map();
        const ledger = { now: () => new Date(), randomId, sha256Hex };
        const planning = () => ({
          catalogue: data.parts.catalogue,
          programs: data.parts.programs,
          today: new Date().toISOString().slice(0, 10),
          policy: 'documented' as const,
          known,
        });
        const request = office('pc-n', { assume: 'new', reason: 'a test' });
        const takenBack = data.database.write(async (sql) => {
          await beginChange(sql);
          await sql.run('UPDATE product_key SET allowed = 1000');
          await reserveWithin(sql, request, 'us', { planning, ledger });
          throw new Error('taken back');
        });
        await expect(takenBack).rejects.toThrow('taken back');
        expect([...known.keys()]).toEqual([]);
      });
    },
  );
}

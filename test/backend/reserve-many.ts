import { join } from 'node:path';
import type { ActivationRequest } from '../../src/backend/backend.ts';
import { randomId, sha256Hex } from '../../src/backend/local/crypto.ts';
import { factsOf } from '../../src/backend/local/products.ts';
import { ProfileFile } from '../../src/backend/local/profile-database.ts';
import { reserveWithin } from '../../src/backend/local/reserving.ts';
import { CATALOGUE_DATA } from '../../src/data/catalogue.ts';
import { FAMILIES_DATA } from '../../src/data/families.ts';
import { PROGRAMS_DATA } from '../../src/data/offers.ts';
import { createCatalogue } from '../../src/entitlements/catalogue.ts';
import { createPrograms } from '../../src/entitlements/programs.ts';
import { madeUpActivation } from '../helpers/activation-request.ts';

export const OFFICE = 'office-proplus-2019';

/** What a profile's activations are made with. */
export function setupOf(home: string) {
  const database = new ProfileFile(join(home, 'profiles', 'default', 'benefits.db'));
  const catalogue = createCatalogue(CATALOGUE_DATA, FAMILIES_DATA);
  const programs = createPrograms(PROGRAMS_DATA);
  const planning = () => ({ catalogue, programs, today: '2026-11-24', policy: 'documented' as const });
  const ledger = { now: () => new Date(), randomId, sha256Hex };
  const product = factsOf(catalogue, OFFICE, 'Microsoft Office Professional Plus 2019');
  return { database, planning, ledger, product };
}

/** One activation of a machine that nothing is known of. */
export function requestFor(product: ActivationRequest['product'], machine: string): ActivationRequest {
  return { product, wish: {}, ...madeUpActivation(machine) };
}

/** Reserves activations of so many machines in one transaction. */
export async function reserveMany(home: string, count: number): Promise<void> {
  const { database, product, ...setup } = setupOf(home);
  await database.write(async (sql) => {
    for (let number = 0; number < count; number += 1) {
      await reserveWithin(sql, requestFor(product, `pc-${number}`), 'tester', setup);
    }
  });
  await database.close();
}

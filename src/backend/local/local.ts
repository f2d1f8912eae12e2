import type { PolicyId } from '../../activation/policy.ts';
import { type Catalogue, createCatalogue } from '../../entitlements/catalogue.ts';
import { createPrograms, type Programs } from '../../entitlements/offers.ts';
import { CATALOGUE_DATA } from '../../data/catalogue.ts';
import { FAMILIES_DATA } from '../../data/families.ts';
import { PROGRAMS_DATA } from '../../data/offers.ts';
import type { Backend, Imports } from '../backend.ts';
import { localEntitlements } from './entitlements.ts';
import type { ImportSetup } from './imports.ts';
import { localOffers } from './offers.ts';
import { ProfileDatabase } from './profile-database.ts';
import type { VaultSetup } from './vault.ts';

export interface LocalSetup {
  readonly databaseFile: string;
  readonly sandbox: boolean;
  readonly policy: PolicyId;
  readonly now: () => Date;
  /** The user's calendar day. */
  readonly today: () => string;
  /** Twelve random characters or more, digits and small letters. */
  readonly randomId: () => string;
  readonly randomUuid: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly vault: VaultSetup;
}

/** A profile that lives on this machine. */
export async function localBackend(setup: LocalSetup): Promise<Backend> {
  const database = new ProfileDatabase(setup.databaseFile, setup.randomUuid);
  const catalogue = createCatalogue(CATALOGUE_DATA, FAMILIES_DATA);
  const programs = createPrograms(PROGRAMS_DATA);
  const imports = (): Promise<ImportSetup> => importSetup(setup, database, catalogue, programs);
  if (setup.sandbox) await prepareSandbox(database, setup, imports);
  return {
    entitlements: localEntitlements({
      database,
      programs,
      reading: () => ({ catalogue, today: setup.today() }),
    }),
    imports: onDemand(async () => (await import('./imports.ts')).localImports(await imports())),
    offers: localOffers({ database, programs, today: setup.today, policy: setup.policy }),
    create: () => database.write(async () => {}),
    close: () => database.close(),
  };
}

/** Importing is a chunk of its own: `list` and `show` do not load what it needs. */
function onDemand(load: () => Promise<Imports>): Imports {
  return {
    begin: async (options) => (await load()).begin(options),
    async *list() {
      yield* (await load()).list();
    },
    undo: async (id) => (await load()).undo(id),
  };
}

async function importSetup(
  setup: LocalSetup,
  database: ProfileDatabase,
  catalogue: Catalogue,
  programs: Programs,
): Promise<ImportSetup> {
  const { profileVault, rehearsalVault } = await import('./vault.ts');
  return {
    database,
    catalogue,
    programs,
    now: setup.now,
    today: setup.today,
    randomId: setup.randomId,
    vault: (transaction) => profileVault(transaction, setup.vault),
    rehearsalVault: (transaction) => rehearsalVault(transaction, setup.vault),
  };
}

async function prepareSandbox(
  database: ProfileDatabase,
  setup: LocalSetup,
  imports: () => Promise<ImportSetup>,
): Promise<void> {
  const state = await database.reading().first('SELECT sandbox_made_on FROM profile');
  if (state !== undefined && state['sandbox_made_on'] !== null) return;
  const { fillSandbox } = await import('./sandbox.ts');
  const prepared = await imports();
  await database.write((transaction) => fillSandbox(transaction, prepared, setup.randomBytes));
}

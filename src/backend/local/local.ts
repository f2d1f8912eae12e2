import type { Sha256Hex } from '../../activation/chain.ts';
import type { PolicyId } from '../../activation/policy.ts';
import type { VaultKeyPlace } from '../../credentials/vault-key-source.ts';
import { CATALOGUE_DATA } from '../../data/catalogue.ts';
import { FAMILIES_DATA } from '../../data/families.ts';
import { PROGRAMS_DATA } from '../../data/offers.ts';
import { type Catalogue, createCatalogue } from '../../entitlements/catalogue.ts';
import { createPrograms, type Programs } from '../../entitlements/programs.ts';
import type { Sql } from '../../store/sql.ts';
import type { VaultKeySource } from '../../vault/vault.ts';
import type {
  Activations,
  Backend,
  Imports,
  Keys,
  Ledger,
  Machines,
  Offers,
  ProfileCopies,
  Usage,
  VaultKeys,
} from '../backend.ts';
import type { Reading } from './entitlement-rows.ts';
import { localEntitlements } from './entitlements.ts';
import type { ImportSetup } from './import-file.ts';
import type { LedgerSetup } from './ledger.ts';
import type { KnownStates, PlanSetup } from './product-state.ts';
import type { ProfileDatabase } from './profile-database.ts';
import type { VerifierSetup } from './verify/threads.ts';

export interface LocalSetup {
  /** Where `database` is a file: that file. What works on files as a whole is for those only. */
  readonly databaseFile: string;
  readonly database: ProfileDatabase;
  readonly sandbox: boolean;
  /** Of offers that have none of their own. */
  readonly policy: PolicyId;
  /** The user's calendar day. */
  readonly today: () => string;
  readonly now: () => Date;
  /** Randomness and hashes, loaded by the first part that writes. */
  readonly crypto: () => Promise<LocalCrypto>;
  readonly vaultKey: () => Promise<VaultKeySource>;
  /** What kind of place that is. */
  readonly vaultKeyPlace: () => Promise<VaultKeyPlace>;
  /** The keychain, whatever else holds the key. */
  readonly keychain: () => Promise<VaultKeySource>;
  /** The file of the program that verifies ledgers in threads of its own; without it one is verified in this one. */
  readonly ledgerVerifier?: string | undefined;
  /** What planning remembers of products, in a process that plans for many. */
  readonly known?: KnownStates;
}

export interface LocalCrypto {
  readonly sha256Hex: Sha256Hex;
  /** Twelve characters, digits and small letters. */
  readonly randomId: () => string;
  readonly randomUuid: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** What the parts of a local backend share. */
export interface Parts extends LocalSetup {
  readonly catalogue: Catalogue;
  readonly programs: Programs;
}

/**
 * A profile that lives on this machine. Listing and showing are here; every other part is a chunk of its own that
 * is loaded with its first call.
 */
export async function localBackend(setup: LocalSetup): Promise<Backend> {
  const parts = createParts(setup);
  if (setup.sandbox) await prepareSandbox(parts);
  return backendOver(parts);
}

/** What is made once, however many backends are made of it. */
export function createParts(setup: LocalSetup): Parts {
  const catalogue = createCatalogue(CATALOGUE_DATA, FAMILIES_DATA);
  return { ...setup, catalogue, programs: createPrograms(PROGRAMS_DATA) };
}

/** A backend of these parts: a service makes one over each transaction. */
export function backendOver(parts: Parts): Backend {
  const { database, programs } = parts;
  return {
    entitlements: localEntitlements({ database, programs, reading: readingOf(parts) }),
    imports: imports(parts),
    offers: offers(parts),
    keys: keys(parts),
    activations: activations(parts),
    machines: machines(parts),
    usage: usage(parts),
    ledger: ledger(parts),
    vaultKeys: vaultKeys(parts),
    copies: copies(parts),
    create: () => database.write(async () => {}),
    close: () => database.close(),
  };
}

function readingOf({ catalogue, today }: Parts): () => Reading {
  return () => ({ catalogue, today: today() });
}

function imports(parts: Parts): Imports {
  const load = async () => (await import('./imports.ts')).localImports(await importSetup(parts));
  return {
    begin: async (options) => (await load()).begin(options),
    async *list() {
      yield* (await load()).list();
    },
    undo: async (id) => (await load()).undo(id),
  };
}

async function ledgerSetup(parts: Parts): Promise<LedgerSetup> {
  const { sha256Hex, randomId } = await parts.crypto();
  return { now: parts.now, randomId, sha256Hex };
}

/** What importing needs. */
export async function importSetup(parts: Parts): Promise<ImportSetup> {
  const { profileVault, rehearsalVault } = await import('./vault.ts');
  const { randomId, randomBytes } = await parts.crypto();
  const vault = { source: parts.vaultKey, randomBytes };
  return {
    database: parts.database,
    catalogue: parts.catalogue,
    programs: parts.programs,
    now: parts.now,
    today: parts.today,
    randomId,
    sandbox: parts.sandbox,
    vault: (transaction) => profileVault(transaction, vault),
    rehearsalVault: (transaction) => rehearsalVault(transaction, vault),
  };
}

function offers(parts: Parts): Offers {
  const load = async () =>
    (await import('./offers.ts')).localOffers({ ...parts, ledger: await ledgerSetup(parts) });
  return {
    list: async () => (await load()).list(),
    set: async (offer, changes, actor) => (await load()).set(offer, changes, actor),
  };
}

function keys(parts: Parts): Keys {
  const load = async () => {
    const [{ localKeys }, { existingVault }] = await Promise.all([import('./keys.ts'), import('./vault.ts')]);
    const { randomBytes } = await parts.crypto();
    const vault = (sql: Sql) => existingVault(sql, { source: parts.vaultKey, randomBytes });
    const { database } = parts;
    return localKeys({ database, reading: readingOf(parts), ledger: await ledgerSetup(parts), vault });
  };
  return {
    list: async (product) => (await load()).list(product),
    refundAtStake: async (keyId) => (await load()).refundAtStake(keyId),
    reveal: async (keyId, access, accept) => (await load()).reveal(keyId, access, accept),
    async *history(product) {
      yield* (await load()).history(product);
    },
    mark: async (keyId, mark, reason) => (await load()).mark(keyId, mark, reason),
  };
}

function activations(parts: Parts): Activations {
  const { database } = parts;
  const planning = planningOf(parts);
  const load = async () =>
    (await import('./activations.ts')).localActivations({
      database,
      planning,
      ledger: await ledgerSetup(parts),
    });
  const read = async () => (await import('./activation-list.ts')).activationList(database);
  return {
    plan: async (request) => (await load()).plan(request),
    reserve: async (request, confirmed, actor) => (await load()).reserve(request, confirmed, actor),
    settle: async (id, settlement) => (await load()).settle(id, settlement),
    async *list(filter) {
      yield* (await read()).list(filter);
    },
    show: async (id) => (await read()).show(id),
    adjust: async (request) => (await load()).adjust(request),
  };
}

function planningOf(parts: Parts): () => PlanSetup {
  const { catalogue, programs, policy, known } = parts;
  return () => ({ catalogue, programs, today: parts.today(), policy, known });
}

function machines(parts: Parts): Machines {
  const load = async () =>
    (await import('./machine-list.ts')).localMachines(parts.database, await ledgerSetup(parts));
  return {
    async *list() {
      yield* (await load()).list();
    },
    show: async (name) => (await load()).show(name),
    retire: async (name, reason, actor) => (await load()).retire(name, reason, actor),
  };
}

function usage(parts: Parts): Usage {
  const load = async () => (await import('./usage.ts')).localUsage(parts.database, readingOf(parts));
  return {
    async *list(product) {
      yield* (await load()).list(product);
    },
    async *lapsing(days) {
      yield* (await load()).lapsing(days);
    },
  };
}

function ledger(parts: Parts): Ledger {
  const load = async () =>
    (await import('./ledger-export.ts')).localLedger(
      parts.database,
      (await parts.crypto()).sha256Hex,
      verifierOf(parts),
    );
  return {
    export: async () => (await load()).export(),
    verify: async (earlier) => (await load()).verify(earlier),
    sinceHead: async (head) => (await load()).sinceHead(head),
  };
}

/** Until there are so many events, a ledger is verified before a thread is ready. */
const MANY_EVENTS = 50_000;
/** Verifying holds one key's activations; without a limit Node lets garbage lie that fills several times as much. */
const HEAP_MIB = 32;

function verifierOf({ ledgerVerifier, databaseFile }: Parts): VerifierSetup | undefined {
  if (ledgerVerifier === undefined) return undefined;
  return { program: ledgerVerifier, databaseFile, fromEvents: MANY_EVENTS, heapMiB: HEAP_MIB };
}

function vaultKeys(parts: Parts): VaultKeys {
  const load = async () =>
    (await import('./vault-keys.ts')).localVaultKeys({ ...parts, crypto: await parts.crypto() });
  return {
    status: async () => (await load()).status(),
    rotate: async (ownKey) => (await load()).rotate(ownKey),
    adopt: async () => (await load()).adopt(),
  };
}

function copies(parts: Parts): ProfileCopies {
  const load = async () => {
    const { localCopies } = await import('./profile-copy.ts');
    const crypto = await parts.crypto();
    return localCopies({ ...parts, crypto, ledger: await ledgerSetup(parts) });
  };
  return {
    moveOut: async (access, checkSize) => (await load()).moveOut(access, checkSize),
    export: async (access) => (await load()).export(access),
    import: async (contents) => (await load()).import(contents),
  };
}

/** Fills a sandbox unless it is filled. */
export async function prepareSandbox(parts: Parts): Promise<void> {
  const state = await parts.database.reading().first('SELECT sandbox_made_on FROM profile');
  if (state !== undefined && state['sandbox_made_on'] !== null) return;
  const { fillSandbox } = await import('./sandbox.ts');
  const importing = await importSetup(parts);
  const activating = { planning: planningOf(parts), ledger: await ledgerSetup(parts) };
  const { randomBytes } = await parts.crypto();
  await parts.database.write((transaction) =>
    fillSandbox(transaction, { importing, activating, randomBytes }),
  );
}

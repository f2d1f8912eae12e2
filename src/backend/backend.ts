import type { Activation } from '../activation/activations.ts';
import type { ChainEnd, StoredEvent } from '../activation/chain.ts';
import type { Assumption, LedgerEvent, Purpose, Via } from '../activation/events.ts';
import type { HardwareProfile } from '../activation/hardware.ts';
import type { MachineRow } from '../activation/machines.ts';
import type { ActivationPlan, CountedPlan } from '../activation/plan-types.ts';
import type { PolicyId } from '../activation/policy.ts';
import type { Performed } from '../activation/reserve.ts';
import type { Settlement } from '../activation/settle.ts';
import type { EarlierLedger, LedgerReport } from '../activation/verify.ts';
import type {
  ActivationNumbers,
  EntitlementState,
  IsoDate,
  ProductFacts,
  ProductKind,
} from '../entitlements/types.ts';
import type { ImportFormat, ImportItem } from '../importers/record.ts';
import type { KeyMark, KeyWish } from '../keys/choose.ts';
import type { Secret } from '../keys/secret.ts';
import type {
  AdjustReport,
  AliasReport,
  EntitlementRow,
  FileReport,
  ImportSummary,
  KeyView,
  LapsingRow,
  OfferView,
  RevealView,
  UndoReport,
  UsageRow,
  VaultStatus,
} from './rows.ts';

/** Which rows `list` gives, and in which order. */
export interface EntitlementFilter {
  readonly text?: string | undefined;
  readonly program?: string | undefined;
  readonly kind?: ProductKind | undefined;
  readonly needsActivation?: boolean | undefined;
  readonly withKey?: boolean | undefined;
  /** Ends within so many days from today: soonest first. */
  readonly expiring?: number | undefined;
  readonly state?: EntitlementState | undefined;
}

/** Everything a profile knows of one product. What the catalogue says comes with it as facts. */
export interface ProductView {
  readonly facts: ProductFacts;
  /** Names it came under, besides its own. */
  readonly aliases: readonly string[];
  /** Sentences that stood in place of keys, and notes about its offers. */
  readonly notes: readonly string[];
  readonly entitlements: readonly EntitlementRow[];
  readonly activations: ActivationNumbers;
  readonly keys: readonly KeyView[];
}

export interface Entitlements {
  /** By name, or soonest end first if `expiring` is asked for. */
  list(filter: EntitlementFilter): AsyncIterable<EntitlementRow>;
  /** Throws NOT_FOUND, AMBIGUOUS with the nearest candidates. */
  find(query: string): Promise<ProductFacts>;
  show(product: ProductFacts): Promise<ProductView>;
  /**
   * Joins an imported name, and what came under it alone, to a product; to the one that the name itself tells, to take it
   * back. Throws NOT_FOUND, AMBIGUOUS, USAGE.
   */
  alias(importedName: string, product: ProductFacts): Promise<AliasReport>;
}

/** One file, read: what it holds comes on demand. */
export interface ImportFile {
  readonly name: string;
  readonly format: ImportFormat;
  readonly items: AsyncIterable<ImportItem>;
}

export interface ImportOptions {
  readonly dryRun: boolean;
  readonly strict: boolean;
  readonly force: boolean;
  /** As typed; null if not given. */
  readonly offer: string | null;
  readonly onProgress?: (records: number) => void;
}

/** One import that is being stored: file by file, each in a transaction of its own. */
export interface ImportRun {
  /** Throws INVALID_DATA and stores nothing of this file if it cannot be read to its end, or with --strict. */
  add(file: ImportFile): Promise<FileReport>;
  readonly id: string | null;
  /** Things to tell the user once. */
  readonly warnings: readonly string[];
}

export interface Imports {
  begin(options: ImportOptions): Promise<ImportRun>;
  list(): AsyncIterable<ImportSummary>;
  /** Throws NOT_FOUND, USAGE if it is undone already. */
  undo(id: string): Promise<UndoReport>;
}

export interface OfferChanges {
  readonly purchased?: IsoDate | undefined;
  readonly policy?: PolicyId | undefined;
}

export interface Offers {
  list(): Promise<readonly OfferView[]>;
  /** Throws USAGE for an unknown program. */
  set(offer: string, changes: OfferChanges, actor: string | null): Promise<OfferView>;
}

/** Who takes a key out, why, and by which way: what the access log holds. */
export interface KeyAccess {
  readonly productId: string | null;
  readonly actor: string | null;
  /** The pipeline's own name for the job; null outside of one. */
  readonly job: string | null;
  readonly purpose: string | null;
  /** `shown`, `copied`, `written`, `injected` and the like. */
  readonly way: string;
  /** A file, variable or machine; null if there is none. */
  readonly target: string | null;
}

export interface RevealedKey {
  readonly key: Secret;
  readonly view: KeyView;
}

/** A refund that the first look at a key would give away (T7). */
export interface RefundAtStake {
  readonly offer: string;
  readonly until: IsoDate;
}

export interface Keys {
  /** The keys of a product, or all of them. */
  list(product: ProductFacts | undefined): Promise<readonly KeyView[]>;
  refundAtStake(keyId: string): Promise<RefundAtStake | null>;
  /**
   * Recorded durably before the key is given. Where the key is opened here, `accept` sees it before that and may throw,
   * so that nothing is recorded of a key that cannot be used; a team service has recorded it when we get it. Throws
   * NOT_FOUND, KEYCHAIN_…, VAULT_…, STORAGE_UNAVAILABLE.
   */
  reveal(keyId: string, access: KeyAccess, accept?: (revealed: RevealedKey) => void): Promise<RevealedKey>;
  /** Newest first. */
  history(product: ProductFacts | undefined): AsyncIterable<RevealView>;
  mark(keyId: string, mark: KeyMark, reason: string): Promise<KeyView>;
}

/** What one activation is asked for. */
export interface ActivationRequest {
  readonly product: ProductFacts;
  readonly wish: KeyWish;
  readonly machine: string;
  /** Null if it was neither read nor given. */
  readonly hardware: HardwareProfile | null;
  readonly assume: Assumption | null;
  readonly reason: string | null;
  readonly purpose: Purpose;
  readonly via: Via;
}

/** A reservation that is durable: it counts until it is settled as failed. */
export interface Reservation {
  /** The plan that was reserved: made again if the one that was confirmed had lost a race. */
  readonly plan: CountedPlan;
  readonly performed: Performed;
}

export interface ActivationFilter {
  readonly product?: ProductFacts | undefined;
  readonly machine?: string | undefined;
  /** A hint that so many are enough: a backend that has them at hand asks nobody else. It may give more. */
  readonly limit?: number | undefined;
  /** Only those whose id begins so. A backend may give others too, if that is all it can ask for. */
  readonly begins?: string | undefined;
}

export interface AdjustRequest {
  readonly product: ProductFacts;
  readonly key: string | undefined;
  /** Null to set the allowance alone. */
  readonly target: { readonly used: number } | { readonly remaining: number } | null;
  readonly allowed: number | null;
  readonly reason: string;
  readonly actor: string | null;
}

export interface Activations {
  /** Computes an activation and changes nothing. Throws USAGE, NOT_FOUND, AMBIGUOUS. */
  plan(request: ActivationRequest): Promise<ActivationPlan>;
  /** Throws ACTIVATION_LIMIT_REACHED; CONFIRMATION_REQUIRED if it became dearer than what was confirmed. */
  reserve(request: ActivationRequest, confirmed: CountedPlan, actor: string | null): Promise<Reservation>;
  /** Throws NOT_FOUND, USAGE. Without an event if the same outcome is recorded already. */
  settle(activationId: string, settlement: Settlement): Promise<Activation>;
  /** Newest first. */
  list(filter: ActivationFilter): AsyncIterable<Activation>;
  show(
    activationId: string,
  ): Promise<{ readonly activation: Activation; readonly events: readonly LedgerEvent[] }>;
  adjust(request: AdjustRequest): Promise<AdjustReport>;
}

/** The ledger as a whole: what an auditor gets. */
export interface Ledger {
  readonly export: () => Promise<LedgerExport>;
  verify(earlier: EarlierLedger | undefined): Promise<LedgerReport>;
  /** How many events came after a head noted earlier; undefined if it never was this ledger's. */
  sinceHead(head: string): Promise<number | undefined>;
}

export interface LedgerExport {
  readonly ledger: string;
  readonly chains: readonly ChainEnd[];
  readonly head: string;
  readonly events: AsyncIterable<StoredEvent>;
}

export interface Machines {
  /** The last seen first. */
  list(): AsyncIterable<MachineRow>;
  /** Throws NOT_FOUND, AMBIGUOUS. */
  show(name: string): Promise<MachineView>;
  /** Throws NOT_FOUND, AMBIGUOUS, USAGE if it is retired already. */
  retire(name: string, reason: string, actor: string | null): Promise<MachineRow>;
}

export interface MachineView {
  readonly row: MachineRow;
  readonly activations: readonly Activation[];
}

export interface Usage {
  list(product: ProductFacts | undefined): AsyncIterable<UsageRow>;
  /** Grants that lapse within so many days, or have lapsed, with the machines that use them. */
  lapsing(days: number): AsyncIterable<LapsingRow>;
}

export type VaultChange = {
  readonly vaultId: string;
  readonly location: string;
  readonly sealed: number;
};

export interface VaultKeys {
  /** Changes nothing, and never fails because of the key. */
  status(): Promise<VaultStatus>;
  /**
   * Seals everything with a new key: one that is made and kept where the old one was, or the given one, which is
   * kept nowhere. Throws VAULT_KEY_…, KEYCHAIN_…, USAGE, STORAGE_UNAVAILABLE; then the old key is still the key.
   */
  rotate(ownKey: Secret | undefined): Promise<VaultChange & { readonly leftover: string | null }>;
  /** Puts the environment's key into the keychain. Throws USAGE, VAULT_KEY_…, KEYCHAIN_…. */
  adopt(): Promise<VaultChange & { readonly stored: boolean }>;
}

/** Everything of a profile, to keep or to take elsewhere. */
export interface ProfileContents {
  /** Null if it has no vault yet. */
  readonly vaultKey: Secret | null;
  readonly exportedOn: IsoDate;
  /** A consistent copy of the database, to be read once. */
  readonly database: AsyncIterable<Uint8Array>;
}

export interface ProfileExport extends ProfileContents {
  /** How many product keys are in it; each is in the access log already. */
  readonly keys: number;
  /** Remembers that there is an export, once it is safe. */
  readonly done: () => Promise<void>;
  /** Removes what is left of the database's copy. */
  readonly close: () => void;
}

/** One row that moves; what is sealed at rest is opened. */
export type MovingRow = Readonly<Record<string, string | number | null | Secret>>;

/** Everything of a profile, to be sealed anew elsewhere. */
export interface MovingProfile {
  readonly schema: number;
  readonly ledger: string;
  readonly head: string;
  readonly tables: Readonly<Record<string, readonly MovingRow[]>>;
}

export interface ProfileCopies {
  /**
   * Opens everything for a move to a team's service; each key is in the access log first. Throws NOT_FOUND if there
   * is nothing, INVALID_DATA if the ledger is not sound, VAULT_KEY_…, KEYCHAIN_….
   * @param checkSize is told of about how many bytes will be sent, and throws if they are too many, before any key
   *   counts as taken out
   */
  moveOut(access: Omit<KeyAccess, 'productId'>, checkSize: (bytes: number) => void): Promise<MovingProfile>;
  /** Throws VAULT_KEY_…, KEYCHAIN_…, STORAGE_UNAVAILABLE. */
  export(access: Omit<KeyAccess, 'productId'>): Promise<ProfileExport>;
  /**
   * Fills this profile, which must be empty. Throws USAGE if it is not, INVALID_DATA, KEYCHAIN_…,
   * STORAGE_UNAVAILABLE; then nothing is there that was not before.
   */
  import(contents: ProfileContents): Promise<{ readonly keys: number }>;
}

/** What commands speak to: one profile, wherever it lives. */
export interface Backend {
  readonly entitlements: Entitlements;
  readonly imports: Imports;
  readonly offers: Offers;
  readonly keys: Keys;
  readonly activations: Activations;
  readonly machines: Machines;
  readonly usage: Usage;
  readonly ledger: Ledger;
  readonly vaultKeys: VaultKeys;
  readonly copies: ProfileCopies;
  /** Makes the profile's database, empty, if there is none. */
  create(): Promise<void>;
  close(): Promise<void>;
}

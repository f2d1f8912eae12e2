import type { AllowedBasis, KeyState } from '../activation/numbers.ts';
import type { PolicyId } from '../activation/policy.ts';
import type { OfferStatus } from '../entitlements/offers.ts';
import type {
  ActivationNumbers,
  EntitlementState,
  IsoDate,
  ProductKind,
  Unit,
} from '../entitlements/types.ts';
import type { ImportFormat } from '../importers/record.ts';
import type { KeyType } from '../keys/product-key.ts';

/*
 * What a profile answers with, as commands print it. Scripts rely on these names: they are added to, never changed.
 */

/** One line of `list`; the JSON contract. A product with keys and no entitlement has the source `keys only`. */
export type EntitlementRow = {
  readonly id: string;
  readonly productId: string;
  readonly name: string;
  readonly kind: ProductKind;
  readonly source: string;
  readonly program: string | null;
  readonly quantity: number | null;
  readonly unit: Unit | null;
  readonly activateBy: IsoDate | null;
  readonly lapsesOn: IsoDate | null;
  readonly requiresKey: boolean | null;
  readonly requiresActivation: boolean | null;
  readonly isCal: boolean | null;
  readonly keyCount: number;
  readonly activations: ActivationNumbers;
  readonly state: EntitlementState;
};

/** The fields of EntitlementRow in their order. */
export const ENTITLEMENT_FIELDS = [
  'id',
  'productId',
  'name',
  'kind',
  'source',
  'program',
  'quantity',
  'unit',
  'activateBy',
  'lapsesOn',
  'requiresKey',
  'requiresActivation',
  'isCal',
  'keyCount',
  'activations',
  'state',
] as const satisfies readonly (keyof EntitlementRow)[];

/** The source of a row that stands for keys without an entitlement. */
export const KEYS_ONLY = 'keys only';

/** One product key as it may be shown; the JSON contract of `key --list` and `show`. */
export type KeyView = {
  readonly id: string;
  readonly productIds: readonly string[];
  readonly last5: string;
  readonly type: KeyType;
  readonly state: KeyState;
  readonly unlimited: boolean;
  readonly allowed: number | null;
  readonly allowedBasis: AllowedBasis;
  readonly used: number;
  readonly pending: number;
  readonly remaining: number | null;
  readonly claimedOn: IsoDate | null;
  readonly revealedAt: string | null;
  readonly note: string | null;
  /** Why it is marked blocked or retired, or was marked active again; null if it never was. */
  readonly markReason: string | null;
};

export type AliasReport = {
  readonly name: string;
  readonly productId: string;
  /** The product that is no longer there because all of it moved; null if none. */
  readonly merged: string | null;
  readonly entitlements: number;
  readonly keys: number;
};

type PlacedReason = { readonly place: string; readonly reason: string };

/** What became of one file; the JSON contract of `import`. */
export type FileReport = {
  readonly file: string;
  readonly format: ImportFormat;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly skipped: readonly PlacedReason[];
  readonly rejected: readonly PlacedReason[];
};

export type ImportReport = {
  /** Null for a dry run, which stores nothing that could be undone. */
  readonly id: string | null;
  readonly dryRun: boolean;
  readonly files: readonly FileReport[];
};

export type ImportSummary = {
  readonly id: string;
  readonly at: string;
  readonly undoneAt: string | null;
  readonly files: readonly FileReport[];
};

export type UndoReport = {
  readonly id: string;
  readonly removed: {
    readonly entitlements: number;
    readonly keys: number;
    readonly notes: number;
    readonly products: number;
  };
  readonly restored: number;
  readonly kept: readonly string[];
};

/** One offer; the JSON contract of `offer list`. */
export type OfferView = {
  readonly program: string;
  readonly part: string;
  readonly purchased: IsoDate | null;
  readonly anniversary: IsoDate | null;
  readonly benefitsEnd: IsoDate | null;
  readonly refundUntil: IsoDate | null;
  readonly status: OfferStatus;
  readonly policy: PolicyId;
};

/** One line of `key --history`; the JSON contract. */
export type RevealView = {
  readonly id: string;
  readonly at: string;
  readonly keyId: string;
  readonly last5: string;
  readonly productId: string | null;
  readonly actor: string | null;
  readonly job: string | null;
  readonly purpose: string | null;
  readonly way: string;
  readonly target: string | null;
};

export type AdjustReport = {
  readonly productId: string;
  readonly keyLast5: string;
  readonly usedBefore: number;
  readonly usedAfter: number;
  readonly allowed: number | null;
  readonly remaining: number | null;
};

/** One line of `usage`; the JSON contract. */
export type UsageRow = {
  readonly productId: string;
  readonly name: string;
  readonly sources: readonly string[];
  /** Sum of the quantities, if all have one unit. */
  readonly granted: number | null;
  readonly unit: Unit | null;
  readonly allowed: number | null;
  readonly used: number;
  readonly pending: number;
  readonly remaining: number | null;
  readonly unlimited: boolean;
  readonly overUse: number;
  readonly keys: number;
  readonly sharedWith: readonly string[];
  readonly machines: number;
  readonly lastActivation: string | null;
  readonly lapsesOn: IsoDate | null;
};

/** What must be uninstalled when a membership lapses. */
export type LapsingRow = {
  readonly machine: string;
  readonly productId: string;
  readonly name: string;
  readonly keyLast5: string;
  readonly lapsesOn: IsoDate;
  readonly lastActivation: string;
};

/** What is known of a profile's vault without telling its key; the JSON contract of `vault status`. */
export type VaultStatus = {
  readonly place: 'file' | 'environment' | 'keychain';
  /** The place in words. */
  readonly location: string;
  readonly vaultId: string;
  /** `none`: no key was ever imported, so there is no vault key either. */
  readonly key: 'right' | 'wrong' | 'missing' | 'unknown' | 'none';
  /** Why it is not `right`; null if it is. */
  readonly problem: string | null;
  /** Product keys and texts that are sealed with it. */
  readonly sealed: number;
  /** A change of the key was interrupted and left the key of another vault behind. */
  readonly leftover: boolean;
  /** The last day on which the profile was exported. */
  readonly exportedOn: IsoDate | null;
};

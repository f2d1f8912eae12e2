import type { EventMachine } from '../activation/events.ts';
import type { PolicyId } from '../activation/policy.ts';
import type { ActivationNumbers, ProductFacts } from '../entitlements/types.ts';
import type { KeyType } from '../keys/product-key.ts';
import type { CheckDescription, CheckResult } from './checks.ts';
import { placeCode } from './codes.ts';
import type { Code, KnowledgeIndex } from './knowledge.ts';
import type { LicenseStatus } from './types.ts';

/** A key as the ledger sees it. */
export interface KeyFacts {
  readonly last5: string;
  readonly type: KeyType;
  readonly numbers: ActivationNumbers;
}

/** A reservation without an outcome: it holds a count that settling may give back. */
export interface PendingFacts {
  readonly activationId: string;
  readonly machine: EventMachine;
  readonly at: string;
}

/** Told from others by its id: a machine that took another's place has the same name. */
export interface MachineFacts extends EventMachine {
  readonly activations: number;
  /** Day, or null if it is in use as far as is known. */
  readonly retiredOn: string | null;
}

/** What the tool could read by itself, so that nobody is asked for it. */
export interface WalkFacts {
  readonly product: ProductFacts | null;
  /** Last five characters of the key that was seen; null if none was. */
  readonly seenLast5: string | null;
  /** That key, else the one that troubles are likely about; null if the ledger holds none, or not the one seen. */
  readonly key: KeyFacts | null;
  /** Sum of the grants in unit `activations`; null if there are none. */
  readonly granted: number | null;
  readonly pending: readonly PendingFacts[];
  /** Machines that this key was activated on. */
  readonly machines: readonly MachineFacts[];
  /** Other keys of the product, or products near it, that still have room. */
  readonly otherKeys: readonly {
    readonly last5: string;
    readonly product: string;
    readonly remaining: number | null;
  }[];
  readonly policy: PolicyId | null;
  /** Ids of programmes that the membership consists of, as in `action-pack`. */
  readonly programs: readonly string[];
  readonly checks: readonly CheckResult[];
}

/** Nothing known: no profile, no product, no checks. */
export const NO_FACTS: WalkFacts = {
  product: null,
  seenLast5: null,
  key: null,
  granted: null,
  pending: [],
  machines: [],
  otherKeys: [],
  policy: null,
  programs: [],
  checks: [],
};

/** What a walk began with, as far as it answers questions. */
interface Entry {
  readonly codes: readonly Code[];
  readonly status: LicenseStatus | null;
}

const KEY_TYPES: Readonly<Partial<Record<KeyType, string>>> = {
  mak: 'mak',
  retail: 'retail',
  oem: 'oem',
  'kms-host': 'kms-host',
  'kms-client-generic': 'kms-client',
};

const STATES: Readonly<Record<LicenseStatus, string>> = {
  unlicensed: 'unlicensed',
  licensed: 'licensed',
  'initial-grace': 'grace',
  'additional-grace': 'hardware',
  'non-genuine-grace': 'non-genuine',
  notification: 'notification',
  'extended-grace': 'notification',
};

/**
 * Answers to questions of the walkthrough by the name of their fact: what stands in the ledger, the product's
 * facts, the codes at hand or a check's result is never asked. Unknown facts are left out.
 */
export function knownAnswers(
  facts: WalkFacts,
  entry: Entry,
  index: KnowledgeIndex,
  checks: readonly CheckDescription[],
): ReadonlyMap<string, string> {
  return new Map(
    [
      ...fromChecks(facts.checks, checks),
      ...fromKey(facts),
      ...fromProduct(facts.product),
      ...fromEntry(entry, index),
    ].filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

type Pair = readonly [string, string | undefined];

function fromChecks(results: readonly CheckResult[], checks: readonly CheckDescription[]): readonly Pair[] {
  return results.flatMap(({ id, result }): readonly Pair[] => {
    const check = checks.find((description) => description.id === id);
    const value = check?.values?.[result];
    if (check?.fact === undefined || value === undefined) return [];
    // A licensed product has a status; that of one that is not has to be told apart by asking.
    const status: readonly Pair[] =
      check.fact === 'licensed' && value === 'yes' ? [['license-status', 'licensed']] : [];
    return [[check.fact, value], ...status];
  });
}

function fromKey({ key, pending, otherKeys, product }: WalkFacts): readonly Pair[] {
  if (key === null) return [['has-key', product?.requiresKey.value === 'no' ? 'no' : undefined]];
  const type = KEY_TYPES[key.type];
  const against =
    type === 'kms-client' ? 'kms' : type === 'mak' || type === 'retail' ? 'microsoft' : undefined;
  return [
    ['has-key', 'yes'],
    ['key-type', type],
    ['activates-against', against],
    ['pending', pending.length > 0 || key.numbers.pending > 0 ? 'some' : 'none'],
    ['room-elsewhere', otherKeys.length > 0 ? 'some' : 'none'],
  ];
}

function fromProduct(product: ProductFacts | null): readonly Pair[] {
  if (product === null) return [];
  const { kind } = product;
  const family = kind === 'office-client' ? 'office' : kind.endsWith('-os') ? 'windows' : undefined;
  const activation = product.requiresActivation.value;
  return [
    ['product-family', family],
    ['on-mac', family === 'windows' ? 'no' : undefined],
    ['requires-activation', activation === 'unknown' ? undefined : activation],
    ['cal-kind', calKind(product)],
  ];
}

/** RDS CALs are the enforced exception (T9). */
function calKind({ name, isCal }: ProductFacts): string | undefined {
  if (/management licen[cs]e/i.test(name)) return 'management';
  if (isCal.value === 'no') return 'none';
  if (isCal.value === 'unknown') return undefined;
  return /remote desktop|\brds\b/i.test(name) ? 'rds' : 'server';
}

function fromEntry({ codes, status }: Entry, index: KnowledgeIndex): readonly Pair[] {
  const limit = codes.some((code) => placeCode(code, index).scenario === 'limit-reached');
  return [
    ['limit-said-by', limit ? 'microsoft' : undefined],
    ['store-damaged', codes.includes('0xC004E002') ? 'yes' : undefined],
    ['license-status', status === null ? undefined : STATES[status]],
    ['licensed', status === null ? undefined : status === 'licensed' ? 'yes' : 'no'],
  ];
}

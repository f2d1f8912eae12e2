import { AppError } from '../errors.ts';
import { compare } from './order.ts';
import type { KeyType } from './product-key.ts';

export const KEY_MARKS = ['active', 'blocked', 'retired'] as const;
/** What an admin has said of a key (`key --mark`). */
export type KeyMark = (typeof KEY_MARKS)[number];

/** What the choice among keys needs to know of one. */
export interface ChoosableKey {
  readonly id: string;
  readonly last5: string;
  readonly type: KeyType;
  readonly mark: KeyMark;
  /** The ledger's number; null if unknown. */
  readonly remaining: number | null;
  /** True if the key is not counted. */
  readonly unlimited: boolean;
  /** Day, `YYYY-MM-DD`; null if unknown. */
  readonly claimedOn: string | null;
}

/** What the user asked for: a key by id or last characters, or keys of one type. */
export interface KeyWish {
  readonly key?: string | undefined;
  readonly type?: KeyType | undefined;
}

export interface RankedKey<Key extends ChoosableKey> {
  readonly key: Key;
  /** Why it stands where it stands, for `--verbose`. */
  readonly reason: string;
}

export interface KeyChoice<Key extends ChoosableKey> {
  /** Best first. */
  readonly ranked: readonly RankedKey<Key>[];
  readonly left: readonly RankedKey<Key>[];
}

/** Types that are given out only if asked for. */
const ASKED_FOR_ONLY: ReadonlySet<KeyType> = new Set(['kms-host', 'kms-client-generic', 'oem', 'custom']);

function stock(key: ChoosableKey): 0 | 1 | 2 {
  if (key.unlimited) return 0;
  if (key.remaining === null) return 1;
  return key.remaining > 0 ? 0 : 2;
}

function left(key: ChoosableKey): number {
  if (key.unlimited) return Number.POSITIVE_INFINITY;
  return key.remaining ?? 0;
}

/** Known remaining > 0, then unknown, then the rest; most remaining; claimed first, unknown last; id. */
function byStock(a: ChoosableKey, b: ChoosableKey): number {
  return (
    compare(stock(a), stock(b)) ||
    compare(left(b), left(a)) ||
    compare(a.claimedOn ?? '9999-99-99', b.claimedOn ?? '9999-99-99') ||
    compare(a.id, b.id)
  );
}

function stockReason(key: ChoosableKey): string {
  if (key.unlimited) return 'not counted';
  if (key.remaining === null) return 'remaining unknown';
  return `${key.remaining} remaining`;
}

const BY_TYPE = 'only with --key or --type';

/** Why a key is not given out without being asked for; null if it may be. */
function leftOut(key: ChoosableKey, wish: KeyWish): string | null {
  if (wish.type !== undefined && key.type !== wish.type) return `its type is ${key.type}, not ${wish.type}`;
  if (key.mark !== 'active') return `marked ${key.mark}; only with --key`;
  if (wish.type === undefined && ASKED_FOR_ONLY.has(key.type)) {
    return `its type is ${key.type}; ${BY_TYPE}`;
  }
  return null;
}

/** The keys that a person may mean: the one of an id, else those of these last characters, also with the dots in front. */
export function keysCalled<Key extends Pick<ChoosableKey, 'id' | 'last5'>>(
  keys: readonly Key[],
  name: string,
): readonly Key[] {
  const last = name.replace(/^(…|\.{3})/, '').toUpperCase();
  const byId = keys.filter(({ id }) => id === name.toLowerCase());
  return byId.length > 0 ? byId : keys.filter(({ last5 }) => last5.toUpperCase() === last);
}

/** The one key that is called so. Throws NOT_FOUND, AMBIGUOUS. */
export function keyCalled<Key extends Pick<ChoosableKey, 'id' | 'last5'>>(
  keys: readonly Key[],
  name: string,
  where: 'of this product' | 'of this profile',
): Key {
  const matches = keysCalled(keys, name);
  const [first, ...others] = matches;
  if (first === undefined) {
    const list = where === 'of this product' ? 'key <product> --list' : 'key --list';
    throw new AppError('NOT_FOUND', `No key ${where} has that id or those last characters.`, {
      hint: `List them with: mpn-benefits ${list}`,
      details: { keys: keys.map((key) => key.last5) },
    });
  }
  if (others.length > 0) {
    const ids = matches.map((key) => key.id);
    throw new AppError('AMBIGUOUS', `Several keys ${where} end in those characters.`, {
      hint: `Name one by its id: ${ids.join(', ')}`,
      details: { keys: ids },
    });
  }
  return first;
}

/**
 * The keys that `key` may give out, best first, and those left out, with reasons.
 * @throws AppError NOT_FOUND, AMBIGUOUS for a key asked for by `--key`.
 */
export function rankKeys<Key extends ChoosableKey>(keys: readonly Key[], wish: KeyWish): KeyChoice<Key> {
  if (wish.key !== undefined) {
    const key = keyCalled(keys, wish.key, 'of this product');
    if (wish.type !== undefined && wish.type !== key.type) {
      throw new AppError('NOT_FOUND', `The type of key …${key.last5} is ${key.type}, not ${wish.type}.`, {
        hint: 'Leave --type away, or name another key.',
        details: { keys: [key.last5] },
      });
    }
    return { ranked: [{ key, reason: 'asked for' }], left: [] };
  }
  const ranked: RankedKey<Key>[] = [];
  const left: RankedKey<Key>[] = [];
  for (const key of [...keys].sort(byStock)) {
    const reason = leftOut(key, wish);
    if (reason === null) ranked.push({ key, reason: stockReason(key) });
    else left.push({ key, reason });
  }
  return { ranked, left };
}

/** The same for `activate`: smallest cost for this machine first, an unknown cost (infinite) last. */
export function rankByCost<Key extends ChoosableKey>(
  ranked: readonly RankedKey<Key>[],
  cost: (key: Key) => number,
): RankedKey<Key>[] {
  // Sorting is stable: equal costs stay in the order of rankKeys.
  return ranked
    .map(({ key, reason }) => ({
      key,
      reason: `${Number.isFinite(cost(key)) ? `costs ${cost(key)}` : 'cost unknown'}, ${reason}`,
    }))
    .sort((a, b) => compare(cost(a.key), cost(b.key)));
}

/**
 * The key that `key` gives out.
 * @throws AppError NOT_FOUND with the reason that applies, AMBIGUOUS.
 */
export function chooseKey<Key extends ChoosableKey>(keys: readonly Key[], wish: KeyWish): RankedKey<Key> {
  const choice = rankKeys(keys, wish);
  const [best] = choice.ranked;
  if (best === undefined) throw noKey(choice, wish);
  return best;
}

/** The error for a product none of whose keys may be given out. */
export function noKey<Key extends ChoosableKey>(choice: KeyChoice<Key>, wish: KeyWish): AppError {
  if (choice.left.length === 0) {
    return new AppError('NOT_FOUND', 'This product has no key here.', {
      hint: 'Import one: mpn-benefits import key <product>',
    });
  }
  const reasons = choice.left.map(({ key, reason }) => `…${key.last5}: ${reason}`);
  const what = wish.type === undefined ? 'No key of this product' : `No ${wish.type} key of this product`;
  return new AppError('NOT_FOUND', `${what} is given out by itself (${reasons.join('; ')}).`, {
    hint: choice.left.some(({ reason }) => reason.endsWith(BY_TYPE))
      ? 'Name one with --key, or a type with --type.'
      : 'Name one with --key.',
    details: { keys: reasons },
  });
}

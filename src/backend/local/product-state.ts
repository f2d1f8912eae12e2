import { type CountedKey, type GrantedQuantity, type Pool, poolsOf } from '../../activation/numbers.ts';
import { type PolicyId, policyNamed, stricterOf } from '../../activation/policy.ts';
import { POLICIES } from '../../data/policies.ts';
import type { Catalogue } from '../../entitlements/catalogue.ts';
import { endedProgramsNote, lapsesOn, type OfferFacts, offerFacts } from '../../entitlements/offers.ts';
import type { Programs } from '../../entitlements/programs.ts';
import type { ProductFacts, Tri } from '../../entitlements/types.ts';
import { integer, onlyRow, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import { COUNTED_KEY, GRANT, toCountedKey, toGrant } from './counting.ts';
import { factsOf, storedFacts } from './products.ts';

/** What planning needs besides the database. */
export interface PlanSetup {
  readonly catalogue: Catalogue;
  readonly programs: Programs;
  readonly today: string;
  /** Of keys whose offers have none. */
  readonly policy: PolicyId;
  /** Remembers what it read of products, for a process that plans for many. */
  readonly known?: KnownStates | undefined;
}

interface StatedKey extends Omit<CountedKey, 'used' | 'pending'> {
  readonly last5: string;
  readonly claimedOn: string | null;
  readonly policy: PolicyId;
}

/** What a plan needs of a product, but for its counts: it changes only when administrators change something. */
export interface ProductState {
  readonly dates: readonly { readonly activateBy: string | null; readonly lapsesOn: string | null }[];
  readonly keys: readonly StatedKey[];
  readonly grants: readonly GrantedQuantity[];
  readonly facts: ReadonlyMap<string, Tri>;
  /** Told before one more is counted; null unless all its entitlements are of ended programs. */
  readonly endedNote: string | null;
}

/** What is used and pending of each key that has a chain. */
export type Used = ReadonlyMap<string, { readonly used: number; readonly pending: number }>;

/** What a profile is known by at one moment. */
export interface ProfileState {
  readonly ledger: string;
  /** Raised by whatever administrators change. */
  readonly changes: number;
}

export async function profileState(sql: Sql): Promise<ProfileState> {
  return toProfileState(await onlyRow(sql, 'SELECT ledger, changes FROM profile'));
}

function toProfileState(row: Row | undefined): ProfileState {
  if (row === undefined) throw new Error('the database has no profile row');
  return { ledger: text(row, 'ledger'), changes: integer(row, 'changes') };
}

/** States as they were when a profile had a number of changes; for whoever plans again and again. */
export type KnownStates = Map<
  string,
  { readonly of: string; readonly state: ProductState; readonly product: ProductFacts }
>;

/** A profile has many products, but few of them are planned at a time. */
const MOST_STATES = 500;

/**
 * The state of a product with what is used of its keys, and the profile's own state from before both. A state that is
 * known is read again when somebody changed anything, and so is what the product is called.
 */
export async function readProductState(
  sql: Sql,
  product: ProductFacts,
  setup: PlanSetup,
): Promise<{
  readonly product: ProductFacts;
  readonly profile: ProfileState;
  readonly state: ProductState;
  readonly used: Used;
}> {
  const nameOf = ({ ledger, changes }: ProfileState): string => `${ledger} ${changes} ${setup.today}`;
  const known = setup.known?.get(product.id);
  if (known !== undefined) {
    const { profile, used } = await readUsed(sql, product.id);
    if (nameOf(profile) === known.of) return { product: known.product, profile, state: known.state, used };
  }
  const [{ profile, used }, facts, state, after] = await Promise.all([
    readUsed(sql, product.id),
    setup.catalogue.byId(product.id) ?? storedFacts(sql, setup.catalogue, product.id),
    readState(sql, product, setup),
    profileState(sql),
  ]);
  const current = facts ?? product;
  // Only what nobody changed meanwhile is true of that number of changes.
  if (setup.known !== undefined && nameOf(profile) === nameOf(after)) {
    if (setup.known.size >= MOST_STATES) setup.known.clear();
    setup.known.set(product.id, { of: nameOf(profile), state, product: current });
  }
  return { product: current, profile, state, used };
}

/** The pools of the product's keys. */
export function poolsOfState({ keys, grants, facts }: ProductState, used: Used): ReadonlyMap<string, Pool> {
  return poolsOf({
    keys: keys.map((key) => ({ ...key, ...(used.get(key.id) ?? { used: 0, pending: 0 }) })),
    entitlements: grants,
    requiresActivation: (id) => facts.get(id) ?? 'unknown',
  });
}

async function readUsed(
  sql: Sql,
  productId: string,
): Promise<{ readonly profile: ProfileState; readonly used: Used }> {
  const rows = await sql.all(
    `SELECT p.ledger, p.changes, c.id, c.used, c.pending FROM profile p
       LEFT JOIN key_product kp ON kp.product_id = ? LEFT JOIN chain c ON c.id = kp.key_id`,
    productId,
  );
  const chains = rows.filter((row) => row['id'] !== null);
  return {
    profile: toProfileState(rows[0]),
    used: new Map(
      chains.map((row) => [
        text(row, 'id'),
        { used: integer(row, 'used'), pending: integer(row, 'pending') },
      ]),
    ),
  };
}

const KEYS = 'SELECT key_id FROM key_product WHERE product_id = ?';

async function readState(sql: Sql, product: ProductFacts, setup: PlanSetup): Promise<ProductState> {
  const [entitlements, keys, links, offers] = await Promise.all([
    sql.all(
      `SELECT ${GRANT}, o.program, o.source
         FROM entitlement e LEFT JOIN offer o ON o.id = e.offer_id WHERE e.product_id = ?`,
      product.id,
    ),
    sql.all(
      `SELECT ${COUNTED_KEY}, k.last5, k.claimed_on FROM product_key k WHERE k.id IN (${KEYS}) ORDER BY k.id`,
      product.id,
    ),
    sql.all(
      `SELECT kp.key_id, p.id, p.name FROM key_product kp JOIN product p ON p.id = kp.product_id
         WHERE kp.key_id IN (${KEYS}) ORDER BY kp.key_id, p.id`,
      product.id,
    ),
    // Of the offers a key was imported for, and of those that grant its products.
    sql.all(
      `SELECT ko.key_id, o.policy FROM key_offer ko JOIN offer o ON o.id = ko.offer_id WHERE ko.key_id IN (${KEYS})
       UNION SELECT kp.key_id, o.policy FROM key_product kp JOIN entitlement e ON e.product_id = kp.product_id
         JOIN offer o ON o.id = e.offer_id WHERE kp.key_id IN (${KEYS})`,
      product.id,
      product.id,
    ),
  ]);
  const facts = new Map<string, Tri>();
  for (const row of links) {
    const id = text(row, 'id');
    facts.set(id, factsOf(setup.catalogue, id, text(row, 'name')).requiresActivation.value);
  }
  facts.set(product.id, product.requiresActivation.value);
  const ofKey = (rows: readonly Row[], id: string): Row[] => rows.filter((row) => row['key_id'] === id);
  return {
    dates: entitlements.map((row) => ({
      activateBy: textOrNull(row, 'activate_by'),
      lapsesOn: lapsesOn(textOrNull(row, 'purchased')),
    })),
    grants: entitlements.map((row) => toGrant(row, product.id, setup.today)),
    facts,
    endedNote: endedProgramsNote(
      entitlements.map((row) => offerOf(row, setup.programs)),
      setup.today,
      setup.programs,
    ),
    keys: keys.map((row) => {
      const id = text(row, 'id');
      const productIds = ofKey(links, id).map((link) => text(link, 'id'));
      return {
        ...toCountedKey(row, productIds),
        last5: text(row, 'last5'),
        claimedOn: textOrNull(row, 'claimed_on'),
        policy: policyOf(ofKey(offers, id), setup.policy),
      };
    }),
  };
}

function offerOf(row: Row, programs: Programs): OfferFacts | null {
  const program = textOrNull(row, 'program');
  if (program === null) return null;
  return offerFacts(
    { program, purchased: textOrNull(row, 'purchased'), source: text(row, 'source') },
    programs,
  );
}

/** The strictest of the policies of a key's offers. */
function policyOf(offers: readonly Row[], standard: PolicyId): PolicyId {
  const policies = offers.map((row) => policyNamed(row['policy'], standard));
  return stricterOf(POLICIES, policies, standard);
}

import type { Activation } from '../../activation/activations.ts';
import { stricterOf } from '../../activation/policy.ts';
import type { Backend, ProductView } from '../../backend/backend.ts';
import type { KeyView } from '../../backend/rows.ts';
import type { Context } from '../../context.ts';
import { POLICIES } from '../../data/policies.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { type KeyFacts, type MachineFacts, NO_FACTS, type WalkFacts } from '../../troubleshooting/facts.ts';
import { policySetting } from '../shared/policy-setting.ts';
import { ifAllowed } from './if-allowed.ts';

/** Of which product and key, if it is known, and what the machine's checks saw. */
type About = Pick<WalkFacts, 'product' | 'seenLast5' | 'checks'>;

/** What this profile knows of a product: nobody is asked for it. */
export async function gatherFacts(about: About, context: Context): Promise<WalkFacts> {
  const { product, seenLast5, checks } = about;
  const backend = await context.backend();
  const programs = await programsOf(backend);
  if (product === null) return { ...NO_FACTS, seenLast5, programs, checks };
  const view = await backend.entitlements.show(product);
  const key = keyInQuestion(view.keys, seenLast5);
  const activations: Activation[] = [];
  for await (const activation of backend.activations.list({ product })) activations.push(activation);
  const own = activations.filter(({ keyId }) => keyId === key?.id);
  return {
    product: view.facts,
    seenLast5,
    key: key === undefined ? null : keyFacts(key),
    granted: grantedActivations(view),
    pending: own
      .filter(({ status }) => status === 'pending')
      .map(({ activationId, machine, at }) => ({ activationId, machine, at })),
    machines: await machinesOf(own, backend),
    otherKeys: view.keys
      .filter((other) => other.id !== key?.id && hasRoom(other))
      .map((other) => ({ last5: other.last5, product: view.facts.name, remaining: other.remaining })),
    policy: await policyOf(view, backend, context),
    programs,
    checks,
  };
}

/** The product that a key with these last characters belongs to; null if there is none, or more than one. */
export async function productOfKey(last5: string, backend: Backend): Promise<ProductFacts | null> {
  const keys = (await backend.keys.list(undefined)).filter((key) => key.last5 === last5);
  const ids = new Set(keys.flatMap(({ productIds }) => productIds));
  const [id, ...others] = ids;
  return id === undefined || others.length > 0 ? null : backend.entitlements.find(id);
}

/** The key that was seen, and no other; if none was, the counted one with the least room: troubles are about that one. */
function keyInQuestion(keys: readonly KeyView[], seenLast5: string | null): KeyView | undefined {
  if (seenLast5 !== null) return keys.find(({ last5 }) => last5 === seenLast5);
  const room = ({ unlimited, remaining }: KeyView): number =>
    unlimited ? Number.MAX_VALUE : (remaining ?? Number.MAX_SAFE_INTEGER);
  const usable = keys.filter(({ state }) => state !== 'retired' && state !== 'blocked');
  return (usable.length > 0 ? usable : keys).toSorted((a, b) => room(a) - room(b))[0];
}

function keyFacts({ last5, type, used, pending, allowed, remaining, unlimited }: KeyView): KeyFacts {
  return { last5, type, numbers: { used, pending, allowed, remaining, unlimited } };
}

function hasRoom({ state, unlimited, remaining }: KeyView): boolean {
  return state !== 'retired' && state !== 'blocked' && !unlimited && (remaining === null || remaining > 0);
}

function grantedActivations({ entitlements }: ProductView): number | null {
  const quantities = entitlements
    .filter(({ unit }) => unit === 'activations')
    .map(({ quantity }) => quantity);
  const known = quantities.filter((quantity) => quantity !== null);
  return known.length === 0 || known.length < quantities.length
    ? null
    : known.reduce((sum, quantity) => sum + quantity, 0);
}

async function machinesOf(
  activations: readonly Activation[],
  backend: Backend,
): Promise<readonly MachineFacts[]> {
  const byId = new Map<string, MachineFacts>();
  for (const { machine, delta } of activations) {
    const found = byId.get(machine.id) ?? { ...machine, activations: 0, retiredOn: null };
    byId.set(machine.id, { ...found, activations: found.activations + delta });
  }
  if (byId.size > 0) {
    await ifAllowed(async () => {
      for await (const { id, retiredOn } of backend.machines.list()) {
        const found = byId.get(id);
        if (found !== undefined && retiredOn !== null)
          byId.set(id, { ...found, retiredOn: retiredOn.slice(0, 10) });
      }
    });
  }
  return [...byId.values()].filter(({ activations: count }) => count > 0);
}

/** The stricter of the policies of the product's offers; the setting if there is none; null if nobody may say. */
async function policyOf(
  { entitlements }: ProductView,
  backend: Backend,
  context: Context,
): Promise<WalkFacts['policy']> {
  const programs = new Set(entitlements.map(({ program }) => program));
  const all = await ifAllowed(() => backend.offers.list());
  if (all === null) return null;
  const offers = all.filter(({ program }) => programs.has(program));
  const policies = offers.map(({ policy }) => policy);
  return stricterOf(POLICIES, policies, policySetting(context));
}

async function programsOf(backend: Backend): Promise<readonly string[]> {
  const programs = new Set<string>();
  for await (const { program } of backend.entitlements.list({})) if (program !== null) programs.add(program);
  return [...programs];
}

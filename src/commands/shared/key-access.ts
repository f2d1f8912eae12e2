import type { Backend, KeyAccess } from '../../backend/backend.ts';
import type { KeyView } from '../../backend/rows.ts';
import type { Context } from '../../context.ts';
import { counted } from '../../counted.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { type ChoosableKey, chooseKey, type KeyWish, rankKeys } from '../../keys/choose.ts';
import { detectCi } from '../../provisioning/pipeline/ci.ts';
import { confirm } from '../../terminal/prompts.ts';

/** A key as the choice sees it. */
type Choosable = ChoosableKey & { readonly view: KeyView };

export interface KeyDemand extends KeyWish {
  readonly minRemaining?: number | undefined;
}

/** The key that was chosen; `only`: the product has no other. */
interface ChosenKey {
  readonly view: KeyView;
  readonly only: boolean;
}

/**
 * The key to give out for a product. Explains the choice with --verbose. Throws NOT_FOUND with the reason why there
 * is none, AMBIGUOUS, ACTIVATION_LIMIT_REACHED if fewer activations remain than demanded.
 */
export async function keyFor(
  product: ProductFacts,
  demand: KeyDemand,
  backend: Backend,
  context: Context,
): Promise<ChosenKey> {
  const keys = (await backend.keys.list(product)).map(toChoosable);
  if (keys.length === 0) throw await noKeyOf(product);
  const { key, reason } = chooseKey(keys, demand);
  const { ranked, left } = rankKeys(keys, demand);
  for (const { key: other, reason: why } of [...ranked, ...left]) {
    context.terminal.verbose(`${other.id === key.id ? 'taken' : 'not taken'}: key …${other.last5}, ${why}`);
  }
  context.terminal.debug(`key ${key.id}: ${reason}`);
  const { minRemaining } = demand;
  if (minRemaining !== undefined) demandRemaining(key.view, minRemaining, product);
  return { view: key.view, only: keys.length === 1 };
}

function toChoosable(view: KeyView): Choosable {
  const { id, last5, type, state, remaining, unlimited, claimedOn } = view;
  return {
    id,
    last5,
    type,
    mark: state === 'blocked' || state === 'retired' ? state : 'active',
    remaining,
    unlimited,
    claimedOn,
    view,
  };
}

async function noKeyOf(product: ProductFacts): Promise<AppError> {
  const [{ explainNoKey }, { INSTRUCTIONS_DATA }] = await Promise.all([
    import('../../entitlements/no-key.ts'),
    import('../../data/instructions.ts'),
  ]);
  const { id, text } = explainNoKey(product, INSTRUCTIONS_DATA);
  return new AppError('NOT_FOUND', `There is no product key for ${product.name}.`, {
    hint: text,
    details: { productId: product.id, reason: id },
  });
}

function demandRemaining(
  { last5, remaining, unlimited }: KeyView,
  wanted: number,
  product: ProductFacts,
): void {
  if (unlimited || (remaining !== null && remaining >= wanted)) return;
  const left = remaining === null ? 'an unknown number of activations' : counted(remaining, 'activation');
  throw new AppError(
    'ACTIVATION_LIMIT_REACHED',
    `Key …${last5} has ${left} remaining by this ledger; ${wanted} ${wanted === 1 ? 'was' : 'were'} demanded.`,
    {
      hint:
        remaining === null
          ? `Say how many it allows: mpn-benefits activations adjust ${product.id} --key ${last5} --allowed <n> --reason <text>`
          : `See what else there is: mpn-benefits key ${product.id} --list`,
      details: { keyLast5: last5, remaining, demanded: wanted },
    },
  );
}

/**
 * Says why a key may be of no use, and asks before the first look at one that would give a refund away (T7). Throws
 * CONFIRMATION_REQUIRED, CANCELLED.
 */
export async function agreeToReveal(key: KeyView, backend: Backend, context: Context): Promise<void> {
  const { state, last5, markReason, remaining, used, allowed } = key;
  if (state === 'blocked' || state === 'retired')
    context.terminal.warn(`Key …${last5} is marked ${state}${markReason === null ? '' : `: ${markReason}`}.`);
  else if (remaining !== null && remaining <= 0)
    context.terminal.warn(`Key …${last5} has no activation left by this ledger: ${used} of ${allowed} used.`);
  const stake = await backend.keys.refundAtStake(key.id);
  if (stake === null) return;
  const { terminal } = context;
  const what = `The offer ${stake.offer} can be refunded until ${stake.until}, but not once a product key was viewed.`;
  if (terminal.yes) {
    // What was agreed to unseen is told, so that it can be found in a log.
    terminal.warn(`${what} That refund is given up with this key.`);
    return;
  }
  if (await confirm(terminal, { message: `${what} Take the key out?`, flag: '--yes' })) return;
  throw new AppError('CANCELLED', 'The key was not revealed.');
}

/** What the access log holds of this process. */
export function accessBy(
  context: Context,
  access: Pick<KeyAccess, 'productId' | 'purpose' | 'way' | 'target'>,
): KeyAccess {
  const { env, userName } = context.surroundings;
  return { ...access, actor: userName(), job: detectCi(env)?.job ?? null };
}

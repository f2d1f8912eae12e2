import type { Activation } from '../activation/activations.ts';
import { limitError } from '../activation/limit.ts';
import { planHeadline } from '../activation/plan.ts';
import type { ActivationPlan, CountedPlan } from '../activation/plan-types.ts';
import type { ActivationRequest, Backend } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import { confirm } from '../terminal/prompts.ts';
import type { Result } from '../terminal/result.ts';
import { type RequestOptions, requestOf } from './activate/request.ts';
import { toResult } from './activate/view.ts';
import { carryOut, prepareWay, unwrittenOf } from './shared/carry-out.ts';
import { chosenProduct } from './shared/product.ts';
import { firstOf } from './shared/rows.ts';

export interface ActivateOptions extends RequestOptions {
  readonly product: string;
}

/** Says what an activation costs, reserves it, carries it out and records what became of it. */
export async function run(options: ActivateOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const product = await chosenProduct(options.product, backend, context);
  const request = await requestOf(product, options, context);
  const plan = await backend.activations.plan(request);
  tellPlan(plan, context);
  await tellNotApplied(plan, options, backend, context);
  if (plan.status === 'not-needed') return toResult(plan, undefined, []);
  if (plan.refusal !== null) throw limitError(plan, plan.refusal, await waitingFor(plan, product, backend));
  if (options.dryRun) return toResult(plan, undefined, []);
  const way = await prepareWay({ product, plan, options, backend, context });
  await agreeTo(plan, context);
  return perform({ request, plan, way, backend, context });
}

/** So many are looked through, and so many named, in a message about a limit. */
const LOOKED_THROUGH = 200;
const MOST_NAMED = 3;

/** Activations of the planned key that could be settled, newest first. */
async function waitingFor(
  plan: CountedPlan,
  product: ProductFacts,
  backend: Backend,
): Promise<readonly Activation[]> {
  const waiting: Activation[] = [];
  if (plan.before.pending === 0) return waiting;
  const newest = backend.activations.list({ product, limit: LOOKED_THROUGH });
  for await (const activation of firstOf(newest, LOOKED_THROUGH)) {
    if (activation.status === 'pending' && activation.keyId === plan.keyId) waiting.push(activation);
    if (waiting.length === MOST_NAMED) break;
  }
  return waiting;
}

interface Performing {
  readonly request: ActivationRequest;
  readonly plan: CountedPlan;
  readonly way: Awaited<ReturnType<typeof prepareWay>>;
  readonly backend: Backend;
  readonly context: Context;
}

async function perform({ request, plan, way, backend, context }: Performing): Promise<Result> {
  const actor = context.surroundings.userName();
  // A vault that cannot be opened must be found before anything is counted.
  await way.open(plan.keyId);
  const reservation = await backend.activations.reserve(request, plan, actor);
  const done = await carryOut({ way, ...reservation, backend, context, actor });
  const unwritten = unwrittenOf(done.performed);
  if (done.artefact !== null) return { kind: 'text', text: done.artefact, unwritten };
  return { ...toResult(reservation.plan, done.performed, done.steps, context), unwritten };
}

/** What it costs and why, before anything happens; on stderr, since stdout is the answer. */
function tellPlan(plan: ActivationPlan, { terminal }: Context): void {
  for (const warning of plan.warnings) terminal.warn(warning);
  if (plan.status === 'not-needed') return;
  for (const { keyLast5, reason } of plan.choice) terminal.verbose(`key …${keyLast5}: ${reason}`);
  terminal.note([planHeadline(plan), ...plan.reasons.map((reason) => `  ${reason}`)].join('\n'));
}

/** What a pending activation was begun with stays in the ledger, whatever the command that continues it says. */
async function tellNotApplied(
  plan: ActivationPlan,
  options: ActivateOptions,
  backend: Backend,
  { terminal }: Context,
): Promise<void> {
  if (plan.status !== 'planned' || plan.continues === null) return;
  const { activation: begun } = await backend.activations.show(plan.continues);
  const { assume, reason, purpose } = options;
  const ignored = [
    ...(assume === undefined || assume === begun.assumed ? [] : [`--assume ${assume}`]),
    ...(reason === undefined || reason === begun.reason ? [] : ['--reason']),
    ...(purpose === undefined || purpose === begun.purpose ? [] : [`--purpose ${purpose}`]),
  ];
  if (ignored.length > 0) {
    terminal.warn(
      `Not applied: ${ignored.join(', ')}. The pending activation ${plan.continues} is continued as it was begun.`,
    );
  }
  // A dry run that names no way has not chosen one.
  if (plan.via === begun.via || (options.dryRun === true && options.via === undefined)) return;
  terminal.warn(
    `The ledger keeps that ${plan.continues} was begun with --via ${begun.via}; --via ${plan.via} is not recorded.`,
  );
}

/** Throws CONFIRMATION_REQUIRED where nobody can be asked, CANCELLED. */
async function agreeTo({ confirm: what }: CountedPlan, { terminal }: Context): Promise<void> {
  if (what.length === 0) return;
  const message = `Count this activation (${what.join('; ')})?`;
  if (await confirm(terminal, { message, flag: '--yes' })) return;
  throw new AppError('CANCELLED', 'Nothing was counted.');
}

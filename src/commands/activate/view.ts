import type { ActivationPlan } from '../../activation/plan-types.ts';
import { activationResult } from '../../activation/reserve.ts';
import type { Context } from '../../context.ts';
import { signed } from '../../counted.ts';
import type { RecordResult, View } from '../../terminal/result.ts';
import { bulleted, keyValues } from '../../terminal/text.ts';

/** The answer of `activate`, for a plan alone or for one that was carried out. */
export function toResult(
  plan: ActivationPlan,
  performed: Parameters<typeof activationResult>[1],
  steps: readonly string[],
  context?: Context,
): RecordResult {
  const value = activationResult(plan, performed);
  // In JSON mode the steps are no part of the answer, and still have to be read.
  if (steps.length > 0 && context !== undefined && context.format.name !== 'table') {
    context.terminal.say(steps.map((step, index) => `${index + 1}. ${step}`).join('\n'));
  }
  return { kind: 'record', value, render: (view) => render(value, plan, steps, view) };
}

function render(
  value: ReturnType<typeof activationResult>,
  plan: ActivationPlan,
  steps: readonly string[],
  view: View,
): string {
  if (plan.status === 'not-needed') {
    return [
      `${plan.productId}: no activation is needed, and nothing was counted.`,
      bulleted(plan.reasons, view, '  '),
    ].join('\n');
  }
  const count =
    value.allowed === null
      ? `${signed(value.delta)}: ${value.used} used by this ledger, how many are allowed is unknown`
      : `${signed(value.delta)}: ${value.used} of ${value.allowed} used, ${value.remaining ?? 0} remaining by this ledger`;
  const blocks = [
    keyValues(
      [
        ['Activation', value.activationId ?? 'none: this was a dry run'],
        ['Product', value.productId],
        ['Key', `…${value.keyLast5 ?? ''}`],
        ['Machine', value.machine],
        ['Scenario', `${value.scenario ?? ''}${value.assumed ? ' (assumed)' : ''}`],
        ['Count', count],
        ['Status', value.status],
      ],
      view,
    ),
  ];
  if (steps.length > 0) blocks.push(steps.map((step, index) => `${index + 1}. ${step}`).join('\n'));
  return blocks.join('\n\n');
}

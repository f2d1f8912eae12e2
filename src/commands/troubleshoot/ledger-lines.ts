import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import { calHolder, ledgerLines as linesOf } from '../../troubleshooting/evidence.ts';
import type { Answer } from '../../troubleshooting/types.ts';
import { chosenProduct } from '../shared/product.ts';
import { gatherFacts } from './facts.ts';

/**
 * What the ledger says of a product, and of the key that was seen, beside a straight answer. Throws NOT_FOUND,
 * AMBIGUOUS.
 */
export async function ledgerLines(product: string, seenLast5: string | null, context: Context) {
  const facts = await chosenProduct(product, await context.backend(), context);
  const known = await gatherFacts({ product: facts, seenLast5, checks: [] }, context);
  return {
    id: facts.id,
    context: {
      product: facts.name,
      last5: known.key?.last5 ?? null,
      status: null,
    } satisfies Answer['context'],
    async lines(scenario: string): Promise<readonly string[]> {
      if (facts.isCal.value !== 'yes') return linesOf(known);
      const { holders = [] } = (await troubleshootingKnowledge.scenario('cal-no-information')) ?? {};
      const holder = calHolder(facts.name, holders);
      return [
        `${facts.name} is a client access licence${holder === undefined ? '' : ` of ${holder}`}.`,
        ...(scenario === 'rds-cal' || known.key !== null ? linesOf(known) : []),
      ];
    },
  };
}

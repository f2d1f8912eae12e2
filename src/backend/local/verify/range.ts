import type { ChainRow } from '../../../activation/chain.ts';
import { compare } from '../../../keys/order.ts';

/** The chains whose names are not before `from` and before `below`; null for no such end. */
export interface ChainRange {
  readonly from: string | null;
  readonly below: string | null;
}

export const ALL_CHAINS: ChainRange = { from: null, below: null };

export function isIn({ from, below }: ChainRange, chain: string): boolean {
  return (from === null || chain >= from) && (below === null || chain < below);
}

/** The same as a condition on a column of a database. */
export function chainsIn(
  { from, below }: ChainRange,
  column: string,
): { readonly condition: string; readonly values: string[] } {
  const ends = [
    { condition: `${column} >= ?`, value: from },
    { condition: `${column} < ?`, value: below },
  ].flatMap(({ condition, value }) => (value === null ? [] : [{ condition, value }]));
  return {
    condition: ['1 = 1', ...ends.map(({ condition }) => condition)].join(' AND '),
    values: ends.map(({ value }) => value),
  };
}

/** Ranges that hold about as many events each, and all chains together: also those of which no row tells. */
export function inParts(chains: readonly Pick<ChainRow, 'chain' | 'lastSeq'>[], count: number): ChainRange[] {
  const sorted = [...chains].sort((a, b) => compare(a.chain, b.chain));
  const total = sorted.reduce((sum, { lastSeq }) => sum + lastSeq, 0);
  const ranges: ChainRange[] = [];
  let from: string | null = null;
  let events = 0;
  for (const { chain, lastSeq } of sorted) {
    // A chain that reaches over the end of a part goes where more of it belongs.
    if (events > 0 && events + lastSeq / 2 >= (total * (ranges.length + 1)) / count) {
      ranges.push({ from, below: chain });
      from = chain;
    }
    events += lastSeq;
  }
  return [...ranges, { from, below: null }];
}

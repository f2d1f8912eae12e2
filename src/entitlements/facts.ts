import type { Fact, ProductFacts, Tri } from './types.ts';

/** A fact in a data file: its value and which of the file's reasons it stands on. */
export interface FactData {
  readonly value: Tri;
  readonly reason: string;
}

export interface FactsData {
  readonly isCal: FactData;
  readonly requiresKey: FactData;
  readonly requiresActivation: FactData;
  readonly downloadable: FactData;
}

/** Why a fact is said, for people, and the document or rule it stands on. */
export interface Reason {
  readonly why: string;
  readonly source: string;
}

export type Reasons = Readonly<Record<string, Reason>>;

export type Facts = Pick<ProductFacts, 'isCal' | 'requiresKey' | 'requiresActivation' | 'downloadable'>;

/** The JSON form of a fact: unknown is null. */
export function known(value: Tri): boolean | null {
  return value === 'unknown' ? null : value === 'yes';
}

/** Facts with their reasons written out. */
export function withReasons(data: FactsData, reasons: Reasons): Facts {
  return {
    isCal: fact(data.isCal, reasons),
    requiresKey: fact(data.requiresKey, reasons),
    requiresActivation: fact(data.requiresActivation, reasons),
    downloadable: fact(data.downloadable, reasons),
  };
}

function fact({ value, reason }: FactData, reasons: Reasons): Fact {
  const found = reasons[reason];
  if (found === undefined) throw new RangeError(`data names a reason that is not there: ${reason}`);
  return { value, why: found.why, source: found.source };
}

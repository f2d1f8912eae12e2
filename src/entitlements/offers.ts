import { AppError } from '../errors.ts';
import { plainDashes } from '../keys/product-key.ts';
import { addDays, isPast } from './days.ts';
import { slug } from './normalise.ts';
import { nearestProgram, type Programs } from './programs.ts';
import type { IsoDate } from './types.ts';

/** The program of offers whose program is not known. */
export const OTHER_PROGRAM = 'other';
const CORE = 'core';

/** Which membership gave something. */
export interface OfferName {
  /** A program's id, or `other`. */
  readonly program: string;
  readonly part: string;
  /** `<program>:<part>`. */
  readonly id: string;
}

/** A source text, read. */
export interface OfferSource extends OfferName {
  /** As it was written, without blanks around it. */
  readonly text: string;
  /** True for the sandbox's made-up grants, "… (sample)": rules of ended programs do not apply. */
  readonly sample: boolean;
}

const SAMPLE = / ?\(sample\)$/i;

/**
 * Reads the portal's source text, `<program> - <part>`. A program that is not known becomes `other` and keeps
 * its text; a text without a part means the program's core. What `sourceOf` wrote names the offer that it was given.
 * Null if there is no text.
 */
export function parseSource(text: string, programs: Programs): OfferSource | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  // Single blanks first: the expressions below would take long over a very long run of them.
  const tidy = plainDashes(trimmed).split(/\s+/).join(' ');
  const sample = SAMPLE.test(tidy);
  const plain = tidy.replace(SAMPLE, '');
  const [name, part] = splitAtDash(plain);
  const isOther = name.toLowerCase() === OTHER_PROGRAM && part !== '';
  const program = isOther ? OTHER_PROGRAM : programs.find(name)?.id;
  if (program === undefined) return { ...offerName(OTHER_PROGRAM, slug(plain)), text: trimmed, sample };
  return { ...offerName(program, partAsTyped(part)), text: trimmed, sample };
}

/** A dash with a blank on one side at least: names have hyphens of their own. */
function splitAtDash(text: string): [program: string, part: string] {
  const at = /\s-|-\s/.exec(text);
  if (at === null) return [text, ''];
  return [text.slice(0, at.index), text.slice(at.index + 2).replace(/^[\s-]+/, '')];
}

function partOf(text: string): string {
  const plain = text.replace(/ ?\((?:speciali[sz]ation|designation)\)$/i, '');
  return plain === '' ? CORE : slug(plain);
}

/** A part as a person gives it: one that is printed by `offer list` stays as it is. */
function partAsTyped(text: string): string {
  return /^[a-z0-9.-]+_[a-z0-9]{11}$/.test(text) ? text : partOf(text.split(/\s+/).join(' '));
}

function offerName(program: string, part: string): OfferName {
  return { program, part, id: `${program}:${part}` };
}

/**
 * Reads what people type for an offer: `<program[:part]>`, a program by id, name or alias, or `other`; the portal's
 * source text of a known program will do as well.
 * Throws USAGE for a program that is not known.
 */
export function parseOffer(text: string, programs: Programs): OfferName {
  const colon = text.indexOf(':');
  const name = (colon === -1 ? text : text.slice(0, colon)).trim();
  const part = colon === -1 ? '' : text.slice(colon + 1).trim();
  if (name.toLowerCase() === OTHER_PROGRAM && part !== '') return offerName(OTHER_PROGRAM, partAsTyped(part));
  const program = programs.find(name);
  if (program !== null) return offerName(program.id, partAsTyped(part));
  const source = parseSource(text, programs);
  if (source !== null && source.program !== OTHER_PROGRAM) {
    return offerName(source.program, source.part);
  }
  const known = programs.all().map(({ id }) => id);
  const nearest = nearestProgram(name, programs);
  throw new AppError('USAGE', `"${text.slice(0, 60)}" is no program that brings benefits.`, {
    hint: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}Name one of ${known.join(', ')}, or other:<name>; a part follows a colon.`,
    details: { programs: known },
  });
}

/** An offer as a source text, for what is imported without one of its own. */
export function sourceOf({ program, part }: OfferName, programs: Programs): string {
  return `${programs.byId(program)?.name ?? program} - ${part === CORE ? 'Core' : part}`;
}

/** A membership year, and how long benefits go on after it, in days. */
const MEMBERSHIP_DAYS = 365;
const RENEWAL_DAYS = 30;
/** A refund is possible for that many days, unless a key was viewed (T7). */
const REFUND_DAYS = 30;

/** The dates of an offer; all null if the day of purchase is not known. */
export interface OfferDates {
  readonly purchased: IsoDate | null;
  /** Last day of the membership year. */
  readonly anniversary: IsoDate | null;
  /** Last day on which benefits may be used without a renewal. */
  readonly benefitsEnd: IsoDate | null;
  /** Last day on which a refund is possible. */
  readonly refundUntil: IsoDate | null;
}

/** The dates that follow from the day of purchase. */
export function offerDates(purchased: IsoDate | null): OfferDates {
  if (purchased === null) return { purchased, anniversary: null, benefitsEnd: null, refundUntil: null };
  const anniversary = addDays(purchased, MEMBERSHIP_DAYS);
  return {
    purchased,
    anniversary,
    benefitsEnd: lapsesOn(purchased),
    refundUntil: addDays(purchased, REFUND_DAYS),
  };
}

/** Last day on which an entitlement of an offer bought on that day may be used; null if it is not known. */
export function lapsesOn(purchased: IsoDate | null): IsoDate | null {
  return purchased === null ? null : addDays(purchased, MEMBERSHIP_DAYS + RENEWAL_DAYS);
}

/** The same for the rows of a profile, which come from few offers: each day is computed once. */
export function lapseDays(): typeof lapsesOn {
  const known = new Map<IsoDate, IsoDate | null>();
  return (purchased) => {
    if (purchased === null) return null;
    const day = known.get(purchased) ?? lapsesOn(purchased);
    known.set(purchased, day);
    return day;
  };
}

/** Every status of an offer, as scripts see it. */
export const OFFER_STATUSES = ['active', 'renewal-window', 'expired', 'ended-programme', 'unknown'] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];

/** What decides an offer's status. */
export interface OfferFacts {
  readonly program: string;
  readonly purchased: IsoDate | null;
  /** See OfferSource. */
  readonly sample?: boolean;
}

/** An offer as it is stored, with what the name of its source says. */
export function offerFacts(
  { program, purchased, source }: Omit<OfferFacts, 'sample'> & { readonly source: string },
  programs: Programs,
): OfferFacts {
  return { program, purchased, sample: parseSource(source, programs)?.sample === true };
}

/**
 * Where an offer stands. `ended-programme`: its program could last be renewed on a day that is past, so what
 * runs now runs out; `expired` says that it has.
 */
export function offerStatus(offer: OfferFacts, today: IsoDate, programs: Programs): OfferStatus {
  const { anniversary, benefitsEnd } = offerDates(offer.purchased);
  if (isPast(benefitsEnd, today)) return 'expired';
  if (isPast(endOfRenewals(offer, programs), today)) return 'ended-programme';
  if (anniversary === null) return 'unknown';
  return isPast(anniversary, today) ? 'renewal-window' : 'active';
}

function endOfRenewals(offer: OfferFacts, programs: Programs): IsoDate | null {
  return offer.sample === true ? null : (programs.byId(offer.program)?.lastRenewal ?? null);
}

/** The latest day on which benefits of an ended program can still be used by anybody; null for all others. */
export function latestPossibleEnd(offer: OfferFacts, programs: Programs): IsoDate | null {
  return lapsesOn(endOfRenewals(offer, programs));
}

/** What the user should know about an offer besides its dates. */
export function offerNotes(offer: OfferFacts, programs: Programs): readonly string[] {
  const lastRenewal = endOfRenewals(offer, programs);
  const latest = latestPossibleEnd(offer, programs);
  const program = programs.byId(offer.program);
  if (program === null || lastRenewal === null || latest === null) return [];
  const notes = [
    `${program.name} could last be bought or renewed on ${lastRenewal}; its benefits last until ${latest} at the latest.`,
  ];
  if (isPast(lastRenewal, offer.purchased ?? lastRenewal)) {
    notes.push(`The day of purchase, ${offer.purchased}, is later than that: please check it.`);
  }
  return notes;
}

/**
 * What is told of a product all of whose entitlements come from programs whose benefits are over for everybody; null if
 * there are none, or one of them may go on. The portal's dates may be later (model.md: they leave the state as it is).
 */
export function endedProgramsNote(
  offers: readonly (OfferFacts | null)[],
  today: IsoDate,
  programs: Programs,
): string | null {
  const ended = new Set<string>();
  for (const offer of offers) {
    const end = offer === null ? null : latestPossibleEnd(offer, programs);
    if (offer === null || end === null || !isPast(end, today)) return null;
    const name = programs.byId(offer.program)?.name ?? offer.program;
    ended.add(`the benefits of ${name} lasted until ${end} at the latest`);
  }
  if (ended.size === 0) return null;
  return `All entitlements to this product are of programs that have ended: ${[...ended].join('; ')}.`;
}

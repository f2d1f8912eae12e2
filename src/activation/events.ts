import type { PolicyId, Scenario } from './policy.ts';

/** The chain of openings, machines and offers. Every other chain but `access` is one counted key's record id. */
export const PROFILE_CHAIN = 'profile';
/** The chain of reveals. */
export const ACCESS_CHAIN = 'access';

export const ASSUMPTIONS = ['new', 'unchanged', 'changed'] as const;
/** What an admin may claim instead of a comparison of hardware (`--assume`). */
export type Assumption = (typeof ASSUMPTIONS)[number];

export const PURPOSES = ['internal', 'demonstration', 'training'] as const;
export type Purpose = (typeof PURPOSES)[number];

export const VIAS = ['windows', 'script', 'unattend', 'office-deployment', 'manual'] as const;
/** How the activation is carried out. */
export type Via = (typeof VIAS)[number];

export const OUTCOMES = ['succeeded', 'failed'] as const;
/** What became of an activation. */
export type Outcome = (typeof OUTCOMES)[number];

export interface EventMachine {
  readonly id: string;
  readonly name: string;
}

/** A hardware profile as an event holds it (events have no booleans). Hashes only, never a serial number. */
export interface EventHardware {
  readonly virtual: 'yes' | 'no';
  readonly portable: 'yes' | 'no';
  readonly characteristics: Readonly<Record<string, readonly string[] | null>>;
}

interface Body {
  /** Change of the chain's `used`; 0 where nothing is counted. */
  readonly delta: number;
  /** Who did it, as far as known. */
  readonly actor: string | null;
}

export interface ReservedBody extends Body {
  readonly type: 'reserved';
  readonly activationId: string;
  readonly productId: string;
  readonly keyLast5: string;
  readonly machine: EventMachine;
  readonly hardware: EventHardware | null;
  readonly scenario: Scenario;
  readonly assumed: Assumption | null;
  readonly reasons: readonly string[];
  readonly policy: PolicyId;
  readonly via: Via;
  readonly purpose: Purpose;
  readonly reason: string | null;
}

export interface SucceededBody extends Body {
  readonly type: 'succeeded';
  readonly activationId: string;
  readonly code: string | null;
  readonly reason: string | null;
}

export interface FailedBody extends Body {
  readonly type: 'failed';
  readonly activationId: string;
  /** The error code read from the machine, if there was one. */
  readonly code: string | null;
  readonly reason: string | null;
}

/** Another outcome than the one recorded, with the signed difference. */
export interface CorrectionBody extends Body {
  readonly type: 'correction';
  readonly activationId: string;
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly reason: string;
}

/** The count set to a number read elsewhere (T5). */
export interface AdjustedBody extends Body {
  readonly type: 'adjusted';
  readonly before: number;
  readonly after: number;
  readonly reason: string;
}

export interface AllowanceSetBody extends Body {
  readonly type: 'allowance-set';
  readonly before: number | null;
  readonly after: number | null;
  readonly reason: string | null;
}

export interface ChainOpenedBody extends Body {
  readonly type: 'chain-opened';
  /** The chain that begins. */
  readonly opened: string;
  readonly keyLast5: string | null;
}

export interface MachineSeenBody extends Body {
  readonly type: 'machine-seen';
  readonly machine: EventMachine;
  readonly hardware: EventHardware | null;
}

export interface MachineRenamedBody extends Body {
  readonly type: 'machine-renamed';
  /** Holds the new name. */
  readonly machine: EventMachine;
  readonly from: string;
}

export interface MachineRetiredBody extends Body {
  readonly type: 'machine-retired';
  readonly machine: EventMachine;
  readonly reason: string;
  /** Id of the machine that took its place, if it was replaced. */
  readonly replacedBy: string | null;
}

export interface OfferSetBody extends Body {
  readonly type: 'offer-set';
  readonly offer: string;
  readonly purchased: string | null;
  readonly policy: PolicyId | null;
}

/** A product key shown or handed on; appended before that happens. */
export interface RevealedBody extends Body {
  readonly type: 'revealed';
  readonly keyId: string;
  readonly keyLast5: string;
  readonly productId: string | null;
  readonly job: string | null;
  readonly purpose: string | null;
  readonly way: string;
  readonly target: string | null;
}

/** What happened, before it has a place in a chain. */
export type EventBody =
  | ReservedBody
  | SucceededBody
  | FailedBody
  | CorrectionBody
  | AdjustedBody
  | AllowanceSetBody
  | ChainOpenedBody
  | MachineSeenBody
  | MachineRenamedBody
  | MachineRetiredBody
  | OfferSetBody
  | RevealedBody;

/** An event's place in the ledger. */
export interface EventPlace {
  readonly v: 1;
  readonly ledger: string;
  readonly chain: string;
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly id: string;
  /** UTC with milliseconds, `2026-11-24T10:00:00.000Z`. */
  readonly at: string;
  /** Hash of the event before, or the chain's genesis. */
  readonly prev: string;
  /** Said of the event itself: a clock that went back. */
  readonly note?: string;
}

export type LedgerEvent = EventBody & EventPlace;
export type EventType = EventBody['type'];

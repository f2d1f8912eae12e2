import type { Code, Need, ScenarioId } from './knowledge.ts';

/** Where a licence stands: SoftwareLicensingProduct.LicenseStatus, 0 to 6. */
export const LICENSE_STATUSES = [
  'unlicensed',
  'licensed',
  'initial-grace',
  'additional-grace',
  'non-genuine-grace',
  'notification',
  'extended-grace',
] as const;
export type LicenseStatus = (typeof LICENSE_STATUSES)[number];

/** What the pasted text says about one installed product. Never holds a key. */
export interface PastedProduct {
  /** As printed: `Windows(R), ServerStandard edition`. */
  readonly product: string | null;
  /** As printed: `Volume:MAK`, `VOLUME_MAK`, `RETAIL`. */
  readonly channel: string | null;
  readonly last5: string | null;
  /** Whether it says which key is installed: not at all, that there is none, or one (of no last five if it is no key's). */
  readonly keyField: 'absent' | 'empty' | 'filled';
  readonly status: LicenseStatus | null;
  /** The code beside the status or the failure; null if there is none. */
  readonly code: Code | null;
  /** True for a line that says that this attempt worked, false for one that says it failed, else null. */
  readonly succeeded: boolean | null;
}

/** A product of which nothing was said. */
export const NO_PRODUCT: PastedProduct = {
  product: null,
  channel: null,
  last5: null,
  keyField: 'absent',
  status: null,
  code: null,
  succeeded: null,
};

export interface PasteReading {
  /** In the order of their first appearance, each once. */
  readonly codes: readonly Code[];
  readonly products: readonly PastedProduct[];
  /** Scenarios named by a sentence on the screen. */
  readonly phrases: readonly ScenarioId[];
  /** Product keys seen in the first mebibyte, to warn about; none is kept, wherever it stood. */
  readonly keysMasked: number;
  /** True if the text was longer than what is read. */
  readonly cut: boolean;
}

/** One outcome that a pasted result may stand for (`activations settle <file>`). */
export interface PastedOutcome {
  readonly product: string | null;
  readonly last5: string | null;
  readonly keyField: PastedProduct['keyField'];
  readonly licenseStatus: LicenseStatus | null;
  readonly code: Code | null;
  readonly outcome: 'succeeded' | 'failed' | 'unknown';
}

export interface AnswerRemedy {
  readonly text: string;
  readonly needs: readonly Need[];
  readonly spendsActivation: boolean;
}

/** The straight answer, field by field as its JSON. */
export interface Answer {
  readonly scenario: ScenarioId;
  readonly code: Code | null;
  readonly name: string | null;
  readonly known: boolean;
  readonly meaning: string;
  readonly causes: readonly string[];
  /** Cheapest first. */
  readonly remedies: readonly AnswerRemedy[];
  readonly context: {
    readonly product: string | null;
    readonly last5: string | null;
    readonly status: LicenseStatus | null;
  };
  readonly also: readonly {
    readonly code: Code;
    readonly name: string | null;
    readonly known: boolean;
    readonly scenario: ScenarioId;
  }[];
  readonly source: string;
}

/** What a person saw, in the form that is saved: never the text itself. */
export interface Seen {
  readonly scenario: ScenarioId | null;
  readonly codes: readonly Code[];
  readonly status: LicenseStatus | null;
}

/** Saved after each answer. Where the walk stands is worked out from the answers, so it cannot disagree with them. */
export interface WalkState {
  readonly schema: 'mpn-benefits/walk/1';
  readonly id: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly product: string | null;
  /** What the walk began with; all empty: with the question what is seen. */
  readonly entry: Seen & {
    /** Last five characters of the key that was seen. */
    readonly last5: string | null;
  };
  readonly answers: readonly WalkAnswer[];
}

export interface WalkAnswer {
  readonly step: string;
  readonly value: string;
  readonly at: string;
  /** Last five characters of the key that a pasted text showed. */
  readonly last5: string | null;
}

export interface RemedyView extends AnswerRemedy {
  readonly id: string;
  readonly changes: boolean;
}

interface StepBase {
  /** Name of the step in answer files and `--answer`. */
  readonly id: string;
  readonly scenario: ScenarioId | null;
  readonly text: string;
  /** What the ledger and the checks say to this, line by line. */
  readonly evidence: readonly string[];
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** Needs one of `options`, or with input `code` a code or pasted text. `unknown` is always accepted. */
export interface QuestionStep extends StepBase {
  readonly kind: 'question';
  readonly why: string;
  readonly input: 'choice' | 'code';
  readonly options: readonly Choice[];
}

/** Before a remedy that changes something or may spend an activation: `yes`, `no`. */
export interface ConfirmStep extends StepBase {
  readonly kind: 'confirm';
  readonly remedy: RemedyView;
  readonly options: readonly Choice[];
}

/** Do it, repeat the test, say what it gave: `fixed`, `same`, `unknown`, or a code or pasted text. */
export interface RemedyStep extends StepBase {
  readonly kind: 'remedy';
  readonly remedy: RemedyView;
  readonly test: string;
  /** What was seen before, to compare with. */
  readonly before: Code | null;
  readonly options: readonly Choice[];
}

export interface EndStep extends StepBase {
  readonly kind: 'done' | 'hand-over' | 'support-request';
  /** `fixed`: a test succeeded; else how the walk ended. */
  readonly outcome: 'fixed' | 'explained' | 'hand-over' | 'support';
  readonly advice: readonly AnswerRemedy[];
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

export type Step = QuestionStep | ConfirmStep | RemedyStep | EndStep;

/** What happened on the walk, for people and tickets; `read` answers came from the ledger or a check. */
export type WalkEvent =
  | {
      readonly kind: 'question';
      readonly step: string;
      readonly text: string;
      readonly value: string;
      readonly answer: string;
      readonly read: boolean;
    }
  | { readonly kind: 'declined'; readonly remedy: string; readonly text: string }
  | {
      readonly kind: 'tried';
      readonly remedy: string;
      readonly text: string;
      readonly outcome: 'fixed' | 'same' | 'changed' | 'unknown' | 'skipped';
      readonly before: Code | null;
      readonly after: Code | null;
    };

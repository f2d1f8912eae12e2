import { answerSeen } from './answer.ts';
import type { CheckOutcome } from './checks.ts';
import type { WalkFacts } from './facts.ts';
import type { Code, Knowledge, SupportTerms } from './knowledge.ts';
import { nameProduct } from './placeholder.ts';
import { replay } from './replay.ts';
import type { LicenseStatus, Seen, WalkAnswer, WalkEvent, WalkState } from './types.ts';
import { readSeen } from './values.ts';
import { isEnd } from './walk.ts';

export interface TranscriptInput {
  readonly state: WalkState;
  readonly facts: WalkFacts;
  readonly knowledge: Knowledge;
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** Versions by name: this tool, runtime, operating system. Must not name the machine or a person. */
  readonly versions: Readonly<Record<string, string>>;
  /** Adds names of machines, ids of activations and what checks saw on this machine. Keys are never held. */
  readonly includePersonal?: boolean;
}

/** The support request, field by field as its JSON. */
export interface Transcript {
  readonly schema: 'mpn-benefits/support-request/1';
  readonly createdAt: string;
  readonly startedAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly product: { readonly id: string; readonly name: string } | null;
  readonly key: { readonly last5: string; readonly type: string } | null;
  readonly counts: {
    readonly granted: number | null;
    readonly allowed: number | null;
    readonly used: number | null;
    readonly pending: number | null;
    readonly remaining: number | null;
    readonly policy: string | null;
  };
  readonly machines: readonly {
    readonly machine: string;
    readonly activations: number;
    readonly retiredOn: string | null;
  }[];
  readonly notSettled: readonly {
    readonly activation: string;
    readonly machine: string;
    readonly at: string;
  }[];
  readonly otherKeys: readonly { readonly last5: string; readonly remaining: number | null }[];
  readonly before: { readonly codes: readonly Code[]; readonly status: LicenseStatus | null };
  /** What is known of what the walk began with; null if it began with nothing. */
  readonly finding: {
    readonly scenario: string;
    readonly name: string | null;
    readonly meaning: string;
    readonly causes: readonly string[];
    readonly remedies: readonly string[];
  } | null;
  readonly after: { readonly code: Code | null };
  readonly outcome: 'fixed' | 'explained' | 'hand-over' | 'support' | 'unfinished';
  readonly asked: readonly {
    readonly question: string;
    readonly answer: string;
    readonly readFromRecord: boolean;
  }[];
  readonly tried: readonly {
    readonly remedy: string;
    readonly outcome: string;
    readonly before: Code | null;
    readonly after: Code | null;
  }[];
  readonly declined: readonly string[];
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly result: CheckOutcome;
    readonly evidence: string;
  }[];
  readonly support: Pick<SupportTerms, 'who' | 'ids' | 'versions' | 'remaining' | 'where'> & {
    readonly incidents: readonly {
      readonly program: string;
      readonly incidents: number;
      readonly cloud: string;
    }[];
    readonly messages: readonly { readonly text: string; readonly means: string }[];
    readonly links: readonly { readonly title: string; readonly url: string }[];
  };
}

/** Gathers the support request. Machines and activations are numbered unless `includePersonal`. */
export function makeTranscript(input: TranscriptInput): Transcript {
  const { state, facts, knowledge, now, versions } = input;
  const { step, events, code, used } = replay(state, facts, knowledge);
  const name = namer(input);
  const { product, otherKeys } = facts;
  const seen = seenFirst(state, used);
  return {
    schema: 'mpn-benefits/support-request/1',
    createdAt: now,
    startedAt: state.startedAt,
    versions,
    product: product === null ? null : { id: product.id, name: product.name },
    key: keyOf(facts),
    counts: countsOf(facts),
    machines: facts.machines.map((machine) => ({
      machine: name('machine', machine.id, machine.name),
      activations: machine.activations,
      retiredOn: machine.retiredOn,
    })),
    notSettled: facts.pending.map(({ activationId, machine, at }) => ({
      activation: name('activation', activationId, activationId),
      machine: name('machine', machine.id, machine.name),
      at,
    })),
    otherKeys: otherKeys.map(({ last5, remaining }) => ({ last5, remaining })),
    before: { codes: seen.codes, status: seen.status },
    finding: findingOf(seen, product?.id ?? null, knowledge),
    after: { code },
    outcome: isEnd(step) ? step.outcome : 'unfinished',
    ...happened(events),
    checks: facts.checks.map(({ id, title, result, evidence, shareable }) => ({
      id,
      title,
      result,
      evidence: input.includePersonal === true ? evidence : shareable,
    })),
    support: supportFor(facts, knowledge),
  };
}

/** What the walk began with, given at its start or at its first question. */
function seenFirst({ entry }: WalkState, used: readonly WalkAnswer[]): Seen {
  if (entry.codes.length > 0 || entry.status !== null) return entry;
  const read = used.find(({ step }) => step === 'read');
  return (read === undefined ? undefined : readSeen(read.value)) ?? entry;
}

/** The straight answer, for whoever reads the request without this program. */
function findingOf(seen: Seen, product: string | null, knowledge: Knowledge): Transcript['finding'] {
  const answer = answerSeen(seen, knowledge);
  if (answer === undefined) return null;
  const { scenario, name, meaning, causes, remedies } = answer;
  return {
    scenario,
    name,
    meaning,
    causes,
    remedies: remedies.map(({ text }) => nameProduct(text, product)),
  };
}

/** The same thing gets the same number, so that the text still tells machines apart. */
function namer({ includePersonal }: TranscriptInput): (kind: string, id: string, name: string) => string {
  const numbers = new Map<string, number>();
  return (kind, id, name) => {
    if (includePersonal === true) return name;
    const key = `${kind}\n${id}`;
    const kinds = [...numbers.keys()].filter((known) => known.startsWith(`${kind}\n`)).length;
    const number = numbers.get(key) ?? kinds + 1;
    numbers.set(key, number);
    return `${kind} ${number}`;
  };
}

/** A key that was seen is named, whether the ledger knows it or not. */
function keyOf({ key, seenLast5 }: WalkFacts): Transcript['key'] {
  if (key !== null) return { last5: key.last5, type: key.type };
  return seenLast5 === null ? null : { last5: seenLast5, type: 'unknown' };
}

function countsOf({ key, granted, policy }: WalkFacts): Transcript['counts'] {
  if (key === null) return { granted, allowed: null, used: null, pending: null, remaining: null, policy };
  const { allowed, used, pending, remaining } = key.numbers;
  return { granted, allowed, used, pending, remaining, policy };
}

function happened(events: readonly WalkEvent[]): Pick<Transcript, 'asked' | 'tried' | 'declined'> {
  return {
    asked: events.flatMap((event) =>
      event.kind === 'question'
        ? [{ question: event.text, answer: event.answer, readFromRecord: event.read }]
        : [],
    ),
    tried: events.flatMap((event) =>
      event.kind === 'tried'
        ? [{ remedy: event.text, outcome: event.outcome, before: event.before, after: event.after }]
        : [],
    ),
    declined: events.flatMap((event) => (event.kind === 'declined' ? [event.text] : [])),
  };
}

/** The terms of the membership's own programmes; of all, if none is known. */
function supportFor({ programs }: WalkFacts, { support, links }: Knowledge): Transcript['support'] {
  const own = support.offers.filter(({ program }) => programs.includes(program));
  return {
    who: support.who,
    ids: support.ids,
    versions: support.versions,
    remaining: support.remaining,
    where: support.where,
    incidents: (own.length > 0 ? own : support.offers).map(({ name, incidents, cloud }) => ({
      program: name,
      incidents,
      cloud,
    })),
    messages: support.messages.map(({ text, means }) => ({ text, means })),
    links: support.links.flatMap((id) => links.get(id) ?? []).map(({ title, url }) => ({ title, url })),
  };
}

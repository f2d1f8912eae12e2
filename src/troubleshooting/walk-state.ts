import { AppError } from '../errors.ts';
import type { Code, ScenarioId } from './knowledge.ts';
import { LICENSE_STATUSES, type LicenseStatus, type WalkAnswer, type WalkState } from './types.ts';

/** What a walk begins with. Without scenario, codes and status it begins by asking what is seen. */
export interface WalkStart {
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** Product id. */
  readonly product?: string | null;
  readonly scenario?: ScenarioId | null;
  readonly codes?: readonly Code[];
  readonly status?: LicenseStatus | null;
  /** Last five characters of the key that was seen. */
  readonly last5?: string | null;
}

export function startWalk({ id, now, product, scenario, codes, status, last5 }: WalkStart): WalkState {
  return {
    schema: 'mpn-benefits/walk/1',
    id,
    startedAt: now,
    updatedAt: now,
    product: product ?? null,
    entry: {
      scenario: scenario ?? null,
      codes: codes ?? [],
      status: status ?? null,
      last5: last5 ?? null,
    },
    answers: [],
  };
}

const FIELD = 400;
const MOST_ANSWERS = 1000;

/** Takes a saved walk back in. Throws INVALID_DATA, naming the field, for anything else or a newer version. */
export function readState(value: unknown): WalkState {
  const state = record(value, 'the file');
  if (state['schema'] !== 'mpn-benefits/walk/1') throw invalid('schema');
  const entry = record(state['entry'], 'entry');
  return {
    schema: 'mpn-benefits/walk/1',
    id: text(state['id'], 'id'),
    startedAt: text(state['startedAt'], 'startedAt'),
    updatedAt: text(state['updatedAt'], 'updatedAt'),
    product: textOrNull(state['product'], 'product'),
    entry: {
      scenario: textOrNull(entry['scenario'], 'entry.scenario'),
      codes: list(entry['codes'], 'entry.codes').map((code, at) => text(code, `entry.codes[${at}]`)),
      status: statusOrNull(entry['status'], 'entry.status'),
      last5: last5In(entry, 'entry'),
    },
    answers: list(state['answers'], 'answers').map(readAnswer),
  };
}

function readAnswer(value: unknown, at: number): WalkAnswer {
  const place = `answers[${at}]`;
  const answer = record(value, place);
  const field = (name: string): string => text(answer[name], `${place}.${name}`);
  return { step: field('step'), value: field('value'), at: field('at'), last5: last5In(answer, place) };
}

/** Walks that were saved before it was kept have none. */
function last5In(of: Readonly<Record<string, unknown>>, place: string): string | null {
  return textOrNull(of['last5'] ?? null, `${place}.last5`);
}

function record(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field);
  return Object.fromEntries(Object.entries(value));
}

function list(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > MOST_ANSWERS) throw invalid(field);
  return value;
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value.length > FIELD) throw invalid(field);
  return value;
}

function textOrNull(value: unknown, field: string): string | null {
  return value === null ? null : text(value, field);
}

function statusOrNull(value: unknown, field: string): LicenseStatus | null {
  if (value === null) return null;
  const status = LICENSE_STATUSES.find((known) => known === value);
  if (status === undefined) throw invalid(field);
  return status;
}

function invalid(field: string): AppError {
  return new AppError('INVALID_DATA', `The saved walkthrough cannot be read: ${field} is not as expected.`, {
    hint: 'Begin a new one: mpn-benefits troubleshoot',
    details: { field },
  });
}

import { AppError } from '../errors.ts';
import { ASSUMPTIONS, type EventType, type LedgerEvent, OUTCOMES, PURPOSES, VIAS } from './events.ts';
import { isRecord } from './is-record.ts';
import { POLICY_IDS, SCENARIOS } from './policy.ts';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === 'string';
const integer: Check = (value) => Number.isSafeInteger(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    words.some((word) => word === value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (fields: Shape): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
const yesNo = oneOf(['yes', 'no']);
const outcome = oneOf(OUTCOMES);
const machine = shape({ id: text, name: text });
const hashLists: Check = (value) => isRecord(value) && Object.values(value).every(orNull(listOf(text)));
const hardware = orNull(shape({ virtual: yesNo, portable: yesNo, characteristics: hashLists }));
const policy = oneOf(POLICY_IDS);
const settled: Shape = { activationId: text, code: orNull(text), reason: orNull(text) };

/** The fields of each type, beside those of every event. */
const SHAPES: Readonly<Record<EventType, Shape>> = {
  reserved: {
    activationId: text,
    productId: text,
    keyLast5: text,
    machine,
    hardware,
    scenario: oneOf(SCENARIOS),
    assumed: orNull(oneOf(ASSUMPTIONS)),
    reasons: listOf(text),
    policy,
    via: oneOf(VIAS),
    purpose: oneOf(PURPOSES),
    reason: orNull(text),
  },
  succeeded: settled,
  failed: settled,
  correction: { activationId: text, outcome, code: orNull(text), reason: text },
  adjusted: { before: integer, after: integer, reason: text },
  'allowance-set': { before: orNull(integer), after: orNull(integer), reason: orNull(text) },
  'chain-opened': { opened: text, keyLast5: orNull(text) },
  'machine-seen': { machine, hardware },
  'machine-renamed': { machine, from: text },
  'machine-retired': { machine, reason: text, replacedBy: orNull(text) },
  'offer-set': { offer: text, purchased: orNull(text), policy: orNull(policy) },
  revealed: {
    keyId: text,
    keyLast5: text,
    productId: orNull(text),
    job: orNull(text),
    purpose: orNull(text),
    way: text,
    target: orNull(text),
  },
};

const PLACE: Shape = {
  v: (value) => value === 1,
  ledger: text,
  chain: text,
  seq: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
  id: text,
  at: text,
  prev: text,
  delta: integer,
  actor: orNull(text),
};

function isEventType(value: unknown): value is EventType {
  return typeof value === 'string' && Object.hasOwn(SHAPES, value);
}

function wrongField(record: Readonly<Record<string, unknown>>, fields: Shape): string | undefined {
  for (const name in fields) if (fields[name]?.(record[name]) === false) return name;
  return undefined;
}

/** What is wrong with an event read from text, in a few words; or the event. Never throws. */
export function readEvent(line: string): { readonly event: LedgerEvent } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'is not JSON' };
  }
  if (!isRecord(value)) return { problem: 'is not an object' };
  if (!isEventType(value['type'])) return { problem: 'has an unknown type' };
  const wrong = wrongField(value, PLACE) ?? wrongField(value, SHAPES[value['type']]);
  if (wrong !== undefined) return { problem: `has no valid field "${wrong}"` };
  // The border: every field the types name was looked at above.
  return { event: value as unknown as LedgerEvent };
}

/**
 * An event from its stored text.
 * @throws AppError INVALID_DATA if it is none.
 */
export function parseEvent(line: string): LedgerEvent {
  const read = readEvent(line);
  if ('event' in read) return read.event;
  throw new AppError('INVALID_DATA', `An event of the ledger ${read.problem}.`, {
    hint: 'Find out which with: mpn-benefits activations verify',
  });
}

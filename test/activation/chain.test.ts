import { describe, expect, test } from 'vitest';
import {
  type ChainEnd,
  chainEnds,
  eventsSinceHead,
  genesis,
  ledgerHead,
  nextEvent,
} from '../../src/activation/chain.ts';
import { parseEvent, readEvent } from '../../src/activation/event-reader.ts';
import type { AdjustedBody, LedgerEvent } from '../../src/activation/events.ts';
import { emptyChain, hardware, LEDGER, sha256Hex, World } from './world.ts';

const BODY: AdjustedBody = {
  type: 'adjusted',
  delta: 3,
  actor: 'ada',
  before: 0,
  after: 3,
  reason: 'VAMT é',
};
const stamp = (more: object = {}) => ({
  ledger: LEDGER,
  id: 'e1',
  at: new Date('2026-11-24T10:00:00Z'),
  sha256Hex,
  ...more,
});
const first = nextEvent(emptyChain('key-a'), BODY, stamp());

describe('an event in its chain', () => {
  test('is canonical text, hashed as it stands', () => {
    const prev = sha256Hex(`mpn-benefits/ledger/1|${LEDGER}|key-a`);
    expect(first.stored.text).toBe(
      `{"actor":"ada","after":3,"at":"2026-11-24T10:00:00.000Z","before":0,"chain":"key-a","delta":3,"id":"e1","ledger":"${LEDGER}","prev":"${prev}","reason":"VAMT é","seq":1,"type":"adjusted","v":1}`,
    );
    expect(first.stored.hash).toBe(sha256Hex(first.stored.text));
    expect(genesis(LEDGER, 'key-a', sha256Hex)).toBe(prev);
  });

  test('moves the chain row on: count, number, head', () => {
    expect(first.chain).toEqual({ chain: 'key-a', used: 3, lastSeq: 1, head: first.stored.hash });
    const second = nextEvent(first.chain, { ...BODY, delta: -1 }, stamp({ id: 'e2' }));
    expect(second.event).toMatchObject({ seq: 2, prev: first.stored.hash });
    expect(second.chain).toMatchObject({ used: 2, lastSeq: 2, head: second.stored.hash });
  });

  test('a body cannot take the place of the ledger', () => {
    const forged = { ...BODY, seq: 99, chain: 'other', prev: 'x', v: 2 };
    expect(nextEvent(first.chain, forged, stamp()).event).toMatchObject({ seq: 2, chain: 'key-a', v: 1 });
  });

  test('a clock that went back is a note, not an error', () => {
    const back = nextEvent(first.chain, BODY, stamp({ lastAt: '2026-11-24T10:00:00.001Z' }));
    expect(back.event.note).toBe('the clock went back from 2026-11-24T10:00:00.001Z');
    expect(
      nextEvent(first.chain, BODY, stamp({ lastAt: '2026-11-24T10:00:00.000Z' })).event.note,
    ).toBeUndefined();
    expect(nextEvent(first.chain, BODY, stamp({ lastAt: null })).event.note).toBeUndefined();
  });

  test('a count out of range and half a surrogate pair are refused', () => {
    const full = { ...first.chain, used: Number.MAX_SAFE_INTEGER };
    const invalid = expect.objectContaining({ code: 'INVALID_DATA' });
    expect(() => nextEvent(full, BODY, stamp())).toThrowError(invalid);
    expect(() => nextEvent(first.chain, { ...BODY, reason: '\ud800' }, stamp())).toThrowError(invalid);
  });
});

describe('reading an event back', () => {
  test('gives the event', () => {
    expect(parseEvent(first.stored.text)).toEqual(first.event);
  });

  test('every event that the rules make can be read', () => {
    const world = new World({ id: 'key-a', last5: '6789B' });
    world.activate(hardware('web01'));
    world.activate(hardware('www', hardware('web01').characteristics));
    world.activate('www', { assume: 'new', reason: 'swapped' });
    world.append('access', {
      type: 'revealed',
      delta: 0,
      actor: null,
      keyId: 'key-a',
      keyLast5: '6789B',
      productId: null,
      job: null,
      purpose: null,
      way: 'key',
      target: null,
    });
    world.append('profile', {
      type: 'offer-set',
      delta: 0,
      actor: null,
      offer: 'action-pack:core',
      purchased: null,
      policy: 'documented',
    });
    world.append('key-a', {
      type: 'allowance-set',
      delta: 0,
      actor: null,
      before: null,
      after: 20,
      reason: null,
    });
    for (const { text } of world.rows) expect(readEvent(text)).toHaveProperty('event');
  });

  test.each<[string, object | string, string]>([
    ['no JSON', '{', 'is not JSON'],
    ['a list', [], 'is not an object'],
    ['an unknown type', { ...first.event, type: 'gift' }, 'has an unknown type'],
    ['a type that every object has', { ...first.event, type: 'toString' }, 'has an unknown type'],
    ['another format', { ...first.event, v: 2 }, 'has no valid field "v"'],
    ['a fraction', { ...first.event, delta: 0.5 }, 'has no valid field "delta"'],
    ['event 0', { ...first.event, seq: 0 }, 'has no valid field "seq"'],
    ['a missing field', { ...first.event, reason: undefined }, 'has no valid field "reason"'],
  ])('%s: %#', (_, value, problem) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(readEvent(text)).toEqual({ problem });
    expect(() => parseEvent(text)).toThrowError(expect.objectContaining({ code: 'INVALID_DATA' }));
  });
});

describe('the head over all chains', () => {
  const a: ChainEnd = ['a', 2, 'ha'];
  const b: ChainEnd = ['b', 1, 'hb'];

  test('is the hash of the ledger and its chains, whatever their order', () => {
    const expected = sha256Hex('{"chains":[["a",2,"ha"],["b",1,"hb"]],"ledger":"L"}');
    expect(ledgerHead('L', [a, b], sha256Hex)).toBe(expected);
    expect(ledgerHead('L', [b, a], sha256Hex)).toBe(expected);
  });

  test('depends on every part', () => {
    const head = ledgerHead('L', [a, b], sha256Hex);
    expect(ledgerHead('M', [a, b], sha256Hex)).not.toBe(head);
    expect(ledgerHead('L', [a], sha256Hex)).not.toBe(head);
    expect(ledgerHead('L', [a, ['b', 2, 'hb']], sha256Hex)).not.toBe(head);
  });

  test('a chain without events has no end', () => {
    expect(chainEnds([emptyChain('b'), { ...first.chain, chain: 'a' }])).toEqual([
      ['a', 1, first.stored.hash],
    ]);
  });

  test('a head noted earlier is found again, with the number of events since', async () => {
    const world = new World({ id: 'key-a', last5: '6789B' });
    const heads: string[] = [];
    const note = () => heads.push(ledgerHead(LEDGER, chainEnds(world.chains.values()), sha256Hex));
    note();
    for (const name of ['web01', 'web02']) {
      world.activate(hardware(name));
      note();
    }
    const newestFirst = world.rows.map(({ text }): LedgerEvent => parseEvent(text)).reverse();
    const since = (head: string) =>
      eventsSinceHead(LEDGER, chainEnds(world.chains.values()), newestFirst, head, sha256Hex);
    expect(await Promise.all(heads.map(since))).toEqual([world.rows.length, 3, 0]);
    expect(await since('0'.repeat(64))).toBeUndefined();
  });
});

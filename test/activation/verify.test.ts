import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/activation/canonical.ts';
import {
  type ChainEnd,
  type ChainRow,
  chainEnds,
  genesis,
  type StoredEvent,
} from '../../src/activation/chain.ts';
import { ChainVerifier } from '../../src/activation/chain-verifier.ts';
import { type EarlierLedger, verifyLedger } from '../../src/activation/verify.ts';
import { hardware, LEDGER, sha256Hex, World } from './world.ts';

/** A small ledger: a machine activated twice, one that failed, a correction. */
function small(): World {
  const world = new World({ id: 'key-a', last5: '6789B' });
  world.activate('web01');
  const { activationId } = world.reserve(hardware('web02'));
  world.settle(activationId, { outcome: 'failed', code: '0x1' });
  world.settle(activationId, { reason: 'it had worked' });
  return world;
}

const WORLD = small();
const ROWS: readonly StoredEvent[] = WORLD.rows;
const CHAINS: readonly ChainRow[] = [...WORLD.chains.values()];
const EARLIER: EarlierLedger = { ledger: LEDGER, chains: chainEnds(CHAINS) };
const verify = (
  events: readonly StoredEvent[],
  chains: readonly ChainRow[] = CHAINS,
  earlier?: EarlierLedger,
) => verifyLedger({ ledger: LEDGER, chains, events: [events], sha256Hex, earlier });
const KEY_ROWS = ROWS.filter(({ chain }) => chain === 'key-a');
const others = ROWS.filter(({ chain }) => chain !== 'key-a');

test('an untouched ledger is sound', async () => {
  const report = await verify(ROWS, CHAINS, EARLIER);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ ok: true, ledger: LEDGER, events: ROWS.length });
  expect(report.chains.find(({ chain }) => chain === 'key-a')).toMatchObject({
    keyLast5: '6789B',
    events: 5,
    ok: true,
  });
  expect(Object.keys(report)).toEqual(['ok', 'ledger', 'events', 'head', 'chains', 'findings']);
});

test('an empty ledger is sound', async () => {
  expect(await verify([], [])).toMatchObject({ ok: true, events: 0, chains: [] });
});

describe('tampering with what is stored is found', () => {
  test('every edit of a single character of every event, at its place', () => {
    for (const [index, row] of KEY_ROWS.entries()) {
      for (let at = 0; at < row.text.length; at += 1) {
        const instead = row.text[at] === '0' ? '1' : '0';
        const text = row.text.slice(0, at) + instead + row.text.slice(at + 1);
        const verifier = new ChainVerifier(LEDGER, 'key-a', sha256Hex);
        for (const other of KEY_ROWS) verifier.add(other === row ? { ...row, text } : other);
        const { findings } = verifier.finish(WORLD.chains.get('key-a'));
        if (!findings.some(({ seq }) => seq === index + 1)) expect({ text, findings }).toBeNull();
      }
    }
    expect(KEY_ROWS).toHaveLength(5);
  });

  test('every edit whose hash is made to fit again', () => {
    for (const [index, row] of KEY_ROWS.entries()) {
      const text = row.text.replace('"actor":', '"actor" :');
      const edited = { ...row, text, hash: sha256Hex(text) };
      const verifier = new ChainVerifier(LEDGER, 'key-a', sha256Hex);
      for (const other of KEY_ROWS) verifier.add(other === row ? edited : other);
      const problems = verifier.finish(WORLD.chains.get('key-a')).findings.map(({ problem }) => problem);
      expect(problems).toContain('its text is not canonical');
      expect(problems).toContain(
        index === KEY_ROWS.length - 1
          ? 'its last hash is not the one in the list of chains'
          : 'does not follow the event before it',
      );
    }
  });

  test('every cut of one event', async () => {
    for (const row of ROWS) {
      const report = await verify(ROWS.filter((other) => other !== row));
      expect(report.ok).toBe(false);
      expect(report.findings.map(({ problem }) => problem).join()).toMatch(/missing/);
    }
  });

  test('every cut of the end, whole chains too', async () => {
    for (let length = 0; length < KEY_ROWS.length; length += 1) {
      expect((await verify([...others, ...KEY_ROWS.slice(0, length)])).ok).toBe(false);
    }
  });

  test('every exchange of two events', async () => {
    for (let a = 0; a < KEY_ROWS.length; a += 1) {
      for (let b = a + 1; b < KEY_ROWS.length; b += 1) {
        const rows = [...KEY_ROWS];
        const [first, second] = [rows[a], rows[b]];
        if (first === undefined || second === undefined) throw new Error('no such row');
        rows[a] = { ...second, seq: first.seq };
        rows[b] = { ...first, seq: second.seq };
        expect((await verify([...others, ...rows])).ok).toBe(false);
        const asRead = KEY_ROWS.with(a, second).with(b, first);
        expect((await verify([...others, ...asRead])).ok).toBe(false);
      }
    }
  });

  test('every event put in twice', async () => {
    for (let at = 0; at < KEY_ROWS.length; at += 1) {
      const rows = [...KEY_ROWS.slice(0, at + 1), ...KEY_ROWS.slice(at)];
      expect((await verify([...others, ...rows])).findings.map(({ problem }) => problem).join()).toMatch(
        /stands after/,
      );
    }
  });

  test.each<[string, Partial<ChainRow>, RegExp]>([
    ['a wrong count', { used: 1 }, /its count is 1, its events add up to 2/],
    ['a wrong head', { head: '0'.repeat(64) }, /last hash/],
    ['a later end', { lastSeq: 7 }, /events 6 to 7 are missing at its end/],
    ['an earlier end', { lastSeq: 4 }, /has 5 events, the list of chains says 4/],
  ])('%s in the row of the chain', async (_, change, problem) => {
    const chains = CHAINS.map((row) => (row.chain === 'key-a' ? { ...row, ...change } : row));
    const { ok, findings } = await verify(ROWS, chains);
    expect(ok).toBe(false);
    expect(findings).toEqual([{ chain: 'key-a', seq: null, problem: expect.stringMatching(problem) }]);
  });

  test('a chain that is gone with its row', async () => {
    const chains = CHAINS.filter(({ chain }) => chain !== 'key-a');
    expect((await verify(others, chains)).findings).toEqual([
      { chain: 'key-a', seq: null, problem: 'was opened and is gone' },
    ]);
  });

  test('a chain without a row, a chain that was never opened', async () => {
    const chains = CHAINS.filter(({ chain }) => chain !== 'key-a');
    expect((await verify(ROWS, chains)).findings.map(({ problem }) => problem)).toContain(
      'is not in the list of chains',
    );
    const alone = CHAINS.filter(({ chain }) => chain === 'key-a');
    expect((await verify(KEY_ROWS, alone)).findings.map(({ problem }) => problem)).toEqual([
      'was never opened in the profile chain',
    ]);
  });

  test('events of another ledger or chain', async () => {
    const foreign = await verifyLedger({ ledger: 'another', chains: CHAINS, events: [ROWS], sha256Hex });
    expect(foreign.findings.map(({ problem }) => problem)).toContain('belongs to another ledger');
    const moved = KEY_ROWS.map((row) => ({ ...row, chain: 'key-z' }));
    const { findings } = await verify([...others, ...moved]);
    expect(findings.filter(({ chain }) => chain === 'key-z')[0]?.problem).toBe('belongs to another chain');
  });

  test('a name given twice, which most JSON readers let pass', () => {
    const [row] = KEY_ROWS;
    if (row === undefined) throw new Error('no row');
    const text = row.text.replace('{', '{"delta":0,');
    const verifier = new ChainVerifier(LEDGER, 'key-a', sha256Hex);
    verifier.add({ ...row, text, hash: sha256Hex(text) });
    expect(verifier.finish(undefined).findings.map(({ problem }) => problem)).toContain(
      'its text is not canonical',
    );
  });
});

/** Writes a chain anew with changed events, hashes and rows that all fit. */
function rewritten(change: (event: Record<string, unknown>) => Record<string, unknown>, length: number) {
  let head = genesis(LEDGER, 'key-a', sha256Hex);
  let used = 0;
  const rows = KEY_ROWS.slice(0, length).map((row): StoredEvent => {
    const event: Record<string, unknown> = { ...change(JSON.parse(row.text)), prev: head };
    const text = canonicalJson(event);
    head = sha256Hex(text);
    used += Number(event['delta']);
    return { ...row, text, hash: head };
  });
  const chains = CHAINS.map((row) => (row.chain === 'key-a' ? { ...row, used, lastSeq: length, head } : row));
  return { rows: [...others, ...rows], chains };
}

describe('a consistent rewrite is found only against a record kept elsewhere', () => {
  test('of an event', async () => {
    const { rows, chains } = rewritten((event) => ({ ...event, actor: 'mallory' }), KEY_ROWS.length);
    expect((await verify(rows, chains)).ok).toBe(true);
    const { ok, findings } = await verify(rows, chains, EARLIER);
    expect(ok).toBe(false);
    expect(findings).toEqual([
      { chain: 'key-a', seq: 5, problem: 'is not the event that the earlier record has here' },
    ]);
  });

  test('of the end: an older copy put in place of the ledger', async () => {
    const { rows, chains } = rewritten((event) => event, 2);
    expect((await verify(rows, chains)).ok).toBe(true);
    expect((await verify(rows, chains, EARLIER)).findings).toEqual([
      { chain: 'key-a', seq: null, problem: 'ends at event 2; the earlier record has 5' },
    ]);
  });

  test('of everything', async () => {
    expect((await verify([], [])).ok).toBe(true);
    expect((await verify([], [], EARLIER)).ok).toBe(false);
  });

  test('a ledger that has only grown has the earlier one as its prefix', async () => {
    const world = small();
    const earlier = { ledger: LEDGER, chains: chainEnds(world.chains.values()) };
    world.activate(hardware('web03'));
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
    expect((await verify(world.rows, [...world.chains.values()], earlier)).findings).toEqual([]);
  });

  test('the record of another ledger proves nothing', async () => {
    const ends: ChainEnd[] = [];
    const { findings } = await verify(ROWS, CHAINS, { ledger: 'another', chains: ends });
    expect(findings).toEqual([
      { chain: null, seq: null, problem: 'the earlier record is of another ledger' },
    ]);
  });
});

test('a chain that is broken throughout is told briefly', async () => {
  const verifier = new ChainVerifier(LEDGER, 'key-a', sha256Hex);
  for (let seq = 1; seq <= 500; seq += 1) verifier.add({ chain: 'key-a', seq, text: 'x', hash: 'y' });
  const { findings } = verifier.finish(undefined);
  expect(findings).toHaveLength(101);
  expect(findings.at(-1)?.problem).toBe('and 901 more findings');
});

import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { EarlierLedger } from '../../src/activation/verify.ts';
import { sha256Hex } from '../../src/backend/local/crypto.ts';
import { ledgerId } from '../../src/backend/local/ledger.ts';
import { localLedger } from '../../src/backend/local/ledger-export.ts';
import { reserveWithin } from '../../src/backend/local/reserving.ts';
import { verifyPart } from '../../src/backend/local/verify/part.ts';
import { inParts } from '../../src/backend/local/verify/range.ts';
import type { VerifierSetup } from '../../src/backend/local/verify/threads.ts';
import { reportOn } from '../../src/backend/local/verify/verify.ts';
import type { Sql } from '../../src/store/sql.ts';
import { inProcess } from '../commands/in-process.ts';
import { isLocked, locksAreTold } from '../helpers/held-locks.ts';
import { requires } from '../helpers/requires.ts';
import { importKeys } from '../process/activate-support.ts';
import { requestFor, reserveMany, setupOf } from './reserve-many.ts';

const program = fileURLToPath(new URL('../../src/backend/local/verify/worker.ts', import.meta.url));

/** A profile with three keys and eleven activations, and its ledger as one process and as threads see it. */
async function profile(limits: Partial<VerifierSetup> = {}) {
  const { home, run } = inProcess();
  await importKeys(run, [3, 3, null]);
  await reserveMany(home, 11);
  const { database, product, ...setup } = setupOf(home);
  onTestFinished(() => database.close());
  const databaseFile = join(home, 'profiles', 'default', 'benefits.db');
  const verifier = { program, databaseFile, fromEvents: 0, heapMiB: 64, ...limits };
  return {
    database,
    databaseFile,
    reserve: (machine: string) =>
      database.write((sql) => reserveWithin(sql, requestFor(product, machine), 'tester', setup)),
    alone: localLedger(database, sha256Hex),
    inThreads: localLedger(database, sha256Hex, verifier),
    inParts: (earlier: EarlierLedger | undefined) => database.snapshot((sql) => verifyInParts(sql, earlier)),
  };
}

/** What threads do, one part after the other. */
async function verifyInParts(sql: Sql, earlier: EarlierLedger | undefined) {
  const ledger = await ledgerId(sql);
  const ranges = [
    { from: null, below: 'profile' },
    { from: 'profile', below: null },
  ];
  const parts = [];
  for (const range of ranges) parts.push(await verifyPart(sql, { ledger, range, earlier }, sha256Hex));
  return reportOn(sql, parts, { ledger, earlier, sha256Hex });
}

test('threads find a ledger sound, with the same report as one process', async () => {
  const { alone, inThreads } = await profile();
  const report = await inThreads.verify(undefined);
  expect(report).toMatchObject({ ok: true, findings: [] });
  expect(report.chains).toHaveLength(4);
  expect(report).toEqual(await alone.verify(undefined));
});

test.skipIf(!requires('/proc/locks', locksAreTold))(
  'the file stays locked when the threads have ended',
  async () => {
    const { databaseFile, database, inThreads } = await profile();
    await ledgerId(database.reading());
    expect(isLocked(databaseFile)).toBe(true);
    await inThreads.verify(undefined);
    expect(isLocked(databaseFile)).toBe(true);
  },
);

test.each([
  ['a text', `UPDATE ledger_event SET text = replace(text, 'pc-3', 'pc-4')`],
  ['a hash in each chain', `UPDATE ledger_event SET hash = 'f' || substr(hash, 2) WHERE seq = 2`],
  ['what an event is filed under', `UPDATE ledger_event SET machine_id = 'm-other' WHERE seq = 1`],
  ['a column that is emptied', `UPDATE ledger_event SET subject = NULL WHERE seq = 2`],
  ['the standing of machines', `UPDATE standing SET live = live + 1`],
  ['the last event of a standing', `UPDATE standing SET last_at = '2020-01-01T00:00:00.000Z'`],
  ['a standing that is gone', `DELETE FROM standing WHERE last_seq = 2`],
  ['a standing of no chain', `UPDATE standing SET key_id = 'zzz' WHERE last_seq = 2`],
  ['the machines', `UPDATE machine SET last_seen = '2020-01-01T00:00:00.000Z'`],
  ['the counts', 'UPDATE chain SET used = used + 1'],
  ['the list of chains', 'DELETE FROM chain WHERE used > 0'],
  ['an event in another chain', `UPDATE ledger_event SET chain = 'aaa' WHERE number = 5`],
  ['the first chain, gone', `DELETE FROM ledger_event WHERE chain = (SELECT MIN(id) FROM chain)`],
])('parts find what is found at once: %s', async (_, change) => {
  const { database, alone, inParts } = await profile();
  await database.write((sql) => sql.run(change));
  const report = await inParts(undefined);
  expect(report.ok).toBe(false);
  expect(report.findings.length).toBeGreaterThan(0);
  expect(report).toEqual(await alone.verify(undefined));
});

test('an earlier record is compared in every part', async () => {
  const { alone, inParts } = await profile();
  const { ledger, chains } = await alone.export();
  expect(await inParts({ ledger, chains })).toMatchObject({ ok: true });
  const other = chains.map(([chain, seq]) => [chain, seq, 'f'.repeat(64)] as const);
  const report = await inParts({ ledger, chains: other });
  expect(report.findings).toHaveLength(chains.length);
  expect(report).toEqual(await alone.verify({ ledger, chains: other }));
});

test('all threads see one moment while somebody writes', async () => {
  const { inThreads, reserve } = await profile();
  let going = true;
  const writing = (async () => {
    // Nothing of the threads arrives while this loop holds the process.
    for (let number = 0; going; number += 1) await reserve(`more-${number}`).then(() => setImmediate());
  })();
  const report = await inThreads.verify(undefined).finally(() => {
    going = false;
    return writing;
  });
  expect(report.findings).toEqual([]);
  expect(report.events).toBeGreaterThan(20);
});

test('without enough memory for a thread one process goes on', async () => {
  const hungry = fileURLToPath(new URL('./child-out-of-memory.ts', import.meta.url));
  const { alone, inThreads } = await profile({ program: hungry, heapMiB: 16 });
  expect(await inThreads.verify(undefined)).toEqual(await alone.verify(undefined));
});

test.each([
  [[], [null]],
  [[['a', 5]], [null]],
  [
    [
      ['a', 5],
      ['b', 5],
    ],
    [null, 'b'],
  ],
  [
    [
      ['a', 9],
      ['b', 1],
      ['c', 1],
    ],
    [null, 'b'],
  ],
  [
    [
      ['c', 1],
      ['b', 1],
      ['a', 1],
      ['d', 9],
    ],
    [null, 'd'],
  ],
  [
    [
      ['a', 0],
      ['b', 0],
    ],
    [null],
  ],
] as const)('chains are divided where events are: %j', (chains, begins) => {
  const ranges = inParts(
    chains.map(([chain, lastSeq]) => ({ chain, lastSeq })),
    2,
  );
  expect(ranges.map(({ from }) => from)).toEqual(begins);
  expect(ranges.map(({ below }) => below)).toEqual([...begins.slice(1), null]);
});

import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../helpers/warm.ts';
import { activate, activated, hardwareFile, importKeys, PRODUCT, settle } from './activate-support.ts';
import { answer, type Json, ok, type Runner } from './support.ts';

/*
 * Somebody with the database's file and SQLite, and what `activations verify` says to that.
 */
let original: string;
let exported: string;
let head: string;

beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
  const run: Runner = (args, options) => runProgram(original, args, options);
  await importKeys(run, [5]);
  await activated(run, '--hardware', hardwareFile('pc-17'));
  await settle(run, await activate(run, '--machine', 'pc-18'), '--failed', '0xC004C003');
  await activate(run, '--machine', 'pc-19');
  await ok(run, ['key', PRODUCT]);
  await ok(run, ['machines', 'retire', 'pc-18', '--reason', 'scrapped']);
  exported = join(original, 'export.jsonl');
  await answer(run, ['activations', 'export', '--out-file', exported]);
  head = String((await answer(run, ['activations', 'verify']))['head']);
});

afterAll(() => rmSync(original, { recursive: true, force: true }));

/** A copy of the profile, after somebody was at it. */
function tampered(change: (database: DatabaseSync) => void): Runner {
  const home = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  cpSync(original, home, { recursive: true });
  const database = new DatabaseSync(join(home, 'profiles', 'default', 'benefits.db'));
  change(database);
  database.close();
  return (args, options) => runProgram(home, args, options);
}

async function findings(run: Runner, ...more: readonly string[]): Promise<string[]> {
  const done = await run(['activations', 'verify', ...more, '-o', 'json']);
  expect(done.code, done.stderr).toBe(9);
  expect(done.error().code).toBe('CHECK_FAILED');
  const report = done.json() as { ok: boolean; findings: Json[]; chains: { chain: string; ok: boolean }[] };
  expect(report.ok).toBe(false);
  expect(report.findings.length).toBeGreaterThan(0);
  for (const { chain } of report.findings) {
    const named = report.chains.find((one) => one.chain === chain);
    if (named !== undefined) expect(named.ok).toBe(false);
  }
  return report.findings.map(({ chain, seq, problem }) =>
    [chain, seq, problem].filter((part) => part !== null).join(': '),
  );
}

const KEY_CHAIN = "chain NOT IN ('profile', 'access')";
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Writes a chain anew from one of its events on, with hashes and the chain row as they should be. */
function rewrite(database: DatabaseSync, edit: (text: string) => string): void {
  const rows = database.prepare(`SELECT * FROM ledger_event WHERE ${KEY_CHAIN} ORDER BY seq`).all();
  let prev: string | undefined;
  for (const row of rows) {
    const changed = edit(String(row['text']));
    const text = prev === undefined ? changed : changed.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    prev = sha256(text);
    database
      .prepare('UPDATE ledger_event SET text = ?, hash = ? WHERE number = ?')
      .run(text, prev, Number(row['number']));
  }
  database.prepare(`UPDATE chain SET head = ? WHERE ${KEY_CHAIN.replace('chain', 'id')}`).run(String(prev));
}

test('the untouched copy is sound, also against its export and its head', async () => {
  const run = tampered(() => {});
  for (const more of [[], ['--against', exported], ['--against', head]]) {
    expect(await answer(run, ['activations', 'verify', ...more])).toMatchObject({
      ok: true,
      findings: [],
      head,
    });
  }
});

describe('found without help', () => {
  test.each<[string, string, RegExp]>([
    [
      'a text is edited',
      `UPDATE ledger_event SET text = replace(text, 'pc-18', 'pc-88') WHERE ${KEY_CHAIN} AND seq = 3`,
      /3: its text does not have its hash/,
    ],
    [
      'a delta is edited',
      `UPDATE ledger_event SET text = replace(text, '"delta":1', '"delta":0') WHERE ${KEY_CHAIN} AND seq = 1`,
      /its count is 2, its events add up to 1/,
    ],
    [
      'a hash is edited',
      `UPDATE ledger_event SET hash = '${'0'.repeat(64)}' WHERE ${KEY_CHAIN} AND seq = 2`,
      /2: its text/,
    ],
    [
      'used is edited',
      'UPDATE chain SET used = used - 1 WHERE used > 0',
      /its count is 1, its events add up to 2/,
    ],
    [
      'pending is edited',
      'UPDATE chain SET pending = 0 WHERE pending > 0',
      /its pending count is 0, its events leave 1 pending/,
    ],
    [
      'the head of a chain is edited',
      `UPDATE chain SET head = '${'a'.repeat(64)}' WHERE id = 'profile'`,
      /its last hash is not/,
    ],
    ['an event is deleted', `DELETE FROM ledger_event WHERE ${KEY_CHAIN} AND seq = 2`, /event 2 is missing/],
    [
      'the first event is deleted',
      `DELETE FROM ledger_event WHERE ${KEY_CHAIN} AND seq = 1`,
      /event 1 is missing/,
    ],
    ['the end is cut', `DELETE FROM ledger_event WHERE ${KEY_CHAIN} AND seq > 3`, /are missing at its end/],
    ['all events of a chain are cut', `DELETE FROM ledger_event WHERE ${KEY_CHAIN}`, /missing at its end/],
    [
      'events are put into another order',
      `UPDATE ledger_event SET seq = -seq WHERE ${KEY_CHAIN} AND seq IN (2, 3);
       UPDATE ledger_event SET seq = 5 + seq WHERE ${KEY_CHAIN} AND seq < 0`,
      /its text says that it is event/,
    ],
    [
      'an event is inserted at the end',
      `INSERT INTO ledger_event (chain, seq, text, hash, type, at, subject, machine_id, product_id)
       SELECT chain, seq + 1, text, hash, type, at, subject, machine_id, product_id FROM ledger_event
       WHERE ${KEY_CHAIN} ORDER BY seq DESC LIMIT 1`,
      /its text says that it is event/,
    ],
    [
      'an event is moved to another chain',
      `UPDATE ledger_event SET chain = 'access', seq = 2 WHERE ${KEY_CHAIN} AND seq = 5`,
      /belongs to another chain/,
    ],
    [
      'the text is no JSON',
      `UPDATE ledger_event SET text = 'x' WHERE ${KEY_CHAIN} AND seq = 1`,
      /is not JSON/,
    ],
    [
      'the text gets a blank',
      `UPDATE ledger_event SET text = text || ' ' WHERE ${KEY_CHAIN} AND seq = 1`,
      /not canonical/,
    ],
    [
      'the ledger gets another id',
      "UPDATE profile SET ledger = '00000000-0000-4000-8000-000000000000'",
      /belongs to another ledger/,
    ],
    [
      'a chain is taken away with its events',
      `DELETE FROM ledger_event WHERE ${KEY_CHAIN}; DELETE FROM chain WHERE id NOT IN ('profile', 'access')`,
      /was opened and is gone/,
    ],
    ['a chain row is taken away', "DELETE FROM chain WHERE id = 'access'", /is not in the list of chains/],
    [
      'the column that finds an activation is edited',
      `UPDATE ledger_event SET subject = 'a-other' WHERE ${KEY_CHAIN} AND seq = 4`,
      /4: is filed under something else than its text says/,
    ],
    [
      'a type is edited',
      `UPDATE ledger_event SET type = 'succeeded' WHERE type = 'failed'`,
      /is filed under something else/,
    ],
    [
      'a time is edited',
      "UPDATE ledger_event SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 1",
      /is filed under something else/,
    ],
    [
      'a machine gets more activations',
      'UPDATE standing SET live = live + 1 WHERE live = 0',
      /1 activations of machine .* on record, its events say 0/,
    ],
    ['a machine loses its standing', 'DELETE FROM standing WHERE live = 1', /has no record of machine/],
    [
      'a standing is invented',
      "INSERT INTO standing (key_id, machine_id, last_seq, live, last_at) VALUES ('k-none', 'm-none', 1, 1, '2026')",
      /k-none: has machines on record that none of its events name/,
    ],
    [
      'a standing names another last event',
      'UPDATE standing SET last_seq = 1 WHERE last_seq > 1',
      /another last event/,
    ],
    [
      'a machine is renamed',
      "UPDATE machine SET name = 'pc-77' WHERE name = 'pc-17'",
      /another name on record/,
    ],
    [
      'a machine gets other hardware',
      `UPDATE machine SET hardware = replace(hardware, '"a', '"b') WHERE hardware IS NOT NULL`,
      /another hardware on record/,
    ],
    ['a machine is in use again', 'UPDATE machine SET retired_on = NULL', /another retirement on record/],
    ['a machine is deleted', "DELETE FROM machine WHERE name = 'pc-19'", /is gone from the list of machines/],
    [
      'a machine is invented',
      `INSERT INTO machine (id, name, name_key, former_names, first_seen, last_seen)
       VALUES ('m-x', 'x', 'x', '[]', '2026', '2026')`,
      /machine m-x is on record, and no event names it/,
    ],
  ])('%s', async (_, statements, finding) => {
    const run = tampered((database) => database.exec(statements));
    expect((await findings(run)).join('\n')).toMatch(finding);
  });
});

describe('found only against something kept elsewhere', () => {
  const rewritten = (): Runner =>
    tampered((database) =>
      rewrite(database, (text) =>
        text.replace('"actor":', '"actor":"nobody","was":').replace(/"was":("[^"]*"|null),/, ''),
      ),
    );

  const cut = (): Runner =>
    tampered((database) => {
      // The end of the access chain, with its chain row: as an older copy of the file would have it.
      database.exec("DELETE FROM ledger_event WHERE chain = 'access'; DELETE FROM chain WHERE id = 'access'");
    });

  test.each([
    ['a consistent rewrite', rewritten],
    ['a cut with its chain row', cut],
  ])('%s', async (_, make) => {
    const run = make();
    expect(await answer(run, ['activations', 'verify'])).toMatchObject({ ok: true });
    expect((await findings(run, '--against', exported)).join('\n')).toMatch(/earlier record/);
    expect(await findings(run, '--against', head)).toEqual([
      'the given head was never the head of this ledger',
    ]);
  });

  test('an older copy of the whole file', async () => {
    const run = tampered(() => {});
    await activate(run, '--machine', 'pc-20');
    const later = String((await answer(run, ['activations', 'verify']))['head']);
    expect(
      await findings(
        tampered(() => {}),
        '--against',
        later,
      ),
    ).toEqual(['the given head was never the head of this ledger']);
    // And the other way round the earlier export is a prefix.
    expect(await answer(run, ['activations', 'verify', '--against', exported])).toMatchObject({ ok: true });
    expect(await answer(run, ['activations', 'verify', '--against', head])).toMatchObject({ ok: true });
  });

  test('an export of another ledger, a damaged export, and no file at all', async () => {
    const run = tampered(() => {});
    const other = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
    onTestFinished(() => rmSync(other, { recursive: true, force: true }));
    await importKeys((args, options) => runProgram(other, args, options), [1]);
    await activate((args, options) => runProgram(other, args, options), '--machine', 'a');
    const file = join(other, 'other.jsonl');
    await answer(
      (args, options) => runProgram(other, args, options),
      ['activations', 'export', '--out-file', file],
    );
    expect(await findings(run, '--against', file)).toContain('the earlier record is of another ledger');
    const { readFileSync, writeFileSync } = await import('node:fs');
    writeFileSync(file, readFileSync(exported, 'utf8').replace('pc-18', 'pc-81'));
    const damaged = await run(['activations', 'verify', '--against', file, '-o', 'json']);
    expect([damaged.code, damaged.error().code]).toEqual([8, 'INVALID_DATA']);
    expect((await run(['activations', 'verify', '--against', join(other, 'none')])).code).toBe(2);
  });
});

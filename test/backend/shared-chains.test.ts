import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROFILE_CHAIN } from '../../src/activation/events.ts';
import { randomId, sha256Hex } from '../../src/backend/local/crypto.ts';
import { appendTo, lockChain, openChain, shareChains } from '../../src/backend/local/ledger.ts';
import { localLedger } from '../../src/backend/local/ledger-export.ts';
import { ProfileFile } from '../../src/backend/local/profile-database.ts';
import type { Transaction } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

let folder: string;
let database: ProfileFile;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-shared-'));
  const file = join(folder, 'profile', 'benefits.db');
  await openSqlite(file, { ledger: 'a-ledger', vaultId: 'a-vault' }).close();
  database = new ProfileFile(file);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Two events of two pieces of work that have read the chain before either wrote. */
async function appendTwice(sql: Transaction): Promise<void> {
  const setup = { now: () => new Date(), randomId, sha256Hex, ledger: 'a-ledger' };
  await openChain(sql, PROFILE_CHAIN, null, setup);
  const read = await Promise.all([lockChain(sql, PROFILE_CHAIN), lockChain(sql, PROFILE_CHAIN)]);
  for (const [at, locked] of read.entries()) {
    if (locked === undefined) throw new Error('the chain is not there');
    const body = {
      type: 'offer-set',
      delta: 0,
      actor: null,
      offer: `other:${at}`,
      purchased: null,
      policy: null,
    } as const;
    appendTo(sql, locked, body, 0, setup);
  }
}

describe('two that append to one chain in one transaction', () => {
  it('stand one behind the other where the transaction is shared', async () => {
    await database.write(async (sql) => {
      shareChains(sql);
      await appendTwice(sql);
    });
    expect(await localLedger(database, sha256Hex).verify(undefined)).toMatchObject({
      ok: true,
      events: 2,
      findings: [],
    });
  });

  it('collide where it is not, and nothing is written', async () => {
    await expect(database.write(appendTwice)).rejects.toThrow();
    expect(await localLedger(database, sha256Hex).verify(undefined)).toMatchObject({ ok: true, events: 0 });
  });
});

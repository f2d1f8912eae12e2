import { counted } from '../counted.ts';
import { daysBetween } from '../entitlements/days.ts';
import { AppError } from '../errors.ts';
import type { Places } from '../settings/places.ts';
import { databaseFile, type Profile } from '../settings/profiles.ts';
import { ownFileExists } from '../store/owner-only.ts';
import { integer, textOrNull } from '../store/sql.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { Check, Verdict } from './check.ts';

/** An export that is older would miss too much. */
const LONGEST_DAYS = 90;

export interface LastExportSetup {
  readonly places: Places;
  readonly profile: Profile;
  /** The user's calendar day. */
  readonly today: string;
}

/** Whether the product keys would survive the loss of this machine or of its keychain. */
export function lastExportCheck(setup: LastExportSetup): Check {
  return { id: 'export', title: 'Last export', look: () => look(setup) };
}

async function look({ places, profile, today }: LastExportSetup): Promise<Verdict> {
  if (profile.kind === 'sandbox') return { result: 'skip', evidence: 'The keys of the sandbox are made up.' };
  try {
    const file = databaseFile(places, profile.name);
    if (!ownFileExists(file)) return { result: 'ok', evidence: 'There is no key to lose yet.' };
    return verdictOn(await read(file), today);
  } catch (error) {
    // Why it cannot be read is said by the check of the database, and once is enough.
    if (error instanceof AppError)
      return { result: 'skip', evidence: 'The database, where it is noted, cannot be read.' };
    throw error;
  }
}

interface LastExport {
  readonly keys: number;
  /** Calendar day; null if there was none. */
  readonly exportedOn: string | null;
}

function verdictOn({ keys, exportedOn }: LastExport, today: string): Verdict {
  if (keys === 0) return { result: 'ok', evidence: 'There is no key to lose yet.' };
  const age = exportedOn === null ? null : daysBetween(exportedOn, today);
  if (age !== null && age <= LONGEST_DAYS) return { result: 'ok', evidence: `On ${exportedOn}.` };
  return {
    result: 'warn',
    evidence: age === null ? `${counted(keys, 'key')}, and no export.` : `On ${exportedOn}, ${age} days ago.`,
    fix: 'Keys that are lost are not replaced. Run `mpn-benefits profile export <file>` and keep the file elsewhere.',
  };
}

async function read(file: string): Promise<LastExport> {
  const database = openSqlite(file);
  try {
    const row = await database.first(
      'SELECT (SELECT COUNT(*) FROM product_key) AS keys, exported_on FROM profile',
    );
    return row === undefined
      ? { keys: 0, exportedOn: null }
      : { keys: integer(row, 'keys'), exportedOn: textOrNull(row, 'exported_on') };
  } finally {
    await database.close();
  }
}

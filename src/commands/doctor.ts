import { keyPlaces } from '../backend/open.ts';
import { type Check, runChecks, type Verdict } from '../checks/check.ts';
import { installationChecks } from '../checks/installation.ts';
import { lastExportCheck } from '../checks/last-export.ts';
import { lookAtVaultKey } from '../checks/vault-key.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { databaseFile } from '../settings/profiles.ts';
import { ownFileExists } from '../store/owner-only.ts';
import type { Result } from '../terminal/result.ts';
import { findingsResult } from './shared/findings.ts';

/** Checks this installation. Exit code 9 if something is wrong. */
export async function run(_options: object, context: Context): Promise<Result> {
  const { places, surroundings, terminal } = context;
  const { platform } = surroundings;
  const profile = context.profile();
  const checks = [
    ...installationChecks({
      places,
      profile,
      nodeVersion: surroundings.nodeVersion,
      platform,
      vaultKey: () => vaultKey(context),
    }),
    lastExportCheck({ places, profile, today: terminal.messageView().today }),
  ];
  const findings = await runChecks(profile.kind === 'remote' ? checks.map(leftToService) : checks);
  return findingsResult(findings);
}

/** Checks of what a remote profile has nothing of on this machine. */
const OF_SERVICE: ReadonlySet<string> = new Set(['disk', 'database', 'vault-key', 'export']);

function leftToService(check: Check): Check {
  if (!OF_SERVICE.has(check.id)) return check;
  return {
    ...check,
    look: () => ({ result: 'skip', evidence: 'The service of this profile looks after it.' }),
  };
}

/** A vault key that can be had may still be that of another vault. */
async function vaultKey(context: Context): Promise<Verdict> {
  const { places, surroundings } = context;
  const { env, platform } = surroundings;
  const profile = context.profile();
  const had = await lookAtVaultKey(keyPlaces({ profile, places, env, platform }));
  if (had.result !== 'ok' || !ownFileExists(databaseFile(places, profile.name))) return had;
  try {
    const { vaultKeys } = await context.backend();
    const { key, problem } = await vaultKeys.status();
    if (key === 'none' || key === 'unknown') return had;
    if (key === 'right') return { ...had, evidence: `${had.evidence} It opens this profile.` };
    return {
      result: 'fail',
      evidence: problem ?? 'It does not open this profile.',
      fix: 'Use the vault key that this profile was made with, or the home folder that belongs to this key.',
    };
  } catch (error) {
    // What is wrong with the database is said by its own check.
    if (error instanceof AppError) return had;
    throw error;
  }
}

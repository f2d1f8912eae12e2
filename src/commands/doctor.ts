import { keyPlaces } from '../backend/open.ts';
import { type Check, runChecks, type Verdict } from '../checks/check.ts';
import { installationChecks } from '../checks/installation.ts';
import { lastExportCheck } from '../checks/last-export.ts';
import { teamServiceCheck } from '../checks/team-service.ts';
import { lookAtVaultKey } from '../checks/vault-key.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { databaseFile, type Profile, profileCalled } from '../settings/profiles.ts';
import { readConfiguration } from '../settings/settings.ts';
import { ownFileExists } from '../store/owner-only.ts';
import type { Result } from '../terminal/result.ts';
import { MISSING_KEY_HINT, WRONG_KEY_HINT } from '../vault/vault.ts';
import { findingsResult } from './shared/findings.ts';

/** Checks this installation. Exit code 9 if something is wrong. */
export async function run(context: Context): Promise<Result> {
  const { places, surroundings, terminal } = context;
  const { platform } = surroundings;
  const { profile, problem } = profileToCheck(context);
  const checks = [
    ...installationChecks({
      places,
      profile,
      nodeVersion: surroundings.nodeVersion,
      platform,
      vaultKey: () => vaultKey(profile, context),
    }),
    lastExportCheck({ places, profile, today: terminal.messageView().today }),
    ...serviceChecks(profile, context),
  ];
  const findings = await runChecks(checks.map((check) => fitted(check, profile, problem)));
  return findingsResult(findings);
}

/** Of a profile that lives on a service. */
function serviceChecks(profile: Profile, context: Context): readonly Check[] {
  if (profile.remote === undefined) return [];
  const ask = async () => {
    const { client } = await (await context.remoteOf(profile)).remote();
    return client.call('getSession');
  };
  return [teamServiceCheck({ origin: profile.remote.url, offline: context.global.offline === true, ask })];
}

interface ToCheck {
  readonly profile: Profile;
  /** Why there is no such profile, if it is the settings that name it. */
  readonly problem?: AppError;
}

/**
 * The profile to look at. What is wrong with the settings and the folders is for the checks to say; only a profile that
 * was asked for has to be there. Throws NOT_FOUND, USAGE.
 */
function profileToCheck(context: Context): ToCheck {
  const { places } = context;
  try {
    return { profile: context.profile() };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'USAGE') throw error;
    const { value, source } = context.setting('profile');
    const isNotThere = error.code === 'NOT_FOUND';
    // It may stand in the part of the settings that cannot be read.
    const wasAskedFor = source === 'flag' || source === 'environment';
    if (isNotThere && wasAskedFor && isReadable(places.configFile)) throw error;
    return { profile: profileCalled(places, value ?? ''), ...(isNotThere ? { problem: error } : {}) };
  }
}

function isReadable(configFile: string): boolean {
  try {
    readConfiguration(configFile);
    return true;
  } catch {
    return false;
  }
}

/** Checks of what a profile has, if it has it on this machine. */
const OF_PROFILE: ReadonlySet<string> = new Set(['disk', 'database', 'vault-key', 'export']);

/** The check as this profile needs it. */
function fitted(check: Check, { kind, name }: Profile, problem: AppError | undefined): Check {
  if (problem !== undefined && check.id === 'configuration') {
    return {
      ...check,
      look: async () => {
        const verdict = await check.look();
        return verdict.result === 'ok' ? namesNoProfile(problem) : verdict;
      },
    };
  }
  if (!OF_PROFILE.has(check.id) || (kind !== 'remote' && problem === undefined)) return check;
  const evidence =
    problem === undefined
      ? 'The service of this profile looks after it.'
      : `There is no profile ${name} to look at.`;
  return { ...check, look: () => ({ result: 'skip', evidence }) };
}

function namesNoProfile({ message, hint }: AppError): Verdict {
  return {
    result: 'fail',
    evidence: `The setting "profile" names one that is not there. ${message}`,
    fix: `Go back to the default: mpn-benefits config unset profile. ${hint}`,
  };
}

/** A vault key that can be had may still be that of another vault. */
async function vaultKey(profile: Profile, context: Context): Promise<Verdict> {
  const { places, surroundings } = context;
  const { env, platform } = surroundings;
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
      fix: key === 'missing' ? MISSING_KEY_HINT : WRONG_KEY_HINT,
    };
  } catch (error) {
    // What is wrong with the database is said by its own check.
    if (error instanceof AppError) return had;
    throw error;
  }
}

import { keyPlaces } from '../backend/open.ts';
import { runChecks } from '../checks/check.ts';
import { installationChecks } from '../checks/installation.ts';
import { lastExportCheck } from '../checks/last-export.ts';
import { lookAtVaultKey } from '../checks/vault-key.ts';
import type { Context } from '../context.ts';
import type { Result } from '../terminal/result.ts';
import { findingsResult } from './shared/findings.ts';

/** Checks this installation. Exit code 9 if something is wrong. */
export async function run(_options: object, context: Context): Promise<Result> {
  const { places, surroundings, terminal } = context;
  const { env, platform } = surroundings;
  const profile = context.profile();
  const findings = await runChecks([
    ...installationChecks({
      places,
      profile,
      nodeVersion: surroundings.nodeVersion,
      platform,
      vaultKey: () => lookAtVaultKey(keyPlaces({ profile, places, env, platform })),
    }),
    lastExportCheck({ places, profile, today: terminal.messageView().today }),
  ]);
  return findingsResult(findings);
}

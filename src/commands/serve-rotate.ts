import { backendOver } from '../backend/local/local.ts';
import type { Context } from '../context.ts';
import type { Result } from '../terminal/result.ts';
import { rotateVaultKey } from './shared/rotate-vault-key.ts';
import { type DatabaseOptions, withData } from './shared/team-data.ts';

export interface RotateOptions extends DatabaseOptions {
  readonly ownKey?: true | undefined;
}

/** Seals every key of a team's profile with a new vault key. */
export async function run({ ownKey, ...options }: RotateOptions, context: Context): Promise<Result> {
  return withData(options, context, false, async ({ parts }) => {
    const own = ownKey === true || (await parts.vaultKeyPlace()) === 'environment';
    const keepIt =
      'give it to every process of the service in MPN_BENEFITS_VAULT_KEY, restart them, and keep a copy.';
    return rotateVaultKey(backendOver(parts).vaultKeys, { own, keepIt }, context);
  });
}

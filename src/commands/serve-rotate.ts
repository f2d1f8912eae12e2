import { backendOver } from '../backend/local/local.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { Result } from '../terminal/result.ts';
import { type DatabaseOptions, withData } from './shared/team-data.ts';
import { typedSecret } from './shared/typed-secret.ts';

export interface RotateOptions extends DatabaseOptions {
  readonly ownKey?: true | undefined;
}

/** Seals every key of a team's profile with a new vault key. */
export async function run({ ownKey, ...options }: RotateOptions, context: Context): Promise<Result> {
  return withData(options, context, false, async ({ parts }) => {
    const { terminal } = context;
    const { vaultKeys } = backendOver(parts);
    const own = ownKey === true || (await parts.vaultKeyPlace()) === 'environment';
    const key = own ? await typedSecret({ message: 'New vault key' }, context) : undefined;
    const { leftover, ...value } = await vaultKeys.rotate(key);
    if (own) {
      terminal.warn(
        'The new vault key is kept nowhere: give it to every process of the service in MPN_BENEFITS_VAULT_KEY, restart them, and keep a copy.',
      );
    }
    if (leftover !== null) {
      terminal.warn(
        `The old vault key could not be removed from ${leftover}; the next rotation tries again.`,
      );
    }
    return {
      kind: 'record',
      value,
      render: () => `Sealed ${counted(value.sealed, 'record')} with a new vault key.`,
    };
  });
}

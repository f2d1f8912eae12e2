import type { VaultKeys } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import { counted } from '../../counted.ts';
import type { Result } from '../../terminal/result.ts';
import { typedSecret } from './typed-secret.ts';

/** Seals every record with a new vault key. One of the user's own is typed, and `keepIt` says where it belongs. */
export async function rotateVaultKey(
  vaultKeys: VaultKeys,
  { own, keepIt }: { readonly own: boolean; readonly keepIt: string },
  context: Context,
): Promise<Result> {
  const { terminal } = context;
  const key = own ? await typedSecret({ message: 'New vault key' }, context) : undefined;
  const { leftover, ...value } = await vaultKeys.rotate(key);
  if (own) terminal.warn(`The new vault key is kept nowhere: ${keepIt}`);
  if (leftover !== null) {
    terminal.warn(`The old vault key could not be removed from ${leftover}; the next rotation tries again.`);
  }
  return {
    kind: 'record',
    value,
    render: () => `Sealed ${counted(value.sealed, 'record')} with a new vault key.`,
  };
}

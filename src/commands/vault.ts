import type { VaultStatus } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import type { Result, View } from '../terminal/result.ts';
import { keyValues } from '../terminal/text.ts';
import { rotateVaultKey } from './shared/rotate-vault-key.ts';

export interface RotateOptions {
  readonly ownKey?: true | undefined;
}

/** Where the vault key is and whether it is the right one. Never the key. */
export async function status(context: Context): Promise<Result> {
  const backend = await context.backend();
  const value = await backend.vaultKeys.status();
  return { kind: 'record', value, render: (view) => renderStatus(value, view) };
}

const WORDS: Readonly<Record<VaultStatus['key'], string>> = {
  right: 'there, and the right one',
  wrong: 'not the right one',
  missing: 'missing',
  unknown: 'cannot be asked for now',
  none: 'none yet',
};

function renderStatus(value: VaultStatus, view: View): string {
  const { good, warn, bad } = view.palette;
  const style = { right: good, wrong: bad, missing: bad, unknown: warn, none: warn }[value.key];
  const lines: [string, string][] = [
    ['Vault key', style(WORDS[value.key])],
    ['Place', value.location],
    ['Vault', value.vaultId],
    ['Sealed', String(value.sealed)],
    ['Last export', value.exportedOn ?? 'never'],
  ];
  if (value.problem !== null) lines.push(['Problem', value.problem]);
  if (value.leftover) lines.push(['Left over', 'the key of an interrupted change; vault rotate drops it']);
  return keyValues(lines, view);
}

/** Seals every record with a new vault key. */
export async function rotate({ ownKey }: RotateOptions, context: Context): Promise<Result> {
  const { vaultKeys } = await context.backend();
  const { place } = await vaultKeys.status();
  const own = ownKey === true || place === 'environment';
  const keepIt = 'set MPN_BENEFITS_VAULT_KEY to it, and keep a copy.';
  const rotated = await rotateVaultKey(vaultKeys, { own, keepIt }, context);
  if (place !== 'file') {
    context.terminal.note(
      'Copies of the database from before cannot be opened any more; exports can. Make a new export.',
    );
  }
  return rotated;
}

/** Puts the environment's key into the keychain. */
export async function adopt(context: Context): Promise<Result> {
  const backend = await context.backend();
  const value = await backend.vaultKeys.adopt();
  const { location, stored } = value;
  return {
    kind: 'record',
    value,
    render: () =>
      stored
        ? `The vault key is now in ${location}. MPN_BENEFITS_VAULT_KEY is not needed here any more.`
        : `The vault key was in ${location} already.`,
  };
}

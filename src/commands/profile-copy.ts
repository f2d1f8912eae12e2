import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Backend } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import { listProfiles, profileCalled, SANDBOX } from '../settings/profiles.ts';
import { writeOutFileFrom } from '../store/own-file-writing.ts';
import type { Validate } from '../terminal/prompts.ts';
import type { Result } from '../terminal/result.ts';
import { openProfile, sealProfile, weakness } from '../vault/profile-file.ts';
import { accessBy } from './shared/key-access.ts';
import { agreeOnFile } from './shared/out-file.ts';
import { typedSecret } from './shared/typed-secret.ts';

export interface CopyOptions {
  readonly file: string;
}

/** Everything of a profile in one file, sealed with a passphrase. */
export async function exportTo({ file }: CopyOptions, context: Context): Promise<Result> {
  const { name, remote } = context.profile();
  // Before anything is asked.
  if (remote !== undefined) await (await import('../backend/remote/remote.ts')).keptByService();
  const agreed = await agreeOnFile(file, context);
  const passphrase = await typedSecret({ message: 'Passphrase', twice: true, validate: longEnough }, context);
  const { copies } = await context.backend();
  const { productId: _, ...access } = accessBy(context, {
    productId: null,
    purpose: null,
    way: 'exported',
    target: basename(file),
  });
  const copy = await copies.export(access);
  try {
    const { signals } = context.surroundings;
    const sealed = sealProfile(passphrase, { profile: name, ...copy });
    await writeOutFileFrom(file, sealed, { ...agreed, signals });
    await copy.done();
  } finally {
    copy.close();
  }
  const { keys, exportedOn } = copy;
  context.terminal.note('Whoever has this file and its passphrase has every key in it: keep the two apart.');
  return {
    kind: 'record',
    value: { profile: name, file, keys, exportedOn },
    render: () => `Exported the profile ${name} with ${counted(keys, 'key')} to ${file}.`,
  };
}

/** Reads such a file into a new profile. */
export async function importFrom({ file }: CopyOptions, context: Context): Promise<Result> {
  checkReadable(file);
  const chosen = chosenName(context);
  // Before anybody types a passphrase for nothing; without a name it stands in the file, sealed.
  const opened = chosen === null ? undefined : await openEmpty(chosen, context);
  // A shorter one seals no file, and taken for a secret it would be hidden in our own words: "is [redacted]".
  const passphrase = await typedSecret({ message: 'Passphrase', validate: longEnough }, context);
  const copy = await openProfile(() => createReadStream(file), passphrase);
  const name = chosen ?? copy.profile;
  const { copies } = opened ?? (await openEmpty(name, context));
  const { keys } = await copies.import(copy);
  const { exportedOn } = copy;
  return {
    kind: 'record',
    value: { profile: name, file, keys, exportedOn },
    render: () =>
      `Read the profile ${name} with ${counted(keys, 'key')}, as it was on ${exportedOn}.${chosen === null && name === context.setting('profile').value ? '' : ` Use it with: mpn-benefits profile use ${name}`}`,
  };
}

const longEnough: Validate = (text) => weakness(new Secret(text)) ?? true;

/** A name given for this call; the profile that commands work on otherwise is not meant. */
function chosenName({ setting }: Context): string | null {
  const { value, source } = setting('profile');
  return source === 'flag' || source === 'environment' ? value : null;
}

/** A profile that a file can be read into; what decides is the import itself. Throws USAGE. */
async function openEmpty(name: string, context: Context): Promise<Backend> {
  const profile = profileCalled(context.places, name);
  const hint = 'Name a new profile: --profile <name>';
  if (profile.kind === SANDBOX) throw new AppError('USAGE', 'Nothing is read into the sandbox.', { hint });
  if (listProfiles(context.places).some((known) => known.name === name && known.kind === 'remote'))
    throw new AppError('USAGE', `${name} is a profile of a team service: no file is read into it.`, { hint });
  const backend = await context.backendOf(profile);
  for await (const _ of backend.entitlements.list({}))
    throw (await import('../backend/local/profile-import.ts')).notEmpty();
  return backend;
}

function checkReadable(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() === true) return;
  throw new AppError('USAGE', `There is no file ${file}.`, {
    hint: 'Make one with: mpn-benefits profile export <file>',
    details: { file },
  });
}

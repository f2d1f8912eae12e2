import type { KeyType } from '../../keys/product-key.ts';
import type { Secret } from '../../keys/secret.ts';
import { azureCommands } from './azure-pipelines.ts';
import { DOTENV_WARNING, dotenvLine } from './dotenv.ts';
import type { KeyFormat, KeyTarget } from './formats.ts';
import { githubAssignment, githubMasks } from './github.ts';
import { asciiJson } from './json.ts';
import { shellAssignment } from './shell.ts';
import { DEFAULT_VARIABLE } from './variable-name.ts';

/** A key that has been chosen, and what is written beside it. */
export interface KeyToWrite {
  readonly key: Secret;
  readonly last5: string;
  readonly keyId: string;
  readonly productId: string;
  readonly type: KeyType;
}

export interface KeyWriting {
  /** The variable's name; PRODUCT_KEY if not given. */
  readonly name?: string | undefined;
  /** `env` if not given. */
  readonly to?: KeyTarget | undefined;
  /** False: nothing after the last character (`--no-newline`). */
  readonly newline?: boolean | undefined;
}

/** A key as text, and where each part of it goes. */
export interface WrittenKey {
  /** For stdout or the output file. */
  readonly text: string;
  /** For the end of the file that the runner named in its environment; null where a format needs none. */
  readonly runnerFile: string | null;
  /** For stderr. */
  readonly warnings: readonly string[];
}

/**
 * Writes a key in one of the formats of `key --format`, under a name that `checkVariable` has let pass.
 * @throws AppError USAGE for a key that the format cannot hold.
 */
export function writeKey(format: KeyFormat, answer: KeyToWrite, writing: KeyWriting = {}): WrittenKey {
  const { name = DEFAULT_VARIABLE, to = 'env', newline = true } = writing;
  const written = write(format, answer, name, to);
  return newline ? written : { ...written, text: written.text.replace(/\n$/, '') };
}

function write(format: KeyFormat, answer: KeyToWrite, name: string, to: KeyTarget): WrittenKey {
  const { last5, keyId, productId, type } = answer;
  // The one place where this way out sees the characters.
  const key = answer.key.reveal();
  switch (format) {
    case 'raw':
      return only(`${key}\n`);
    case 'json':
      return only(asciiJson({ key, last5, keyId, productId, type }));
    case 'env':
      return only(shellAssignment(name, key));
    case 'dotenv':
      return { ...only(dotenvLine(name, key)), warnings: [DOTENV_WARNING] };
    case 'github':
      return { ...only(githubMasks(key)), runnerFile: githubAssignment(name, key) };
    case 'azure-pipelines':
      return only(azureCommands(name, key, to));
    case 'terraform':
      return only(asciiJson({ key, last5, productId }));
  }
}

function only(text: string): WrittenKey {
  return { text, runnerFile: null, warnings: [] };
}

import { lastCharacters, productKeySecret } from '../../../src/keys/product-key.ts';
import { Secret } from '../../../src/keys/secret.ts';
import type { KeyToWrite } from '../../../src/provisioning/pipeline/write-key.ts';

/** Made up. */
export const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
export const BARE = 'BCDFGHJKMPQRTVWXY2346789B';

/** A chosen key, as the commands hand it over. */
export function answer(text: string = KEY): KeyToWrite {
  const key = text === KEY ? productKeySecret(text) : new Secret(text);
  return { key, last5: lastCharacters(text), keyId: 'k-1', productId: 'office-2019', type: 'mak' };
}

/** Keys of type custom can be any text; these are the ones that somebody could hurt us with. */
export const HOSTILE: readonly string[] = [
  "it's a 'key'",
  '$(touch pwned) `touch pwned` $HOME',
  '"; touch pwned; "',
  '\\n\\t\\',
  'a\nb',
  'a\nEND_OF_PRODUCT_KEY\nEVIL=1',
  '!! !$ {a,b} *?[x] ~ # & | > < ;',
  '%0A%25 ::set-env name=X::1',
  ' outer blanks ',
  '-n',
  'ключ-キー-🔑',
];

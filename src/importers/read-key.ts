import { AppError } from '../errors.ts';
import { canonicalKey, KEY_ALPHABET, keyShape, productKeySecret } from '../keys/product-key.ts';
import type { Secret } from '../keys/secret.ts';
import { openText } from './decode.ts';
import { customSecret } from './key-field.ts';

const MOST_BYTES = 4 * 1024;
const FULL_LENGTH = 25;
/** More wrong characters than this are no slip of the hand, and naming them would quote the value. */
const MOST_NAMED = 3;
const SEVERAL_KEYS = 'Import several keys from a file with: mpn-benefits import <file>';

/**
 * Reads one product key, as `import key` takes it from standard input: the only line that is not blank. Throws USAGE
 * if there is none, more than one, more than 4 KiB, or a slip in a value as long as a product key. A value of another
 * shape is taken as it is; `keyShape` then says `other`, which is type `custom`.
 */
export async function readKey(chunks: AsyncIterable<Uint8Array>): Promise<Secret> {
  const text = await openText({ name: '-', chunks: limited(chunks) });
  try {
    return parseKey(text.head);
  } finally {
    await text.close();
  }
}

/** The same for a value that was typed or pasted at a prompt. */
export function parseKey(text: string): Secret {
  const lines = text
    .split(/[\r\n\u2028\u2029]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [line] = lines;
  if (line === undefined)
    throw new AppError('USAGE', 'No product key was given.', {
      hint: 'Type or paste it at the prompt, or write it to standard input, on one line.',
    });
  if (lines.length > 1) {
    throw new AppError('USAGE', `One product key was expected, but there are ${lines.length} lines.`, {
      hint: SEVERAL_KEYS,
    });
  }
  const key = line
    .replace(/\u00AD/g, '-')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim();
  if (keyShape(key) !== 'other') return productKeySecret(key);
  if (canonicalKey(key).length === FULL_LENGTH) throw slip(key);
  return customSecret(key);
}

/** Says which characters are wrong, counted as they were typed, and never the key. */
function slip(key: string): AppError {
  const wrong: string[] = [];
  const ns: number[] = [];
  let position = 0;
  for (const character of key) {
    position += 1;
    const plain = canonicalKey(character);
    if (plain === 'N') ns.push(position);
    if ([...plain].some((each) => !KEY_ALPHABET.includes(each)))
      wrong.push(`character ${position} is ${named(plain)}`);
  }
  const hint = 'Check the key; hyphens count as characters here.';
  if (wrong.length > MOST_NAMED) {
    return new AppError(
      'USAGE',
      `${wrong.length} characters of the key are such as product keys never contain.`,
      { hint },
    );
  }
  if (wrong.length > 0)
    return new AppError('USAGE', `In the key ${wrong.join(', ')}, which product keys never contain.`, {
      hint,
    });
  return new AppError(
    'USAGE',
    `The key holds N more than once (characters ${ns.join(', ')}), which product keys never do.`,
    { hint },
  );
}

function named(character: string): string {
  if (/^[A-Z0-9]$/.test(character)) return `'${character}'`;
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

async function* limited(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new AppError('USAGE', 'Standard input holds more than one product key: over 4 KiB.', {
        hint: SEVERAL_KEYS,
      });
    yield chunk;
  }
}

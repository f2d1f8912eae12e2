import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeText } from './decode-text.ts';

/** English is built in. */
const ENGLISH = '0409';

/**
 * The texts that slmgr uses on this Windows, from `System32\slmgr\<LCID>\slmgr.ini`; undefined if it speaks English.
 * @param root %SystemRoot%
 */
export function slmgrLabels(root: string): string | undefined {
  const folder = join(root, 'System32', 'slmgr');
  try {
    const language = readdirSync(folder).find((name) => /^[0-9a-f]{4}$/i.test(name) && name !== ENGLISH);
    if (language === undefined) return undefined;
    return decodeText(readFileSync(join(folder, language, 'slmgr.ini')));
  } catch {
    // Newer Windows come without slmgr: then there is nothing to compare with.
    return undefined;
  }
}

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** As in scripts/prepare-tests.sh, which fetches them: the oldest that is promised, and the newest. */
const FETCHED = ['22.22.2', '26.10.0'];

export interface Node {
  readonly version: string;
  /** The folder that goes to the front of PATH. */
  readonly folder: string;
  readonly available: boolean;
}

/** The Nodes that the packed program is run on; that of the tests is one of them. */
export function nodes(): readonly Node[] {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mpn-benefits');
  const fetched = FETCHED.map((version) => {
    const folder = join(cache, `node-${version}`, 'bin');
    return { version, folder, available: existsSync(join(folder, 'node')) };
  });
  const own = { version: process.versions.node, folder: join(process.execPath, '..'), available: true };
  return [own, ...fetched].sort((a, b) => a.version.localeCompare(b.version));
}

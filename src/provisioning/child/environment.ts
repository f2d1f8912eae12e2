import type { Environment } from '../../environment.ts';

/** Variables that open a vault, a service or a database. No child process gets them. */
export const WITHHELD_VARIABLES: readonly string[] = [
  'MPN_BENEFITS_VAULT_KEY',
  'MPN_BENEFITS_TOKEN',
  'MPN_BENEFITS_DATABASE_URL',
];

/**
 * The environment of a child process: ours without what opens our doors, and with what is added. An added variable
 * replaces one of the same name; on Windows whatever its case.
 */
export function childEnvironment(
  env: Environment,
  platform: NodeJS.Platform,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const same = (name: string): string => (platform === 'win32' ? name.toUpperCase() : name);
  const left = new Set([...WITHHELD_VARIABLES, ...Object.keys(added)].map(same));
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !left.has(same(name))) child[name] = value;
  }
  return { ...child, ...added };
}

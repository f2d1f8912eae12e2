/** What the environment says; values come in, nothing here reads `process`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Set, and not to a word that means no. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}

/** A variable on Windows, where names have no case; but a copy of the environment has, and Git Bash writes SYSTEMROOT. */
export function windowsVariable(env: Environment, name: string): string | undefined {
  const wanted = name.toUpperCase();
  return Object.entries(env).find(([key]) => key.toUpperCase() === wanted)?.[1];
}

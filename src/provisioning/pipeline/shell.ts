/**
 * An assignment for every POSIX shell, to be run with `eval`. `export`, because the key is meant for a program that
 * the shell starts. Between single quotes nothing has a meaning but the single quote itself.
 */
export function shellAssignment(name: string, key: string): string {
  return `export ${name}='${key.replaceAll("'", "'\\''")}'\n`;
}

/**
 * GitHub Actions. Threat model: the log of a workflow is read by everybody who may read the repository. The runner
 * hides exactly the texts it was told of, from the moment it was told, so the masks go out before anything else and
 * in both spellings; the assignment itself never goes through the log but into the runner's own file.
 */
import { cannotHold, spellings } from './lines.ts';

/** Text of a workflow command: the runner turns these three back, in this order. */
function escapeCommand(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** The commands that hide a key in the log, for stdout. */
export function githubMasks(key: string): string {
  return spellings(key)
    .map((spelling) => `::add-mask::${escapeCommand(spelling)}\n`)
    .join('');
}

/**
 * What is added to the file named by GITHUB_ENV or GITHUB_OUTPUT.
 * @throws AppError USAGE for a key with control characters: the runner reads the file line by line.
 */
export function githubAssignment(name: string, key: string): string {
  if (/[^\P{Cc}\n]/u.test(key)) throw cannotHold('github', 'control characters');
  if (!key.includes('\n')) return `${name}=${key}\n`;
  const delimiter = freeDelimiter(key);
  return `${name}<<${delimiter}\n${key}\n${delimiter}\n`;
}

/** A line that the key does not have, so that the key cannot end its own assignment and begin another. */
function freeDelimiter(key: string): string {
  const lines = new Set(key.split('\n'));
  let delimiter = 'END_OF_PRODUCT_KEY';
  while (lines.has(delimiter)) delimiter += '_';
  return delimiter;
}

import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { checkOutFile, writeOutFile } from '../../store/own-file-writing.ts';
import { confirm } from '../../terminal/prompts.ts';

/** Standard output in place of a file. */
export const STDOUT = '-';

/** The file that was named; undefined for none, and for standard output, which is what a command writes to without one. */
export function fileNamed(path: string | undefined): string | undefined {
  return path === STDOUT ? undefined : path;
}

/**
 * Says whether a file could be written, and asks before one is replaced. Called before anything is revealed or
 * counted. Throws USAGE, CONFIRMATION_REQUIRED, STORAGE_UNAVAILABLE, CANCELLED.
 */
export async function agreeOnFile(path: string, context: Context): Promise<{ readonly overwrite: boolean }> {
  const { terminal } = context;
  // Where standard output is already taken, a file of that name is the last thing that is meant.
  if (path === STDOUT) {
    throw new AppError('USAGE', 'This cannot be written to standard output.', {
      hint: 'Name a file; one that really is called - is ./-',
    });
  }
  try {
    checkOutFile(path, { overwrite: terminal.yes });
    return { overwrite: terminal.yes };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CONFIRMATION_REQUIRED' || !terminal.canPrompt)
      throw error;
  }
  if (await confirm(terminal, { message: `${path} is already there. Replace it?`, flag: '--yes' })) {
    return { overwrite: true };
  }
  throw new AppError('CANCELLED', 'Nothing was written.');
}

/** Writes an owner-only file; one that is there is replaced only if the user agrees. */
export async function writeOwnFile(path: string, text: string, context: Context): Promise<void> {
  writeOutFile(path, text, await agreeOnFile(path, context));
}

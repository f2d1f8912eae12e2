import { AppError } from '../../errors.ts';

/** What to throw when a file that the user named cannot be read: USAGE, or the error itself if it is none of files. */
export function unreadableFile(error: unknown, file: string, hint: string): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error;
  const reason = error.code === 'ENOENT' ? 'there is no such file' : String(error.code);
  return new AppError('USAGE', `Cannot read ${file}: ${reason}.`, { hint, details: { file } });
}

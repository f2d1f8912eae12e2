import { AppError } from '../../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
};

/** What to throw when a file that the user named cannot be read: USAGE, or the error itself if it is none of files. */
export function unreadableFile(error: unknown, file: string, hint: string): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error;
  const reason = REASONS[String(error.code)] ?? `error ${error.code}`;
  return new AppError('USAGE', `Cannot read ${file}: ${reason}.`, { hint, details: { file }, cause: error });
}

import { AppError } from '../../errors.ts';

/**
 * What may be read, null for what may not: a role that sees some products only gets an answer without what concerns
 * the whole profile.
 */
export async function ifAllowed<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'FORBIDDEN') return null;
    throw error;
  }
}

import { AppError } from '../../errors.ts';

/** How an import is called: short, since people type it. */
export function importName(id: number): string {
  return `i${id}`;
}

/** The number behind a name. Throws NOT_FOUND for what cannot be one. */
export function importNumber(name: string): number {
  const digits = /^i?([0-9]{1,9})$/.exec(name.trim())?.[1];
  if (digits !== undefined) return Number(digits);
  throw noImport(name);
}

export function noImport(name: string): AppError {
  return new AppError('NOT_FOUND', `There is no import ${name.slice(0, 40)}.`, {
    hint: 'See: mpn-benefits import list',
  });
}

import { AppError } from '../errors.ts';

/** Why one record of a file cannot be read; becomes a rejected finding, and the rest of the file goes on. */
export class Unreadable extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.name = 'Unreadable';
    this.reason = reason;
  }
}

/** The error for a file that is not readable as a whole. `what` must not quote from the file. */
export function invalidData(file: string, what: string, hint?: string): AppError {
  return new AppError('INVALID_DATA', `${file === '-' ? 'Standard input' : file}: ${what}`, {
    hint,
    details: { file },
  });
}

/** Hint for whatever is none of the formats. */
export const KNOWN_FORMATS =
  "import reads the portal's software grid (pasted or saved as CSV or TSV), KeysExport.xml, and CSV with a heading line";

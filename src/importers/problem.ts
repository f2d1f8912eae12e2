import { counted } from '../counted.ts';
import { AppError } from '../errors.ts';
import type { Place } from './record.ts';

/** Why one record of a file cannot be read; becomes a rejected finding, and the rest of the file goes on. */
export class Unreadable extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.name = 'Unreadable';
    this.reason = reason;
  }
}

/** What a file is called in messages. */
export function fileName(file: string): string {
  return file === '-' ? 'Standard input' : file;
}

/** The error for a file that is not readable as a whole. `what` must not quote from the file. */
export function invalidData(file: string, what: string, hint: string = KNOWN_FORMATS): AppError {
  return new AppError('INVALID_DATA', `${fileName(file)}: ${what}.`, { hint, details: { file } });
}

/** What can be done about a file that is none of the formats. */
export const KNOWN_FORMATS =
  "Import reads the portal's software grid (pasted or saved as CSV or TSV), KeysExport.xml, and CSV with a heading line.";

/** The error for a file of which bad records are not to be left out. */
export function badRecords(
  file: string,
  rejected: readonly { readonly place: Place; readonly reason: string }[],
): AppError {
  const [first] = rejected;
  return new AppError(
    'INVALID_DATA',
    `${fileName(file)} has ${counted(rejected.length, 'bad record')}, so nothing was stored: ${first?.place}: ${first?.reason}.`,
    { hint: 'Correct the file, or leave --strict away to store the rest.', details: { file } },
  );
}

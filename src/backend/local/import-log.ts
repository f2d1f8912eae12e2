import type { Place } from '../../importers/record.ts';
import { maskKeys } from '../../keys/hidden.ts';
import type { Sql, SqlValue } from '../../store/sql.ts';
import type { ImportFile } from '../backend.ts';
import type { FileReport } from '../rows.ts';

/** What an import can change in rows that were there before. */
export type ChangeSubject = 'entitlement' | 'key';

/** Counts what became of one file, and keeps old and new values so that the import can be undone. */
export class ImportLog {
  new = 0;
  changed = 0;
  unchanged = 0;
  readonly skipped: { readonly place: string; readonly reason: string }[] = [];
  readonly rejected: { readonly place: string; readonly reason: string }[] = [];
  readonly #sql: Sql;
  readonly #importId: number;
  #seq: number;

  /** @param seq how many changes this import has logged before. */
  constructor(sql: Sql, importId: number, seq: number) {
    this.#sql = sql;
    this.#importId = importId;
    this.#seq = seq;
  }

  get changes(): number {
    return this.#seq;
  }

  skip(place: Place, reason: string): void {
    this.skipped.push({ place, reason });
  }

  reject(place: Place, reason: string): void {
    this.rejected.push({ place, reason });
  }

  async change(
    subject: ChangeSubject,
    id: string,
    field: string,
    before: SqlValue,
    after: SqlValue,
  ): Promise<void> {
    this.#seq += 1;
    await this.#sql.run(
      `INSERT INTO import_change (import_id, seq, subject, subject_id, field, before, after)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      this.#importId,
      this.#seq,
      subject,
      id,
      field,
      JSON.stringify(before),
      JSON.stringify(after),
    );
  }

  report(file: ImportFile): FileReport {
    return {
      // Somebody may have named the file after the key in it.
      file: maskKeys(file.name).shown,
      format: file.format,
      new: this.new,
      changed: this.changed,
      unchanged: this.unchanged,
      skipped: this.skipped,
      rejected: this.rejected,
    };
  }
}

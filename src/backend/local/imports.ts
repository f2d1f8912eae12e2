import { sourceOf } from '../../entitlements/offers.ts';
import { AppError } from '../../errors.ts';
import { badRecords } from '../../importers/problem.ts';
import { integer, onlyRow, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { ImportFile, ImportOptions, ImportRun, Imports } from '../backend.ts';
import type { FileReport, ImportSummary } from '../rows.ts';
import { beginChange } from './changes.ts';
import { FileStoring, type ImportSetup } from './import-file.ts';
import { ImportLog } from './import-log.ts';
import { importName, importNumber, noImport } from './import-name.ts';
import { undoImport } from './import-undo.ts';
import { offerToStore } from './offers.ts';

export function localImports(setup: ImportSetup): Imports {
  return {
    begin: async (options) => new LocalImportRun(setup, options),
    list: () => listImports(setup.database.reading()),
    undo: (id) =>
      setup.database.write(async (transaction) => {
        await beginChange(transaction);
        return undoImport(transaction, importNumber(id), setup.now().toISOString());
      }),
  };
}

async function* listImports(sql: Sql): AsyncIterable<ImportSummary> {
  for await (const row of sql.each('SELECT id, at, undone_at, files FROM import ORDER BY id DESC')) {
    yield {
      id: importName(integer(row, 'id')),
      at: text(row, 'at'),
      undoneAt: textOrNull(row, 'undone_at'),
      // Written by this program, in the same shape, in the transaction of the import.
      files: JSON.parse(text(row, 'files')) as FileReport[],
    };
  }
}

/** What an import has stored so far. */
interface BegunImport {
  readonly id: number;
  readonly reports: readonly FileReport[];
  readonly changes: number;
}

/** Goes on with an import whose earlier files were stored by an earlier request. Throws NOT_FOUND, USAGE. */
export async function continueImport(
  setup: ImportSetup,
  options: ImportOptions,
  name: string,
): Promise<ImportRun> {
  const id = importNumber(name);
  const sql = setup.database.reading();
  const row = await sql.first('SELECT undone_at, files FROM import WHERE id = ?', id);
  if (row === undefined) throw noImport(importName(id));
  if (textOrNull(row, 'undone_at') !== null) {
    throw new AppError('USAGE', `Import ${importName(id)} was undone meanwhile.`, {
      hint: 'Import the rest of the files by themselves.',
    });
  }
  const changes = await onlyRow(sql, 'SELECT COUNT(*) AS n FROM import_change WHERE import_id = ?', id);
  return new LocalImportRun(setup, options, {
    id,
    reports: JSON.parse(text(row, 'files')) as FileReport[],
    changes: integer(changes, 'n'),
  });
}

class LocalImportRun implements ImportRun {
  readonly #setup: ImportSetup;
  readonly #options: ImportOptions;
  readonly #offerSource: string;
  readonly #reports: FileReport[] = [];
  readonly #warnings = new Set<string>();
  #id: number | null = null;
  #changes = 0;

  constructor(setup: ImportSetup, options: ImportOptions, begun?: BegunImport) {
    this.#setup = setup;
    this.#options = options;
    if (begun !== undefined) {
      this.#id = begun.id;
      this.#reports.push(...begun.reports);
      this.#changes = begun.changes;
    }
    this.#offerSource =
      options.offer === null ? '' : sourceOf(offerToStore(options.offer, setup.programs), setup.programs);
  }

  get id(): string | null {
    return this.#id === null || this.#options.dryRun ? null : importName(this.#id);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  async add(file: ImportFile): Promise<FileReport> {
    const { database } = this.#setup;
    const warnings = new Set<string>();
    const store = (transaction: Sql): Promise<FileReport> => this.#store(transaction, file, warnings);
    const report = this.#options.dryRun ? await database.rehearse(store) : await database.write(store);
    this.#reports.push(report);
    // What is said of a file is true only once it is stored.
    for (const warning of warnings) this.#warnings.add(warning);
    return report;
  }

  async #store(sql: Sql, file: ImportFile, warnings: Set<string>): Promise<FileReport> {
    await beginChange(sql);
    const id = await this.#begin(sql);
    const log = new ImportLog(sql, id, this.#changes);
    await new FileStoring(this.#setup, {
      options: this.#options,
      sql,
      importId: id,
      log,
      offerSource: this.#offerSource,
      warnings,
    }).store(file);
    const report = log.report(file);
    if (this.#options.strict && report.rejected.length > 0) throw badRecords(report.file, report.rejected);
    await sql.run('UPDATE import SET files = ? WHERE id = ?', JSON.stringify([...this.#reports, report]), id);
    this.#id = id;
    this.#changes = log.changes;
    return report;
  }

  async #begin(sql: Sql): Promise<number> {
    if (this.#id !== null && !this.#options.dryRun) return this.#id;
    return beginImport(sql, this.#setup.now());
  }
}

async function beginImport(sql: Sql, now: Date): Promise<number> {
  const id = integer(await onlyRow(sql, 'SELECT COALESCE(MAX(id), 0) + 1 AS id FROM import'), 'id');
  await sql.run('INSERT INTO import (id, at, files) VALUES (?, ?, ?)', id, now.toISOString(), '[]');
  return id;
}

/** Stores a file within a transaction that is already there. */
export async function storeWithin(sql: Sql, file: ImportFile, setup: ImportSetup): Promise<void> {
  const options = { dryRun: false, strict: true, force: false, offer: null };
  await beginChange(sql);
  const id = await beginImport(sql, setup.now());
  const log = new ImportLog(sql, id, 0);
  const place = { options, sql, importId: id, log, offerSource: '', warnings: new Set<string>() };
  await new FileStoring(setup, place).store(file);
  await sql.run('UPDATE import SET files = ? WHERE id = ?', JSON.stringify([log.report(file)]), id);
}

import type { Catalogue } from '../../entitlements/catalogue.ts';
import { type Programs, parseOffer } from '../../entitlements/offers.ts';
import { AppError } from '../../errors.ts';
import type {
  EntitlementRecord,
  ImportedText,
  ImportItem,
  KeyRecord,
  NoteRecord,
} from '../../importers/record.ts';
import type { Secret } from '../../keys/secret.ts';
import { integer, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import type { FileReport, ImportFile, ImportOptions, ImportRun, ImportSummary, Imports } from '../backend.ts';
import { breathe } from './breath.ts';
import { beginChange } from './changes.ts';
import { type PlacedEntitlement, storeEntitlements } from './import-entitlements.ts';
import { storeKey } from './import-keys.ts';
import { ImportLog } from './import-log.ts';
import { importName, importNumber } from './import-name.ts';
import { ImportedProducts } from './import-products.ts';
import { undoImport } from './import-undo.ts';
import type { ProfileDatabase } from './profile-database.ts';
import { sealedTextId } from './sealed-text.ts';

export interface ImportSetup {
  readonly database: ProfileDatabase;
  readonly catalogue: Catalogue;
  readonly programs: Programs;
  readonly now: () => Date;
  readonly today: () => string;
  readonly randomId: () => string;
  /** Opens the vault inside the transaction that holds the write lock; makes its key at the first use. */
  readonly vault: (transaction: Sql) => Promise<Vault>;
  /** A vault for a dry run: the profile's own if it has one, else a throw-away. Never makes a key. */
  readonly rehearsalVault: (transaction: Sql) => Promise<Vault>;
}

/** Records between two reports of progress. */
const PROGRESS = 1_000;

/** More rows than this in one file are a mistake, or a file to be split; they are sorted in memory. */
const MOST_ENTITLEMENTS = 1_000_000;

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
  if (row === undefined) throw new AppError('NOT_FOUND', `There is no import ${importName(id)}.`);
  if (textOrNull(row, 'undone_at') !== null) {
    throw new AppError('USAGE', `Import ${importName(id)} was undone meanwhile.`, {
      hint: 'Import the rest of the files by themselves.',
    });
  }
  const changes = await sql.first('SELECT COUNT(*) AS n FROM import_change WHERE import_id = ?', id);
  return new LocalImportRun(setup, options, {
    id,
    reports: JSON.parse(text(row, 'files')) as FileReport[],
    changes: changes === undefined ? 0 : integer(changes, 'n'),
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
    this.#offerSource = options.offer === null ? '' : offerSource(options.offer, setup.programs);
  }

  get id(): string | null {
    return this.#id === null || this.#options.dryRun ? null : importName(this.#id);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  async add(file: ImportFile): Promise<FileReport> {
    const { database } = this.#setup;
    const store = (transaction: Sql): Promise<FileReport> => this.#store(transaction, file);
    const report = this.#options.dryRun ? await database.rehearse(store) : await database.write(store);
    this.#reports.push(report);
    return report;
  }

  async #store(sql: Sql, file: ImportFile): Promise<FileReport> {
    await beginChange(sql);
    const id = await this.#begin(sql);
    const log = new ImportLog(sql, id, this.#changes);
    await new FileStoring(this.#setup, this.#options, sql, id, log, this.#offerSource, this.#warnings).store(
      file,
    );
    const report = log.report(file);
    if (this.#options.strict && report.rejected.length > 0) throw strictRefusal(report);
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
  const last = await sql.first('SELECT MAX(id) AS id FROM import');
  const id = last === undefined || last['id'] === null ? 1 : integer(last, 'id') + 1;
  await sql.run('INSERT INTO import (id, at, files) VALUES (?, ?, ?)', id, now.toISOString(), '[]');
  return id;
}

/** Stores a file within a transaction that is already there. */
export async function storeWithin(sql: Sql, file: ImportFile, setup: ImportSetup): Promise<void> {
  const options = { dryRun: false, strict: true, force: false, offer: null };
  await beginChange(sql);
  const id = await beginImport(sql, setup.now());
  const log = new ImportLog(sql, id, 0);
  await new FileStoring(setup, options, sql, id, log, '', new Set()).store(file);
  await sql.run('UPDATE import SET files = ? WHERE id = ?', JSON.stringify([log.report(file)]), id);
}

function offerSource(typed: string, programs: Programs): string {
  const offer = parseOffer(typed, programs);
  const program = programs.byId(offer.program);
  return `${program?.name ?? offer.program} - ${offer.part === 'core' ? 'Core' : offer.part}`;
}

function strictRefusal(report: FileReport): AppError {
  const [first] = report.rejected;
  return new AppError(
    'INVALID_DATA',
    `${report.file} has ${report.rejected.length} bad record(s), so nothing of it was stored: ${first?.place}: ${first?.reason}.`,
    { hint: 'Correct the file, or leave --strict away to store the rest.', details: { file: report.file } },
  );
}

/** The storing of one file within one transaction. */
class FileStoring {
  readonly #setup: ImportSetup;
  readonly #options: ImportOptions;
  readonly #sql: Sql;
  readonly #importId: number;
  readonly #log: ImportLog;
  readonly #offerSource: string;
  readonly #warnings: Set<string>;
  readonly #products: ImportedProducts;
  readonly #entitlements: PlacedEntitlement[] = [];
  #vault: Vault | undefined;
  #records = 0;

  constructor(
    setup: ImportSetup,
    options: ImportOptions,
    sql: Sql,
    importId: number,
    log: ImportLog,
    source: string,
    warnings: Set<string>,
  ) {
    this.#setup = setup;
    this.#options = options;
    this.#sql = sql;
    this.#importId = importId;
    this.#log = log;
    this.#offerSource = source;
    this.#warnings = warnings;
    this.#products = new ImportedProducts(sql, setup.catalogue, importId);
  }

  async store(file: ImportFile): Promise<void> {
    for await (const item of file.items) {
      await this.#take(item, file);
      this.#records += 1;
      if (this.#records % PROGRESS === 0) this.#options.onProgress?.(this.#records);
      await breathe(this.#records);
    }
    const { programs, today, randomId } = this.#setup;
    await storeEntitlements(this.#entitlements, {
      sql: this.#sql,
      programs,
      importId: this.#importId,
      today: today(),
      force: this.#options.force,
      randomId,
      log: this.#log,
    });
  }

  async #take(item: ImportItem, file: ImportFile): Promise<void> {
    switch (item.kind) {
      case 'entitlement':
        return this.#takeEntitlement(item, file);
      case 'key':
        return this.#takeKey(item);
      case 'note':
        return this.#takeNote(item);
      case 'skipped':
        return this.#log.skip(item.place, item.reason);
      case 'rejected':
        return this.#log.reject(item.place, item.reason);
      case 'warning':
        this.#warnings.add(item.text);
    }
  }

  async #takeEntitlement(record: EntitlementRecord, file: ImportFile): Promise<void> {
    if (this.#entitlements.length >= MOST_ENTITLEMENTS) {
      throw new AppError('INVALID_DATA', `${file.name} has more than ${MOST_ENTITLEMENTS} rows.`, {
        hint: 'Split the file and import its parts.',
        details: { file: file.name },
      });
    }
    const productId = await this.#products.idOf(await this.#kept(record.product));
    const source = (await this.#kept(record.source)).shown;
    this.#entitlements.push({ record, productId, source: source === '' ? this.#offerSource : source });
  }

  async #takeKey(record: KeyRecord): Promise<void> {
    const productId = await this.#products.idOf(await this.#kept(record.product));
    if (record.note !== null) await this.#kept(record.note);
    const { programs, randomId } = this.#setup;
    await storeKey(record, productId, record.source?.shown || this.#offerSource, {
      sql: this.#sql,
      programs,
      vault: await this.#openVault(),
      importId: this.#importId,
      randomId,
      log: this.#log,
    });
  }

  async #takeNote(record: NoteRecord): Promise<void> {
    const productId = await this.#products.idOf(await this.#kept(record.product));
    const { shown } = await this.#kept(record.text);
    const added = await this.#sql.run(
      'INSERT INTO note (product_id, text, added_by) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      productId,
      shown,
      this.#importId,
    );
    if (added > 0) this.#log.new += 1;
    else this.#log.unchanged += 1;
  }

  /** A key was hiding in this text: what it was is sealed, once. */
  async #kept(imported: ImportedText): Promise<ImportedText> {
    if (imported.original !== undefined) await this.#sealText(imported.shown, imported.original);
    return imported;
  }

  async #sealText(shown: string, original: Secret): Promise<void> {
    const vault = await this.#openVault();
    const id = sealedTextId(vault, original);
    await this.#sql.run(
      'INSERT INTO sealed_text (id, shown, sealed, added_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      id,
      shown,
      vault.seal(id, original),
      this.#importId,
    );
  }

  async #openVault(): Promise<Vault> {
    const { vault, rehearsalVault } = this.#setup;
    this.#vault ??= await (this.#options.dryRun ? rehearsalVault : vault)(this.#sql);
    return this.#vault;
  }
}

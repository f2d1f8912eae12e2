import type { Catalogue } from '../../entitlements/catalogue.ts';
import type { Programs } from '../../entitlements/programs.ts';
import { AppError } from '../../errors.ts';
import { fileName } from '../../importers/problem.ts';
import type {
  EntitlementRecord,
  ImportedText,
  ImportItem,
  KeyRecord,
  NoteRecord,
} from '../../importers/record.ts';
import type { Secret } from '../../keys/secret.ts';
import type { Sql } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ImportFile, ImportOptions } from '../backend.ts';
import { breathe } from './breath.ts';
import { type PlacedEntitlement, storeEntitlements } from './import-entitlements.ts';
import { storeKey } from './import-keys.ts';
import type { ImportLog } from './import-log.ts';
import { ImportedProducts } from './import-products.ts';
import type { ProfileDatabase } from './profile-database.ts';
import { sealedTextId } from './sealed-text.ts';

/** What importing needs from outside. */
export interface ImportSetup {
  readonly database: ProfileDatabase;
  readonly catalogue: Catalogue;
  readonly programs: Programs;
  readonly now: () => Date;
  readonly today: () => string;
  readonly randomId: () => string;
  /** True in a profile that is no place for real keys. */
  readonly sandbox: boolean;
  /** Opens the vault inside the transaction that holds the write lock; makes its key at the first use. */
  readonly vault: (transaction: Sql) => Promise<Vault>;
  /** A vault for a dry run: the profile's own if it has one, else a throw-away. Never makes a key. */
  readonly rehearsalVault: (transaction: Sql) => Promise<Vault>;
}

const NO_PLACE_FOR_KEYS =
  'The sandbox is for trying things out: its vault key lies in a file beside it. Import real keys into a profile of your own.';

/** Records between two reports of progress. */
const PROGRESS = 1_000;

/** More rows than this in one file are a mistake, or a file to be split; they are sorted in memory. */
const MOST_ENTITLEMENTS = 1_000_000;

/** Where a file is stored, and what is told of it. */
export interface FileStoringPlace {
  readonly options: ImportOptions;
  readonly sql: Sql;
  readonly importId: number;
  readonly log: ImportLog;
  /** The source of what names none; empty without `--offer`. */
  readonly offerSource: string;
  readonly warnings: Set<string>;
}

/** The storing of one file within one transaction. */
export class FileStoring {
  readonly #setup: ImportSetup;
  readonly #place: FileStoringPlace;
  readonly #products: ImportedProducts;
  readonly #entitlements: PlacedEntitlement[] = [];
  #vault: Vault | undefined;
  #records = 0;

  constructor(setup: ImportSetup, place: FileStoringPlace) {
    this.#setup = setup;
    this.#place = place;
    this.#products = new ImportedProducts(place.sql, setup.catalogue, place.importId);
  }

  async store(file: ImportFile): Promise<void> {
    for await (const item of file.items) {
      await this.#take(item, file);
      this.#records += 1;
      if (this.#records % PROGRESS === 0) this.#place.options.onProgress?.(this.#records);
      await breathe(this.#records);
    }
    const { programs, today, randomId } = this.#setup;
    const repeated = await storeEntitlements(this.#entitlements, {
      sql: this.#place.sql,
      programs,
      importId: this.#place.importId,
      today: today(),
      force: this.#place.options.force,
      randomId,
      log: this.#place.log,
    });
    const [first] = repeated;
    if (first === undefined) return;
    const more = repeated.length === 1 ? '' : ` ${repeated.length} rows repeat others.`;
    this.#place.warnings.add(
      `${fileName(file.name)}, ${first.place} repeats ${first.before}: both are counted.${more}`,
    );
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
        return this.#place.log.skip(item.place, item.reason);
      case 'rejected':
        return this.#place.log.reject(item.place, item.reason);
      case 'warning':
        this.#place.warnings.add(item.text);
    }
  }

  async #takeEntitlement(record: EntitlementRecord, file: ImportFile): Promise<void> {
    if (this.#entitlements.length >= MOST_ENTITLEMENTS) {
      throw new AppError('INVALID_DATA', `${file.name} has more than ${MOST_ENTITLEMENTS} rows.`, {
        hint: 'Split the file and import its parts.',
        details: { file: file.name },
      });
    }
    await this.#keep(record.product, record.source);
    const productId = await this.#products.idOf(record.product);
    const source = record.source.shown;
    const { quantity, activateBy } = record;
    this.#entitlements.push({
      record,
      productId,
      source: source === '' ? this.#place.offerSource : source,
      quantity,
      activateBy,
    });
  }

  async #takeKey(record: KeyRecord): Promise<void> {
    await this.#keep(record.product, record.note, record.source);
    const productId = await this.#products.idOf(record.product);
    const { programs, randomId, sandbox } = this.#setup;
    const isNew = await storeKey(record, productId, record.source?.shown || this.#place.offerSource, {
      sql: this.#place.sql,
      programs,
      vault: await this.#openVault(),
      importId: this.#place.importId,
      randomId,
      log: this.#place.log,
    });
    if (sandbox && isNew) this.#place.warnings.add(NO_PLACE_FOR_KEYS);
  }

  async #takeNote(record: NoteRecord): Promise<void> {
    await this.#keep(record.product, record.text);
    const productId = await this.#products.idOf(record.product);
    const added = await this.#place.sql.run(
      'INSERT INTO note (product_id, text, added_by, seen_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      productId,
      record.text.shown,
      this.#place.importId,
      this.#place.importId,
    );
    if (added > 0) {
      this.#place.log.new += 1;
      return;
    }
    await this.#place.sql.run(
      'UPDATE note SET seen_by = ? WHERE product_id = ? AND text = ?',
      this.#place.importId,
      productId,
      record.text.shown,
    );
    this.#place.log.unchanged += 1;
  }

  /** Where a key was hiding in a text, what it was is sealed, once. */
  async #keep(...texts: readonly (ImportedText | null)[]): Promise<void> {
    for (const text of texts)
      if (text?.original !== undefined) await this.#sealText(text.shown, text.original);
  }

  async #sealText(shown: string, original: Secret): Promise<void> {
    const vault = await this.#openVault();
    const id = sealedTextId(vault, original);
    await this.#place.sql.run(
      'INSERT INTO sealed_text (id, shown, sealed, added_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      id,
      shown,
      vault.seal(id, original),
      this.#place.importId,
    );
  }

  async #openVault(): Promise<Vault> {
    const { vault, rehearsalVault } = this.#setup;
    this.#vault ??= await (this.#place.options.dryRun ? rehearsalVault : vault)(this.#place.sql);
    return this.#vault;
  }
}

import { AppError } from '../errors.ts';

/** One step of the schema. Steps are only ever added at the end; what has shipped is never edited. */
export interface Migration {
  readonly version: number;
  /** Statements of both databases; types and `WITHOUT ROWID` are SQLite's and translated for PostgreSQL. */
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: [
      // A spare vault is one whose key may be kept somewhere although nothing is sealed with it: rotation sees to it.
      `CREATE TABLE profile (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        ledger TEXT NOT NULL,
        vault_id TEXT NOT NULL,
        vault_check TEXT,
        spare_vault_id TEXT,
        sandbox_made_on TEXT,
        exported_on TEXT
      )`,
      `CREATE TABLE product (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        sort_name TEXT NOT NULL
      )`,
      'CREATE INDEX product_by_name ON product (sort_name, id)',
      `CREATE TABLE product_name (
        normalised TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        product_id TEXT NOT NULL REFERENCES product (id),
        added_by INTEGER
      )`,
      'CREATE INDEX product_name_by_product ON product_name (product_id)',
      `CREATE TABLE offer (
        id TEXT PRIMARY KEY,
        program TEXT NOT NULL,
        part TEXT NOT NULL,
        source TEXT NOT NULL,
        purchased TEXT,
        policy TEXT
      )`,
      `CREATE TABLE entitlement (
        id TEXT PRIMARY KEY,
        product_id TEXT NOT NULL REFERENCES product (id),
        source TEXT NOT NULL,
        source_key TEXT NOT NULL,
        offer_id TEXT REFERENCES offer (id),
        unit TEXT,
        unit_key TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        quantity INTEGER,
        activate_by TEXT,
        last_seen_on TEXT NOT NULL,
        added_by INTEGER NOT NULL,
        seen_by INTEGER NOT NULL
      )`,
      'CREATE UNIQUE INDEX entitlement_identity ON entitlement (product_id, source_key, unit_key, ordinal)',
      'CREATE INDEX entitlement_by_activate_by ON entitlement (activate_by)',
      'CREATE INDEX entitlement_by_offer ON entitlement (offer_id)',
      'CREATE INDEX entitlement_by_import ON entitlement (added_by)',
      `CREATE TABLE product_key (
        id TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,
        sealed BLOB NOT NULL,
        last5 TEXT NOT NULL,
        type TEXT NOT NULL,
        mark TEXT,
        mark_reason TEXT,
        allowed INTEGER,
        allowed_by_type INTEGER,
        claimed_on TEXT,
        note TEXT,
        revealed_at TEXT,
        added_by INTEGER NOT NULL,
        seen_by INTEGER NOT NULL
      )`,
      'CREATE INDEX product_key_by_last5 ON product_key (last5)',
      `CREATE TABLE key_product (
        key_id TEXT NOT NULL REFERENCES product_key (id),
        product_id TEXT NOT NULL REFERENCES product (id),
        added_by INTEGER NOT NULL,
        PRIMARY KEY (key_id, product_id)
      )`,
      'CREATE INDEX key_product_by_product ON key_product (product_id)',
      `CREATE TABLE key_offer (
        key_id TEXT NOT NULL REFERENCES product_key (id),
        offer_id TEXT NOT NULL REFERENCES offer (id),
        PRIMARY KEY (key_id, offer_id)
      )`,
      `CREATE TABLE note (
        product_id TEXT NOT NULL REFERENCES product (id),
        text TEXT NOT NULL,
        added_by INTEGER NOT NULL,
        PRIMARY KEY (product_id, text)
      )`,
      // Texts in which a key was hiding: what is shown stands where it belongs, what it was is kept sealed here.
      `CREATE TABLE sealed_text (
        id TEXT PRIMARY KEY,
        shown TEXT NOT NULL,
        sealed BLOB NOT NULL,
        added_by INTEGER NOT NULL
      )`,
      `CREATE TABLE import (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        undone_at TEXT,
        files TEXT NOT NULL
      )`,
      `CREATE TABLE import_change (
        import_id INTEGER NOT NULL REFERENCES import (id),
        seq INTEGER NOT NULL,
        subject TEXT NOT NULL,
        subject_id TEXT NOT NULL,
        field TEXT NOT NULL,
        before TEXT,
        after TEXT,
        PRIMARY KEY (import_id, seq)
      )`,
      // The ledger: nothing in this table is ever updated or deleted. What stands beside text and hash only finds
      // events again; it is derived from the text, and verifying compares it.
      `CREATE TABLE ledger_event (
        number INTEGER PRIMARY KEY,
        chain TEXT NOT NULL,
        seq INTEGER NOT NULL,
        text TEXT NOT NULL,
        hash TEXT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        subject TEXT,
        machine_id TEXT,
        product_id TEXT
      )`,
      'CREATE UNIQUE INDEX ledger_event_place ON ledger_event (chain, seq)',
      'CREATE INDEX ledger_event_by_subject ON ledger_event (subject) WHERE subject IS NOT NULL',
      'CREATE INDEX ledger_event_by_machine ON ledger_event (machine_id, chain) WHERE machine_id IS NOT NULL',
      'CREATE INDEX ledger_event_by_time ON ledger_event (type, at)',
      // What is kept of a chain beside its events; changed in the transaction that appends.
      `CREATE TABLE chain (
        id TEXT PRIMARY KEY,
        used INTEGER NOT NULL,
        pending INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        head TEXT NOT NULL,
        last_at TEXT
      )`,
      // Machines and their standing with each key, derived from the events in the same transaction.
      `CREATE TABLE machine (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        former_names TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        retired_on TEXT,
        replaced_by TEXT,
        hardware TEXT,
        board TEXT
      )`,
      'CREATE INDEX machine_by_name ON machine (name_key)',
      'CREATE INDEX machine_by_last_seen ON machine (last_seen)',
      'CREATE INDEX machine_by_board ON machine (board) WHERE board IS NOT NULL',
      `CREATE TABLE standing (
        key_id TEXT NOT NULL,
        machine_id TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        live INTEGER NOT NULL,
        last_at TEXT NOT NULL,
        PRIMARY KEY (key_id, machine_id)
      )`,
      'CREATE INDEX standing_by_machine ON standing (machine_id)',
      // What a report wants of a key: its machines, and when it was last used.
      'CREATE INDEX standing_by_live ON standing (key_id, live, machine_id)',
      'CREATE INDEX standing_by_time ON standing (key_id, last_at)',
    ],
  },
  {
    version: 2,
    statements: [
      // Raised by every change that no event tells: what was read earlier is known to be old by it.
      'ALTER TABLE profile ADD COLUMN changes INTEGER NOT NULL DEFAULT 0',
      // The team service: a request that carries an id happens once, and is answered again in the same words.
      `CREATE TABLE request (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        asked TEXT NOT NULL,
        status INTEGER,
        answer TEXT,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, id)
      )`,
      'CREATE INDEX request_by_time ON request (at)',
      // Of a token only its hash is here.
      `CREATE TABLE service_token (
        id TEXT PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        name TEXT,
        role TEXT NOT NULL,
        products TEXT,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL,
        expires TEXT NOT NULL,
        revoked TEXT,
        last_used TEXT
      )`,
      `CREATE TABLE trust_rule (
        id TEXT PRIMARY KEY,
        issuer TEXT NOT NULL,
        audience TEXT NOT NULL,
        claims TEXT NOT NULL,
        role TEXT NOT NULL,
        products TEXT,
        created TEXT NOT NULL,
        created_by TEXT NOT NULL
      )`,
    ],
  },
  {
    version: 3,
    statements: [
      // The same rows, those of a key side by side: a proof of the ledger reads every one of them.
      `CREATE TABLE standing_of_key (
        key_id TEXT NOT NULL,
        machine_id TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        live INTEGER NOT NULL,
        last_at TEXT NOT NULL,
        PRIMARY KEY (key_id, machine_id)
      ) WITHOUT ROWID`,
      `INSERT INTO standing_of_key (key_id, machine_id, last_seq, live, last_at)
         SELECT key_id, machine_id, last_seq, live, last_at FROM standing`,
      'DROP TABLE standing',
      'ALTER TABLE standing_of_key RENAME TO standing',
      'CREATE INDEX standing_by_machine ON standing (machine_id)',
      'CREATE INDEX standing_by_live ON standing (key_id, live, machine_id)',
      'CREATE INDEX standing_by_time ON standing (key_id, last_at)',
    ],
  },
  {
    version: 4,
    statements: [
      // What hangs on keys, and notes, know their last finder too. Of links that are there already only the key's
      // is known: rather a link that stays than one that is missed. Which import brought an offer nobody knows.
      'ALTER TABLE key_product ADD COLUMN seen_by INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE key_offer ADD COLUMN added_by INTEGER',
      'ALTER TABLE key_offer ADD COLUMN seen_by INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE note ADD COLUMN seen_by INTEGER NOT NULL DEFAULT 0',
      `UPDATE key_product
         SET seen_by = (SELECT product_key.seen_by FROM product_key WHERE product_key.id = key_product.key_id)`,
      'UPDATE note SET seen_by = added_by',
    ],
  },
];

/** What a new database is given once and keeps for ever: the ledger's and the vault's random ids. */
export interface NewIdentity {
  readonly ledger: string;
  readonly vaultId: string;
}

/** The schema this program knows. A database of a newer one is refused. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.version ?? 0;

/** The refusal of a database that only a newer program understands. */
export function newerSchema(database: string, schema: number, known: number): AppError {
  return new AppError(
    'INVALID_DATA',
    `The database ${database} was written by a newer version of this program.`,
    { hint: 'Update mpn-benefits; the database was not touched.', details: { database, schema, known } },
  );
}

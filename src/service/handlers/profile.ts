import type { ChainEnd } from '../../activation/chain.ts';
import { beginChange } from '../../backend/local/changes.ts';
import { sha256Hex } from '../../backend/local/crypto.ts';
import { continueImport, localImports } from '../../backend/local/imports.ts';
import { ledgerId } from '../../backend/local/ledger.ts';
import { sinceHead } from '../../backend/local/ledger-export.ts';
import { importSetup } from '../../backend/local/local.ts';
import type { WireImportItem } from '../../contract/imports.ts';
import type { ImportedText, ImportItem } from '../../importers/record.ts';
import { lastCharacters } from '../../keys/product-key.ts';
import { Secret } from '../../keys/secret.ts';
import { SCHEMA_VERSION } from '../../store/migrations.ts';
import { integer, type Row, text } from '../../store/sql.ts';
import type { Call, Handlers, Place } from '../call.ts';
import { isEmpty, moveIn } from '../move-in.ts';
import { behind, pageOf } from '../paging.ts';

/** Ends of chains that the service hashes in search of one head: some seconds of work. */
const MOST_ENDS = 5_000_000;

export const profileHandlers = {
  getProfile: async ({ sql, parts, facts }) => ({
    ledger: await ledgerId(sql),
    empty: await isEmpty(sql),
    sandbox: facts.sandbox,
    version: facts.version,
    schema: SCHEMA_VERSION,
    today: parts.today(),
  }),
  moveIn: async (call) => {
    await beginChange(call.sql);
    return moveIn(call);
  },
  addImport: async (call) => {
    const { continues, dryRun, strict, force, offer, file, items } = call.body;
    const setup = { ...(await importSetup(call.parts)), database: call.parts.database };
    const options = { dryRun, strict, force, offer };
    const run =
      continues === null || dryRun
        ? await localImports(setup).begin(options)
        : await continueImport(setup, options, continues);
    async function* records(): AsyncIterable<ImportItem> {
      for (const item of items) yield importItem(item);
    }
    const report = await run.add({ ...file, items: records() });
    return { id: run.id, report, warnings: run.warnings };
  },
  listImports: async (call) => {
    const list = behind(call.backend.imports.list(), ({ id }) => id, call.after);
    return pageOf('listImports', call, list);
  },
  undoImport: async (call) => call.backend.imports.undo(call.parameters.importId),
  getLedger: async ({ backend }) => {
    const { ledger, chains, head } = await backend.ledger.export();
    return { ledger, head, chains: chains.map(([chain, seq, end]) => ({ chain, seq, head: end })) };
  },
  listEvents: async (call) => pageOf('listEvents', call, events(call)),
  verifyLedger: async ({ backend, body: { earlier } }) =>
    backend.ledger.verify(
      earlier === null
        ? undefined
        : {
            ledger: earlier.ledger,
            chains: earlier.chains.map(({ chain, seq, head }): ChainEnd => [chain, seq, head]),
          },
    ),
  countSince: async ({ parts, query }) => ({
    events: (await sinceHead(parts.database, query.head, sha256Hex, MOST_ENDS)) ?? null,
  }),
} satisfies Partial<Handlers>;

/** By chain and seq from a place on, without reading what came before. */
async function* events({ sql, after }: Pick<Call<'listEvents'>, 'sql' | 'after'>) {
  let [chain, seq]: readonly Place[] = after ?? ['', 0];
  let rows: Row[];
  do {
    rows = await sql.all(
      `SELECT chain, seq, text, hash FROM ledger_event WHERE (chain, seq) > (?, ?) ORDER BY chain, seq LIMIT 1000`,
      String(chain),
      Number(seq),
    );
    for (const row of rows) {
      chain = text(row, 'chain');
      seq = integer(row, 'seq');
      yield { place: [chain, seq], item: { chain, seq, text: text(row, 'text'), hash: text(row, 'hash') } };
    }
  } while (rows.length > 0);
}

function importItem(item: WireImportItem): ImportItem {
  switch (item.kind) {
    case 'entitlement':
      return { ...item, product: textFromWire(item.product), source: textFromWire(item.source) };
    case 'key':
      return {
        ...item,
        product: textFromWire(item.product),
        key: new Secret(item.key, `…${lastCharacters(item.key)}`),
        note: item.note === null ? null : textFromWire(item.note),
        source: item.source === null ? null : textFromWire(item.source),
      };
    case 'note':
      return { ...item, product: textFromWire(item.product), text: textFromWire(item.text) };
    default:
      return item;
  }
}

function textFromWire({ shown, original }: { shown: string; original: string | null }): ImportedText {
  return original === null ? { shown } : { shown, original: new Secret(original) };
}

import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { parseEvent } from '../../activation/event-reader.ts';
import { exportEventLine, exportHeaderLine } from '../../activation/export.ts';
import type { LedgerExport } from '../../backend/backend.ts';
import { sha256Hex } from '../../backend/local/crypto.ts';
import { AppError, systemCode } from '../../errors.ts';
import { createCsvWriter, csvCells } from '../../terminal/csv.ts';
import { spell, unspell } from '../../terminal/escape.ts';

/** What can be read without taking an event apart, for people and spreadsheets. */
const COLUMNS = [
  'chain',
  'seq',
  'at',
  'type',
  'delta',
  'activationId',
  'productId',
  'machine',
  'actor',
  'reason',
  'hash',
];

/**
 * The ledger as CSV: a first row for the export itself, with the head as its hash and the header of a JSONL export
 * as its event; then a row for each event. The last column holds the text that was hashed, with the characters that
 * do something to a screen spelled out.
 */
export async function* ledgerCsv(
  { ledger, chains, head, events }: LedgerExport,
  now: Date,
): AsyncIterable<string> {
  const write = await createCsvWriter();
  yield write([[...COLUMNS, 'event']]);
  const header = exportHeaderLine(ledger, chains, now, sha256Hex);
  const itself = { at: now.toISOString(), type: 'export', hash: head };
  yield write([[...csvCells(itself, COLUMNS), spell(header)]]);
  for await (const { text, hash, chain, seq } of events) {
    const event = parseEvent(text);
    const row = {
      chain,
      seq,
      at: event.at,
      type: event.type,
      delta: event.delta,
      activationId: 'activationId' in event ? event.activationId : null,
      productId: 'productId' in event ? event.productId : null,
      machine: 'machine' in event ? event.machine.name : null,
      actor: event.actor,
      reason: 'reason' in event ? event.reason : null,
      hash,
    };
    yield write([[...csvCells(row, COLUMNS), spell(text)]]);
  }
}

/**
 * The lines that the same export has as JSONL.
 * @throws AppError INVALID_DATA if the file is no such CSV.
 */
export async function* linesOfLedgerCsv(file: string): AsyncIterable<string> {
  const { parse } = await import('csv-parse');
  const parser = parse({ bom: true, columns: true });
  // A failure of the file reaches whoever reads the parser; the callback keeps it from being thrown twice.
  pipeline(createReadStream(file), parser, () => undefined);
  try {
    for await (const { type, hash, event } of parser) {
      if (typeof event !== 'string' || typeof hash !== 'string') throw noLedgerCsv(file);
      const text = unspell(event);
      yield type === 'export' ? text : exportEventLine({ hash, text });
    }
  } catch (error) {
    // The parser's own messages quote from the file.
    if (systemCode(error).startsWith('CSV_')) throw noLedgerCsv(file);
    throw error;
  }
}

function noLedgerCsv(file: string): AppError {
  return new AppError('INVALID_DATA', `${file} is no ledger export in CSV.`, {
    hint: 'Give a file that was written by: mpn-benefits activations export --format csv --out-file <file>',
    details: { file },
  });
}

import { AppError } from '../errors.ts';
import { canonicalJson } from './canonical.ts';
import { type ChainEnd, ledgerHead, type Sha256Hex, type StoredEvent } from './chain.ts';
import { isRecord } from './is-record.ts';
import { type LedgerReport, verifyLedger } from './verify.ts';

export const EXPORT_SCHEMA = 'mpn-benefits/ledger-export/1';

/** The first line of an export: which ledger, and how far each of its chains went. */
export interface ExportHeader {
  readonly ledger: string;
  /** ISO 8601, UTC. */
  readonly exportedAt: string;
  readonly head: string;
  readonly chains: readonly ChainEnd[];
}

/** The header's line, without a newline. */
export function exportHeaderLine(
  ledger: string,
  chains: readonly ChainEnd[],
  exportedAt: Date,
  sha256Hex: Sha256Hex,
): string {
  return canonicalJson({
    schema: EXPORT_SCHEMA,
    ledger,
    exportedAt: exportedAt.toISOString(),
    head: ledgerHead(ledger, chains, sha256Hex),
    chains,
  });
}

/** An event's line, without a newline: its text as a JSON string, so that its bytes survive any JSON library. */
export function exportEventLine(event: Pick<StoredEvent, 'hash' | 'text'>): string {
  return canonicalJson({ hash: event.hash, event: event.text });
}

function unreadable(line: number, problem: string): AppError {
  return new AppError('INVALID_DATA', `Line ${line} of the ledger export ${problem}.`, {
    hint: 'Give a file that was written by: mpn-benefits activations export --format jsonl --out-file <file>',
    details: { line },
  });
}

function record(text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(line, 'is not JSON');
  }
  if (!isRecord(value)) throw unreadable(line, 'is no object');
  return value;
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function chainEnd(value: unknown): ChainEnd {
  if (Array.isArray(value) && value.length === 3) {
    const [chain, seq, head]: unknown[] = value;
    if (typeof chain === 'string' && isSeq(seq) && typeof head === 'string') return [chain, seq, head];
  }
  throw unreadable(1, 'has a list of chains that cannot be read');
}

/**
 * The header from an export's first line.
 * @throws AppError INVALID_DATA
 */
export function readExportHeader(text: string): ExportHeader {
  const { schema, ledger, exportedAt, head, chains } = record(text, 1);
  if (schema !== EXPORT_SCHEMA) throw unreadable(1, `is not the header of a ${EXPORT_SCHEMA}`);
  if (typeof ledger !== 'string' || typeof exportedAt !== 'string' || typeof head !== 'string') {
    throw unreadable(1, 'has no ledger, time or head');
  }
  if (!Array.isArray(chains)) throw unreadable(1, 'has no list of chains');
  return { ledger, exportedAt, head, chains: chains.map(chainEnd) };
}

function readExportEvent(text: string, line: number): StoredEvent {
  const { hash, event } = record(text, line);
  if (typeof hash !== 'string' || typeof event !== 'string') throw unreadable(line, 'has no hash or event');
  const { chain, seq } = record(event, line);
  if (typeof chain !== 'string' || !isSeq(seq)) throw unreadable(line, 'holds an event without a place');
  return { chain, seq, text: event, hash };
}

/** An export that was read to its end. */
export interface ReadExport {
  readonly header: ExportHeader;
  /** The export's own soundness; its `earlier` use is only worth something if this is ok. */
  readonly report: LedgerReport;
}

/**
 * Reads an export and verifies it by itself, line by line.
 * @throws AppError INVALID_DATA if it is none.
 */
export async function readExport(
  lines: AsyncIterable<string> | Iterable<string>,
  sha256Hex: Sha256Hex,
): Promise<ReadExport> {
  const iterator = numbered(lines);
  const first = await iterator.next();
  if (first.done === true) throw unreadable(1, 'is missing');
  const header = readExportHeader(first.value.text);
  const events = (async function* () {
    for await (const { text, line } of iterator) yield [readExportEvent(text, line)];
  })();
  const chains = header.chains.map(([chain, lastSeq, head]) => ({ chain, lastSeq, head }));
  const report = await verifyLedger({ ledger: header.ledger, chains, events, sha256Hex });
  if (ledgerHead(header.ledger, header.chains, sha256Hex) === header.head) return { header, report };
  const problem = 'the head of the export does not belong to its list of chains';
  return {
    header,
    report: { ...report, ok: false, findings: [{ chain: null, seq: null, problem }, ...report.findings] },
  };
}

async function* numbered(lines: AsyncIterable<string> | Iterable<string>) {
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== '') yield { text, line };
  }
}

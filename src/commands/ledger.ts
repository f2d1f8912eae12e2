import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LedgerFinding } from '../activation/chain-verifier.ts';
import { exportEventLine, exportHeaderLine, readExport } from '../activation/export.ts';
import type { EarlierLedger, LedgerReport } from '../activation/verify.ts';
import type { Backend, LedgerExport } from '../backend/backend.ts';
import { sha256Hex } from '../backend/local/crypto.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { AppError } from '../errors.ts';
import { writeOutFileFrom } from '../store/own-file-writing.ts';
import type { Result, View } from '../terminal/result.ts';
import { bulleted, keyValues } from '../terminal/text.ts';
import { agreeOnFile, fileNamed } from './shared/out-file.ts';
import { unreadableFile } from './shared/unreadable-file.ts';

export interface ExportOptions {
  readonly format?: 'jsonl' | 'csv' | undefined;
  readonly outFile?: string | undefined;
}

/** Writes the whole ledger with its chain, for whoever wants to verify it without this program. */
export async function exportAll(options: ExportOptions, context: Context): Promise<Result> {
  const outFile = fileNamed(options.outFile);
  if (outFile === undefined) refuseOtherFormat(context);
  const backend = await context.backend();
  const taken = await backend.ledger.export();
  const now = context.surroundings.now();
  const chunks = options.format === 'csv' ? await csvChunks(taken, now) : jsonlChunks(taken, now);
  if (outFile === undefined) return { kind: 'stream', chunks };
  const { signals } = context.surroundings;
  await writeOutFileFrom(outFile, chunks, { ...(await agreeOnFile(outFile, context)), signals });
  const events = taken.chains.reduce((sum, [, count]) => sum + count, 0);
  return {
    kind: 'record',
    value: { file: outFile, events, head: taken.head },
    render: () =>
      [
        `Wrote ${counted(events, 'event')} to ${outFile}. The head of the ledger is ${taken.head}.`,
        'How to verify it without this program: docs/ledger.md, which comes with it.',
      ].join('\n'),
  };
}

/** What is exported is the ledger byte for byte. Throws USAGE for what would have to reshape it. */
function refuseOtherFormat({ format, global }: Context): void {
  if (!format.explicit && global.query === undefined) return;
  const option = global.query === undefined ? '--output' : '--query';
  throw new AppError('USAGE', `The export of the ledger takes no ${option}.`, {
    hint: 'Its formats are --format jsonl and --format csv.',
  });
}

async function csvChunks(taken: LedgerExport, now: Date): Promise<AsyncIterable<string>> {
  const { ledgerCsv } = await import('./shared/ledger-csv.ts');
  return ledgerCsv(taken, now);
}

async function* jsonlChunks({ ledger, chains, events }: LedgerExport, now: Date): AsyncIterable<string> {
  yield `${exportHeaderLine(ledger, chains, now, sha256Hex)}\n`;
  for await (const event of events) yield `${exportEventLine(event)}\n`;
}

/** Proves the chains, recomputes the counts, and compares with an earlier export or head. Exit code 9 for findings. */
export async function verify(
  options: { readonly against?: string | undefined },
  context: Context,
): Promise<Result> {
  const backend = await context.backend();
  const { against } = options;
  const isHead = against !== undefined && /^[0-9a-f]{64}$/i.test(against);
  const earlier = against === undefined || isHead ? undefined : await readEarlier(against);
  const report = await backend.ledger.verify(earlier);
  const extra = isHead ? await compareHead(against.toLowerCase(), backend) : [];
  const whole: LedgerReport = {
    ...report,
    ok: report.ok && extra.length === 0,
    findings: [...report.findings, ...extra],
  };
  return {
    kind: 'record',
    value: whole,
    render: (view) => render(whole, against !== undefined, view),
    failure: whole.ok
      ? undefined
      : new AppError(
          'CHECK_FAILED',
          `The ledger is not as it was written: ${counted(whole.findings.length, 'finding')}.`,
          {
            hint: 'Keep the database as it is, and compare it with exports and copies.',
            details: { findings: whole.findings.length },
          },
        ),
  };
}

async function compareHead(head: string, backend: Backend): Promise<LedgerFinding[]> {
  const since = await backend.ledger.sinceHead(head);
  if (since !== undefined) return [];
  return [{ chain: null, seq: null, problem: 'the given head was never the head of this ledger' }];
}

async function linesOf(file: string): Promise<AsyncIterable<string>> {
  if (!/\.csv$/i.test(file)) {
    return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  }
  const { linesOfLedgerCsv } = await import('./shared/ledger-csv.ts');
  return linesOfLedgerCsv(file);
}

async function readEarlier(file: string): Promise<EarlierLedger> {
  try {
    const { header, report } = await readExport(await linesOf(file), sha256Hex);
    if (report.ok) return header;
    throw new AppError(
      'INVALID_DATA',
      `The export ${file} is damaged itself: ${report.findings[0]?.problem ?? ''}.`,
      {
        hint: 'Compare with another export, or with a head that was written down.',
        details: { file },
      },
    );
  } catch (error) {
    throw unreadableFile(
      error,
      file,
      'Give an export (activations export) or a head of 64 hexadecimal digits.',
    );
  }
}

function render(report: LedgerReport, compared: boolean, view: View): string {
  const { palette } = view;
  const lines = [
    report.ok ? palette.good('The ledger is sound.') : palette.bad('The ledger is not sound.'),
    keyValues(
      [
        ['Ledger', report.ledger],
        ['Chains', String(report.chains.length)],
        ['Events', String(report.events)],
        ['Head', report.head],
        ['Compared', compared ? 'with an earlier export or head' : 'with nothing kept elsewhere'],
      ],
      view,
    ),
  ];
  if (report.findings.length > 0) {
    const findings = report.findings.map(({ chain, seq, problem }) =>
      [chain, seq === null ? null : `event ${seq}`, problem].filter((part) => part !== null).join(': '),
    );
    lines.push('Findings:', bulleted(findings, view, '  '));
  }
  if (!compared) {
    lines.push(
      'A rewrite of everything, or an older copy, is found only against a head kept elsewhere: --against <export|head>',
    );
  }
  return lines.join('\n');
}

import type { ImportRun } from '../backend/backend.ts';
import type { FileReport, ImportReport } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { AppError, EXIT_CODES } from '../errors.ts';
import { parseMap } from '../importers/map.ts';
import { readImport } from '../importers/read.ts';
import type { ImportFormat, ImportSource, ReadOptions } from '../importers/record.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Result, View } from '../terminal/result.ts';
import { bulleted, heading } from '../terminal/text.ts';
import {
  filesNamed,
  mapOfNoUse,
  refuseMapOfXml,
  sourceOf,
  withoutBadRecords,
} from './shared/import-files.ts';

export interface ImportCommandOptions {
  readonly files: readonly string[];
  readonly format?: ImportFormat | undefined;
  readonly map?: string | undefined;
  readonly dateFormat?: ReadOptions['dateFormat'] | undefined;
  readonly offer?: string | undefined;
  readonly strict?: true | undefined;
  readonly force?: true | undefined;
  readonly dryRun?: true | undefined;
}

/** Reads what admins really have: the portal's table, KeysExport.xml, any CSV. */
export async function run(options: ImportCommandOptions, context: Context): Promise<Result> {
  refuseNothing(options.files, context);
  const reading: ReadOptions = {
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.map === undefined ? {} : { map: parseMap(options.map) }),
    ...(options.dateFormat === undefined ? {} : { dateFormat: options.dateFormat }),
  };
  const named = filesNamed(options.files, context);
  if (reading.map !== undefined) await refuseMapOfXml(named);
  const backend = await context.backend();
  // A single file is one transaction, which does the same.
  const allOrNothing = options.strict === true && named.length > 1;
  const files = allOrNothing ? await withoutBadRecords(named, reading) : named;
  const progress = startProgress(context.terminal);
  let current = '';
  const importing = await backend.imports.begin({
    dryRun: options.dryRun === true,
    strict: options.strict === true,
    force: options.force === true,
    offer: options.offer ?? null,
    onProgress: (records) => progress.update(`${current}: ${records} records read`),
  });
  const reports: FileReport[] = [];
  let failure: unknown;
  try {
    for (const file of files) {
      current = file.name;
      reports.push(await addFile(importing, sourceOf(file), reading, files.length));
    }
  } catch (error) {
    // What was stored before stays stored, and is told.
    if (reports.length === 0) throw error;
    failure = partial(error);
  } finally {
    progress.done();
  }
  for (const warning of importing.warnings) context.terminal.warn(warning);
  return toResult({ id: importing.id, dryRun: options.dryRun === true, files: reports }, failure);
}

/** That nothing was done, as the exit code of wrong usage says, is not true once a file is stored. */
function partial(error: unknown): unknown {
  if (!(error instanceof AppError) || error.exitCode !== EXIT_CODES.USAGE) return error;
  const { message, hint, details } = error;
  return new AppError('INVALID_DATA', message, { hint, details, cause: error });
}

async function addFile(
  importing: ImportRun,
  source: ImportSource,
  reading: ReadOptions,
  count: number,
): Promise<FileReport> {
  const { format, items } = await readImport(source, reading);
  if (reading.map !== undefined && format === 'keys-export' && count === 1) throw mapOfNoUse();
  return importing.add({ name: source.name, format, items });
}

function refuseNothing(files: readonly string[], context: Context): void {
  if (files.length > 0) return;
  throw new AppError('USAGE', 'There is nothing to import: no file was named.', {
    hint: context.surroundings.stdin.isTTY
      ? 'Name a file: mpn-benefits import benefits.txt'
      : 'Name a file, as in: mpn-benefits import benefits.txt. To read standard input: mpn-benefits import -',
  });
}

function toResult(report: ImportReport, stopped: unknown): Result {
  return {
    kind: 'record',
    value: report,
    render: (view) => render(report, view),
    failure: failureOf(report, stopped),
  };
}

function failureOf(report: ImportReport, stopped: unknown): AppError | undefined {
  if (stopped instanceof AppError) return stopped;
  if (stopped !== undefined) throw stopped;
  const rejected = report.files.reduce((sum, file) => sum + file.rejected.length, 0);
  if (rejected === 0) return undefined;
  return new AppError(
    'INVALID_DATA',
    `${counted(rejected, 'record')} could not be read; the rest was ${report.dryRun ? 'fine' : 'stored'}.`,
    {
      hint: 'They are listed as rejected, with their places. Importing the corrected file again changes nothing else.',
      details: { rejected },
    },
  );
}

const SHOWN = 20;

function render(report: ImportReport, view: View): string {
  const blocks = report.files.map((file) => renderFile(file, view));
  if (report.dryRun) blocks.push('This was a dry run: nothing was stored.');
  else if (report.id !== null && report.files.some((file) => file.new + file.changed > 0))
    blocks.push(view.palette.faint(`Take it back with: mpn-benefits import undo ${report.id}`));
  return blocks.join('\n');
}

function renderFile(file: FileReport, view: View): string {
  const counts = `${file.new} new, ${file.changed} changed, ${file.unchanged} unchanged`;
  const lines = [
    `${heading(file.file === '-' ? 'Standard input' : file.file, view)} (${file.format}): ${counts}`,
  ];
  for (const [title, list] of [
    ['Skipped', file.skipped],
    ['Rejected', file.rejected],
  ] as const) {
    if (list.length === 0) continue;
    lines.push(`${title}: ${list.length}`);
    lines.push(
      bulleted(
        list.slice(0, SHOWN).map(({ place, reason }) => `${place}: ${reason}`),
        view,
        '  ',
      ),
    );
    if (list.length > SHOWN) lines.push(`  and ${list.length - SHOWN} more; see all with -o json`);
  }
  return lines.join('\n');
}

import type { FileReport, ImportSummary } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import type { Result, TableColumn } from '../terminal/result.ts';
import { timeCell } from './shared/cells.ts';
import { firstOf } from './shared/rows.ts';

const FIELDS = ['id', 'at', 'undoneAt', 'files'] as const satisfies readonly (keyof ImportSummary)[];

const sum = (files: readonly FileReport[], pick: (file: FileReport) => number): string =>
  String(files.reduce((total, file) => total + pick(file), 0));

const COLUMNS: readonly TableColumn<ImportSummary>[] = [
  { heading: 'Id', text: ({ id }) => id, whole: true },
  { heading: 'When', text: ({ at }, view) => timeCell(at, view) },
  { heading: 'Files', text: ({ files }) => files.map(({ file }) => file).join(', ') },
  { heading: 'New', align: 'right', text: ({ files }) => sum(files, (file) => file.new), yields: 1 },
  { heading: 'Changed', align: 'right', text: ({ files }) => sum(files, (file) => file.changed), yields: 2 },
  {
    heading: 'Rejected',
    align: 'right',
    text: ({ files }) => sum(files, (file) => file.rejected.length),
    yields: 3,
  },
  { heading: 'State', text: ({ undoneAt }) => (undoneAt === null ? 'stored' : 'undone') },
];

/** The imports so far, newest first. */
export async function run(
  options: { readonly limit?: number | undefined },
  context: Context,
): Promise<Result> {
  const backend = await context.backend();
  return {
    kind: 'rows',
    rows: firstOf(backend.imports.list(), options.limit),
    fields: FIELDS,
    columns: COLUMNS,
    empty: 'Nothing was imported yet.',
  };
}

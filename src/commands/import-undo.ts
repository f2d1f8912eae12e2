import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { Result } from '../terminal/result.ts';

/** Takes back what an import added and nothing has used since. */
export async function run(options: { readonly id: string }, context: Context): Promise<Result> {
  const backend = await context.backend();
  const report = await backend.imports.undo(options.id);
  const { entitlements, keys, notes, products } = report.removed;
  return {
    kind: 'record',
    value: report,
    render: () =>
      [
        `Import ${report.id} is undone.`,
        `Removed: ${counted(entitlements, 'entitlement')}, ${counted(keys, 'key')}, ${counted(notes, 'note')}, ${counted(products, 'product')}.`,
        `Old values restored: ${report.restored}.`,
        ...report.kept.map((kept) => `Kept: ${kept}.`),
      ].join('\n'),
  };
}

import type { AliasReport } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { createCatalogue } from '../entitlements/catalogue.ts';
import { joiningDoubt } from '../entitlements/joining.ts';
import { normalisedName } from '../entitlements/normalise.ts';
import { AppError } from '../errors.ts';
import { confirm } from '../terminal/prompts.ts';
import type { Result } from '../terminal/result.ts';
import { chosenProduct } from './shared/product.ts';

/** Says that an imported name means a product that is known already; joined to itself it stands for itself again. */
export async function run(
  options: { readonly name: string; readonly product: string },
  context: Context,
): Promise<Result> {
  const [{ CATALOGUE_DATA }, { FAMILIES_DATA }] = await Promise.all([
    import('../data/catalogue.ts'),
    import('../data/families.ts'),
  ]);
  const own = createCatalogue(CATALOGUE_DATA, FAMILIES_DATA).describe(options.name);
  const backend = await context.backend();
  if (normalisedName(options.name) === normalisedName(options.product)) {
    const report = await backend.entitlements.alias(options.name, own);
    return told(report, `"${report.name}" stands for itself again.`, leftBehind(report));
  }
  const product = await chosenProduct(options.product, backend, context);
  const doubt = joiningDoubt(own, product);
  if (doubt !== null && !(await confirm(context.terminal, { message: doubt, flag: '--yes' }))) {
    throw new AppError('CANCELLED', 'Nothing was changed.');
  }
  const before = await backend.entitlements.show(product);
  const report = await backend.entitlements.alias(options.name, product);
  const isMixed = report.merged !== null && before.entitlements.length + before.keys.length > 0;
  const back = `mpn-benefits product alias "${report.name}" "${report.name}"`;
  return told(
    report,
    `"${report.name}" now is a name of ${product.name}.`,
    isMixed
      ? `What moved cannot be told from what was there any more. To let the name stand for itself again, in later imports: ${back}`
      : `To take that back: ${back}`,
  );
}

function told(report: AliasReport, what: string, then: string): Result {
  const moved =
    report.merged === null
      ? 'What was imported under that name before stays where it is.'
      : `Moved: ${counted(report.entitlements, 'entitlement')}, ${counted(report.keys, 'key')}.`;
  return { kind: 'record', value: report, render: () => `${what} ${moved}\n${then}` };
}

/** Rows do not say under which name they came. */
function leftBehind({ merged }: AliasReport): string {
  return merged === null
    ? 'To have that too, undo the import that brought it and import the file again: mpn-benefits import list'
    : 'What is imported under it from now on is its own.';
}

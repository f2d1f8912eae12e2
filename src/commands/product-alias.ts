import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { Result } from '../terminal/result.ts';
import { chosenProduct } from './shared/product.ts';

/** Says that an imported name means a product that is known already. */
export async function run(
  options: { readonly name: string; readonly product: string },
  context: Context,
): Promise<Result> {
  const backend = await context.backend();
  const product = await chosenProduct(options.product, backend, context);
  const report = await backend.entitlements.alias(options.name, product);
  const moved =
    report.merged === null
      ? 'What was imported under that name before stays where it is.'
      : `Moved: ${counted(report.entitlements, 'entitlement')}, ${counted(report.keys, 'key')}.`;
  return {
    kind: 'record',
    value: report,
    render: () => `"${report.name}" now is a name of ${product.name}. ${moved}`,
  };
}

import type { RevealView } from '../../backend/rows.ts';
import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import type { KeyMark } from '../../keys/choose.ts';
import type { KeyType } from '../../keys/product-key.ts';
import type { Result } from '../../terminal/result.ts';
import { keyFor } from '../shared/key-access.ts';
import { KEY_COLUMNS, KEY_FIELDS, REVEAL_COLUMNS, REVEAL_FIELDS } from '../shared/key-columns.ts';
import { chosenProduct } from '../shared/product.ts';
import { firstOf } from '../shared/rows.ts';
import { meantProduct } from './meant-product.ts';

interface ListOptions {
  readonly product?: string | undefined;
  readonly type?: KeyType | undefined;
  readonly limit?: number | undefined;
}

/** Keys without their characters. */
export async function listKeys({ product, type, limit }: ListOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const keys = await backend.keys.list(await optionalProduct(product, context));
  return {
    kind: 'rows',
    rows: keys.filter((key) => type === undefined || key.type === type).slice(0, limit),
    fields: KEY_FIELDS,
    columns: KEY_COLUMNS,
    empty:
      product === undefined && type === undefined
        ? 'No product keys are stored. Import KeysExport.xml, or one key: mpn-benefits import key <product>'
        : 'No key fits. All there are: mpn-benefits key --list',
  };
}

/** Who took which key out, newest first. */
export async function listReveals({ product, limit }: ListOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const rows: AsyncIterable<RevealView> = backend.keys.history(await optionalProduct(product, context));
  return {
    kind: 'rows',
    rows: firstOf(rows, limit),
    fields: REVEAL_FIELDS,
    columns: REVEAL_COLUMNS,
    empty:
      product === undefined
        ? 'No key was revealed yet.'
        : 'No reveal fits. All there are: mpn-benefits key --history',
  };
}

async function optionalProduct(
  name: string | undefined,
  context: Context,
): Promise<ProductFacts | undefined> {
  return name === undefined ? undefined : chosenProduct(name, await context.backend(), context);
}

interface MarkOptions {
  readonly product?: string | undefined;
  readonly key?: string | undefined;
  readonly reason?: string | undefined;
}

/** Says that a key is blocked, retired or active again. */
export async function markKey(options: MarkOptions, mark: KeyMark, context: Context): Promise<Result> {
  const { key, reason } = options;
  if (key === undefined)
    throw new AppError('USAGE', '--mark needs a key.', { hint: 'Name it with --key <id|last five>.' });
  if (reason === undefined)
    throw new AppError('USAGE', '--mark needs a reason.', {
      hint: 'Add --reason <text>; it is kept with the key.',
    });
  const backend = await context.backend();
  const product = await meantProduct(options, context);
  const { view: found } = await keyFor(product, { key }, backend, context);
  const view = await backend.keys.mark(found.id, mark, reason);
  return { kind: 'record', value: view, render: () => `Key …${view.last5} is now ${mark}.` };
}

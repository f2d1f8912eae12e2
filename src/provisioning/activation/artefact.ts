import type { ProductKind } from '../../entitlements/types.ts';
import type { Secret } from '../../keys/secret.ts';
import { type ArtefactVia, applicationOf } from './ways.ts';

export interface ArtefactRequest {
  readonly product: {
    readonly id: string;
    readonly name: string;
    readonly kind: ProductKind;
    readonly aliases?: readonly string[];
  };
  readonly key: Secret;
  readonly keyLast5: string;
  readonly machine: string;
  readonly imageKey: boolean;
}

/**
 * Finds out whether the artefact can be made, before the activation is reserved.
 * @throws AppError USAGE if it cannot, with the reason.
 */
export async function checkArtefact(via: ArtefactVia, request: ArtefactRequest): Promise<void> {
  await artefactText(via, request, 'not-reserved-yet');
}

/**
 * The text of the file for `--out-file`. It holds the key in clear: whoever writes it makes it owner-only and names it
 * in the ledger.
 * @throws AppError USAGE as `checkArtefact` does.
 */
export async function artefactText(
  via: ArtefactVia,
  request: ArtefactRequest,
  activationId: string,
): Promise<string> {
  const { product, key, machine, imageKey } = request;
  if (via === 'unattend') {
    const { unattendFile } = await import('./unattend.ts');
    return unattendFile({ key, activationId, productName: product.name, machine, imageKey });
  }
  if (via === 'office-deployment') {
    const [{ officeConfiguration }, { OFFICE_PRODUCTS }] = await Promise.all([
      import('./office-deployment.ts'),
      import('../../data/office-products.ts'),
    ]);
    return officeConfiguration({ key, activationId, product, machine }, OFFICE_PRODUCTS);
  }
  const applicationId = applicationOf(product.kind);
  if (applicationId === undefined)
    throw new RangeError(`no script activates a product of kind ${product.kind}`);
  const { activationScriptFile } = await import('./script.ts');
  const last5 = request.keyLast5;
  return activationScriptFile({
    key,
    applicationId,
    last5,
    activationId,
    productName: product.name,
    machine,
  });
}

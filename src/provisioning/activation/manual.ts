import type { ManualActivationData } from '../../data/manual-activation.ts';
import type { ProductKind } from '../../entitlements/types.ts';
import { applicationOf } from './ways.ts';

export interface ManualRequest {
  readonly product: { readonly id: string; readonly name: string; readonly kind: ProductKind };
  readonly machine: string;
  readonly keyLast5: string;
  readonly activationId: string;
}

/**
 * What a person does to activate, in order; the last step records the result. The steps hold no key. Texts from
 * outside stand in them as they are.
 */
export function manualSteps(request: ManualRequest, data: ManualActivationData): readonly string[] {
  const { product } = request;
  const values: Readonly<Record<string, string>> = {
    product: product.name,
    productId: product.id,
    machine: request.machine,
    last5: request.keyLast5,
    activationId: request.activationId,
    applicationId: applicationOf(product.kind) ?? '',
  };
  return (data.kinds[product.kind] ?? data.others).map((step) => fill(data.steps[step] ?? '', values));
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

import json from '../../data/office-products.json' with { type: 'json' };

/** A volume edition that the Office Deployment Tool installs. */
export interface OfficeProduct {
  /** Attribute ID of the element Product. */
  readonly odtId: string;
  /** Attribute Channel of the element Add; a volume edition is only in its own. */
  readonly channel: string;
  readonly year: number;
  /** Compared by their words, whatever their order. */
  readonly names: readonly string[];
  readonly catalogueIds: readonly string[];
}

/** What the Office Deployment Tool installs: data/office-products.json; checked by test/data/office-products.test.ts. */
export const OFFICE_PRODUCTS: readonly OfficeProduct[] = json.products;

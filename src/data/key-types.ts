import data from '../../data/key-types.json' with { type: 'json' };
import type { KeyType } from '../keys/product-key.ts';

/** What a label of a key type means. `warning`: what the user should know about a label that is only a guess. */
export interface KeyTypeLabel {
  readonly label: string;
  readonly type: KeyType;
  readonly allowed?: number;
  readonly warning?: string;
}

/** Shipped data; its shape is checked by a test, not at every start. */
export const KEY_TYPE_LABELS = data.labels as readonly KeyTypeLabel[];

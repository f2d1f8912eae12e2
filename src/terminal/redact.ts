import { maskKeys } from '../keys/hidden.ts';
import type { Secret } from '../keys/secret.ts';

/**
 * Threat model of this file: a product key or token that slipped into a message, a stack trace or a debug line must
 * not reach a log of a pipeline. It is the last guard, not the first: nothing should hand it a secret. Text that was
 * encoded (base64, UTF-16) or split over two messages gets past it.
 */
export interface Redactor {
  /** From now on these exact characters are shown as the mask of the secret. */
  register(secret: Secret): void;
  redact(text: string): string;
}

/** A value this short would also be found in innocent words. */
const SHORTEST = 4;

export function createRedactor(): Redactor {
  const masks = new Map<string, string>();
  return {
    register(secret) {
      const value = secret.reveal();
      if (value.length >= SHORTEST) masks.set(value, String(secret));
    },
    redact(text) {
      let out = text;
      const longestFirst = [...masks].sort(([a], [b]) => b.length - a.length);
      for (const [value, mask] of longestFirst) out = out.replaceAll(value, () => mask);
      return maskKeys(out).shown;
    },
  };
}

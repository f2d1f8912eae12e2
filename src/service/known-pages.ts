/** Characters of all pages that are kept at a time. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/**
 * Pages of the list of entitlements as they were sent last, by the mark of the state they are of: when something has
 * changed, everybody fetches the same long list, and it is put together once. What the mark tells of a client's copy, it
 * tells of these.
 */
export class KnownPages {
  readonly #texts = new Map<string, string>();
  #characters = 0;

  get(name: string): string | undefined {
    return this.#texts.get(name);
  }

  /** The oldest make room; what would need all of it is not kept. */
  keep(name: string, text: string): void {
    if (text.length > MOST_CHARACTERS / 2 || this.#texts.has(name)) return;
    this.#texts.set(name, text);
    this.#characters += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#characters <= MOST_CHARACTERS) return;
      this.#texts.delete(oldest);
      this.#characters -= length;
    }
  }
}

/**
 * Threat model of this file: a product key, vault key or token must not end up in a log, an error, a JSON
 * document or a debugger's output by accident. Whoever wants the characters has to call `reveal` and is found
 * by searching for that word; every other way of turning a Secret into text gives its mask.
 */
export class Secret {
  readonly #value: string;
  readonly #mask: string;

  /** @param mask what is shown in its place: a product key's last characters, else `[redacted]`. */
  constructor(value: string, mask = '[redacted]') {
    this.#value = value;
    this.#mask = mask;
  }

  /** The characters themselves. Called once per way out of the process. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.#mask;
  }

  toJSON(): string {
    return this.#mask;
  }

  [Symbol.toPrimitive](): string {
    return this.#mask;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#mask;
  }
}

/** A bucket for each name: it fills by `perSecond`, holds `burst`, and every request takes one. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { level: number; at: number }>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#now = now;
  }

  /** 0 if the request may pass, else seconds until one may. */
  take(name: string): number {
    const bucket = this.#bucket(name);
    const wait = this.#wait(bucket.level);
    if (wait === 0) bucket.level -= 1;
    return wait;
  }

  /** The same, and takes nothing. */
  wait(name: string): number {
    return this.#buckets.has(name) ? this.#wait(this.#bucket(name).level) : 0;
  }

  #wait(level: number): number {
    return level >= 1 ? 0 : Math.max(1, Math.ceil((1 - level) / this.#perSecond));
  }

  #bucket(name: string): { level: number; at: number } {
    const now = this.#now();
    const known = this.#buckets.get(name);
    if (known !== undefined) {
      known.level = Math.min(this.#burst, known.level + ((now - known.at) / 1000) * this.#perSecond);
      known.at = now;
      return known;
    }
    if (this.#buckets.size >= MOST_BUCKETS) this.#forget(now);
    const bucket = { level: this.#burst, at: now };
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** A full bucket is as good as none; whoever makes up names must not fill the memory. */
  #forget(now: number): void {
    for (const [name, { level, at }] of this.#buckets) {
      if (level + ((now - at) / 1000) * this.#perSecond >= this.#burst) this.#buckets.delete(name);
    }
    if (this.#buckets.size >= MOST_BUCKETS) this.#buckets.clear();
  }
}

const MOST_BUCKETS = 10_000;

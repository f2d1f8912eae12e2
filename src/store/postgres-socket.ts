import { Socket } from 'node:net';

type Written = (error?: Error | null) => void;

/**
 * Sends what is written in one go as one packet. The driver writes every message by itself, and each packet wakes up
 * the server.
 */
export class GatheringSocket extends Socket {
  #gathering = false;

  override write(
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Written,
    written?: Written,
  ): boolean {
    if (!this.#gathering) {
      this.#gathering = true;
      this.cork();
      process.nextTick(() => {
        this.#gathering = false;
        this.uncork();
      });
    }
    return typeof encoding === 'function'
      ? super.write(chunk, encoding)
      : super.write(chunk, encoding, written);
  }
}

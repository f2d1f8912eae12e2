/**
 * Messages of PostgreSQL's extended query protocol, several in one buffer: the driver's own writer makes a chunk of
 * each, and sending forty chunks costs more than making them.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** A value on its way to the server: as text, as bytes, or none. */
export type Parameter = string | Buffer | null;

const TEXT = 0;
const BINARY = 1;
const FIRST_BYTES = 4_096;

export class Messages {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  parse(name: string, statement: string): void {
    const start = this.#begin('P');
    this.#text(name);
    this.#text(statement);
    this.#int16(0);
    this.#end(start);
  }

  bind(name: string, parameters: readonly Parameter[]): void {
    const start = this.#begin('B');
    this.#text('');
    this.#text(name);
    this.#int16(parameters.length);
    for (const each of parameters) this.#int16(Buffer.isBuffer(each) ? BINARY : TEXT);
    this.#int16(parameters.length);
    for (const each of parameters) this.#value(each);
    // All columns come as text.
    this.#int16(0);
    this.#end(start);
  }

  describe(): void {
    const start = this.#begin('D');
    this.#room(1);
    this.#buffer[this.#at] = 'P'.charCodeAt(0);
    this.#at += 1;
    this.#text('');
    this.#end(start);
  }

  execute(): void {
    const start = this.#begin('E');
    this.#text('');
    this.#int32(0);
    this.#end(start);
  }

  sync(): void {
    this.#end(this.#begin('S'));
  }

  /** All of them; nothing is added afterwards. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #begin(type: string): number {
    this.#room(5);
    this.#buffer[this.#at] = type.charCodeAt(0);
    this.#at += 5;
    return this.#at - 4;
  }

  /** A message says how long it is, itself included. */
  #end(start: number): void {
    this.#buffer.writeInt32BE(this.#at - start, start);
  }

  #value(value: Parameter): void {
    if (value === null) {
      this.#int32(-1);
      return;
    }
    if (Buffer.isBuffer(value)) {
      this.#int32(value.length);
      this.#room(value.length);
      this.#at += value.copy(this.#buffer, this.#at);
      return;
    }
    this.#int32(0);
    const length = this.#utf8(value);
    this.#buffer.writeInt32BE(length, this.#at - length - 4);
  }

  #text(text: string): void {
    this.#utf8(text);
    this.#room(1);
    this.#buffer[this.#at] = 0;
    this.#at += 1;
  }

  #utf8(text: string): number {
    this.#room(text.length * 3);
    const length = this.#buffer.write(text, this.#at);
    this.#at += length;
    return length;
  }

  #int16(value: number): void {
    this.#room(2);
    this.#at = this.#buffer.writeUInt16BE(value, this.#at);
  }

  #int32(value: number): void {
    this.#room(4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

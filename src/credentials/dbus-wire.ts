/** How D-Bus messages are written as bytes: as much of it as a few questions need. */

const MAX_MESSAGE = 1 << 20;

/** One call of a method. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** D-Bus signature of the arguments: strings, paths, strings as variants, and string dictionaries only. */
  readonly signature: '' | 's' | 'o' | 'ss' | 'sv' | 'a{ss}';
  readonly body: readonly (string | Readonly<Record<string, string>>)[];
}

class Writer {
  #bytes: number[] = [];

  align(size: number): this {
    while (this.#bytes.length % size !== 0) this.#bytes.push(0);
    return this;
  }

  bytes(...values: number[]): this {
    this.#bytes.push(...values);
    return this;
  }

  u32(value: number): this {
    return this.align(4).bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }

  string(text: string): this {
    const bytes = Buffer.from(text, 'utf8');
    return this.u32(bytes.length).bytes(...bytes, 0);
  }

  signature(text: string): this {
    return this.bytes(text.length, ...Buffer.from(text, 'latin1'), 0);
  }

  /** An array whose elements start at multiples of 8; its length leaves out the padding before the first. */
  array(write: (writer: Writer) => void): this {
    this.u32(0);
    const lengthAt = this.#bytes.length - 4;
    const start = this.align(8).#bytes.length;
    write(this);
    const length = new Writer().u32(this.#bytes.length - start).#bytes;
    this.#bytes.splice(lengthAt, 4, ...length);
    return this;
  }

  done(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** The bytes of a method call, little-endian. */
export function encodeCall(serial: number, call: BusCall): Buffer {
  const body = new Writer();
  const types = call.signature.match(/a\{ss\}|[sov]/g) ?? [];
  for (const [at, argument] of call.body.entries()) {
    if (types[at] === 'v') body.signature('s');
    if (typeof argument === 'string') body.string(argument);
    else
      body.array((inner) => {
        for (const [key, value] of Object.entries(argument)) inner.align(8).string(key).string(value);
      });
  }
  const bytes = body.done();
  const fields: [number, string, string][] = [
    [1, 'o', call.path],
    [2, 's', call.interface],
    [3, 's', call.member],
    [6, 's', call.destination],
  ];
  const header = new Writer().bytes(0x6c, 1, 0, 1).u32(bytes.length).u32(serial);
  header.array((inner) => {
    for (const [code, type, text] of fields) inner.align(8).bytes(code).signature(type).string(text);
    if (call.signature !== '') inner.align(8).bytes(8).signature('g').signature(call.signature);
  });
  return Buffer.concat([header.align(8).done(), bytes]);
}

/** Reads the few types that answers are made of; alignment counts from the start of the body. */
export class Reader {
  #view: DataView;
  #little: boolean;
  #at: number;

  constructor(bytes: Uint8Array, little: boolean, at = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = little;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  align(size: number): this {
    this.#at = Math.ceil(this.#at / size) * size;
    return this;
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  u32(): number {
    const value = this.align(4).#view.getUint32(this.#at, this.#little);
    this.#at += 4;
    return value;
  }

  #text(length: number): string {
    const bytes = Buffer.from(this.#view.buffer, this.#view.byteOffset + this.#at, length);
    this.#at += length + 1;
    return bytes.toString('utf8');
  }

  string(): string {
    return this.#text(this.u32());
  }

  signature(): string {
    return this.#text(this.byte());
  }

  bytes(): Buffer {
    const length = this.u32();
    const bytes = Buffer.from(this.#view.buffer, this.#view.byteOffset + this.#at, length);
    this.#at += length;
    return bytes;
  }

  strings(): string[] {
    const end = this.u32() + this.#at;
    const texts: string[] = [];
    while (this.#at < end) texts.push(this.string());
    return texts;
  }
}

export interface BusMessage {
  readonly replyTo: number;
  readonly error: string | null;
  readonly body: Reader;
}

/** The first whole message in the bytes, or null if more are needed. */
export function decodeMessage(bytes: Buffer): { message: BusMessage; size: number } | null {
  if (bytes.length < 16) return null;
  const little = bytes[0] === 0x6c;
  const bodyLength = new Reader(bytes, little, 4).u32();
  const fieldsEnd = 16 + new Reader(bytes, little, 12).u32();
  const bodyAt = Math.ceil(fieldsEnd / 8) * 8;
  const size = bodyAt + bodyLength;
  if (size > MAX_MESSAGE) throw new RangeError('an answer of the bus is too long');
  if (bytes.length < size) return null;
  let replyTo = 0;
  let error: string | null = null;
  const fields = new Reader(bytes, little, 16);
  while (fields.at < fieldsEnd) {
    const code = fields.align(8).byte();
    const type = fields.signature();
    const value = type === 'u' ? fields.u32() : type === 'g' ? fields.signature() : fields.string();
    if (code === 5 && typeof value === 'number') replyTo = value;
    if (code === 4 && typeof value === 'string') error = value;
  }
  return { message: { replyTo, error, body: new Reader(bytes.subarray(bodyAt, size), little) }, size };
}

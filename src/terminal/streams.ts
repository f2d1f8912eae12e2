/** A source of keystrokes or data; `process.stdin` is one. */
export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean | undefined;
}

/** A place to write to; `process.stdout` and `process.stderr` are such. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

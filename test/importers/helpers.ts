import { readFile } from 'node:fs/promises';
import { readImport } from '../../src/importers/read.ts';
import type { ImportItem, ImportSource, ReadOptions } from '../../src/importers/record.ts';
import { Secret } from '../../src/keys/secret.ts';

export const KEY = 'BCDFG-HJKMP-QRTVW-XY234-67892';

/** A file in memory, handed over in pieces of a given size. */
export function sourceOf(content: string | Uint8Array, pieceSize = 7, name = 'export.txt'): ImportSource {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return { name, chunks: chunksOf(bytes, pieceSize) };
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export function fixture(name: string): Promise<Buffer> {
  return readFile(new URL(`../../fixtures/importers/${name}`, import.meta.url));
}

/** Everything a file gives, with secrets opened as `{ secret }` so that tests can compare them. */
export async function read(content: string | Uint8Array, options: ReadOptions = {}, pieceSize = 4096) {
  const { format, items } = await readImport(sourceOf(content, pieceSize), options);
  const all: unknown[] = [];
  for await (const item of items) all.push(opened(item));
  return { format, items: all };
}

export function opened(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
}

/** Records of a kind from `read`, for tests that look at one field. */
export function ofKind(
  items: readonly unknown[],
  kind: ImportItem['kind'],
): readonly Record<string, unknown>[] {
  return items.filter((item): item is Record<string, unknown> => {
    return typeof item === 'object' && item !== null && 'kind' in item && item.kind === kind;
  });
}

export function utf16le(text: string, mark = true): Buffer {
  return Buffer.from((mark ? '\uFEFF' : '') + text, 'utf16le');
}

export function utf16be(text: string, mark = true): Buffer {
  return utf16le(text, mark).swap16();
}

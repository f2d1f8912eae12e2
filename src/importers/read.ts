import { openText, type TextSource } from './decode.ts';
import { detectLayout, type Layout } from './detect.ts';
import { readGridLines } from './grid-lines.ts';
import type { ImportFormat, ImportItem, ImportSource, ReadOptions } from './record.ts';
import { readTable } from './table.ts';

/**
 * Reads a file that somebody has: finds encoding and format by content, then gives its records and findings as a
 * stream of bounded memory. Throws INVALID_DATA for a file that is not readable as a whole and USAGE if an option is
 * wrong or missing, here or from the stream; a consumer keeps nothing of a stream that throws.
 */
export async function readImport(
  source: ImportSource,
  options: ReadOptions,
): Promise<{ readonly format: ImportFormat; readonly items: AsyncIterable<ImportItem> }> {
  const text = await openText(source);
  try {
    const layout = await detectLayout(text, options);
    return { format: layout.format, items: readItems(text, layout, options) };
  } catch (error) {
    await text.close();
    throw error;
  }
}

async function* readItems(
  text: TextSource,
  layout: Layout,
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  try {
    if (layout.kind === 'xml') {
      const { readKeysExport } = await import('./keys-export.ts');
      yield* readKeysExport(text);
    } else if (layout.kind === 'lines') {
      yield* readGridLines(text, options.dateFormat);
    } else {
      yield* readTable(text, layout, options);
    }
  } finally {
    await text.close();
  }
}

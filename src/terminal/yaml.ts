import { isUnsafe, spell } from './escape.ts';
import type { Json } from './result.ts';

/** Turns a value into YAML text that ends in a newline. */
export type YamlWriter = (value: Json) => string;

const BLANK_LINE = /^[ \t]+$/m;

/** YAML 1.2 that a 1.1 parser reads the same way: `yes`, `on` and dates are quoted, because 1.1 knows better. */
export async function createYamlWriter(): Promise<YamlWriter> {
  const { Document, Schema, visit } = await import('yaml');
  // One for all documents: making it takes longer than writing a row.
  const schema = new Schema({ schema: 'core', compat: 'yaml-1.1' });
  return (value) => {
    const document = new Document(value, { aliasDuplicateObjects: false, schema });
    let unsafe = false;
    visit(document, {
      Scalar(_, node) {
        if (typeof node.value !== 'string') return;
        const escaped = isUnsafe(node.value);
        if (escaped) unsafe = true;
        // Only double quotes have escapes, and only they keep the blanks of a line that holds nothing else.
        if (escaped || BLANK_LINE.test(node.value)) node.type = 'QUOTE_DOUBLE';
      },
    });
    const text = document.toString({ lineWidth: 0 });
    return unsafe ? spell(text) : text;
  };
}

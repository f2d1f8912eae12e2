import { SaxesParser } from 'saxes';
import type { TextSource } from './decode.ts';
import { invalidData } from './problem.ts';

/**
 * Threat model of this file: XML is the one format here that can attack its reader. A DOCTYPE ends the reading
 * before anything could be expanded or fetched; size, depth, attributes and the length of one piece of text are
 * limited while they are read; nothing of the parser's messages is passed on, since they quote from the file.
 */

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_DEPTH = 32;
const MOST_ATTRIBUTES = 64;
/** The longest text, attribute or comment, in UTF-16 units. */
const LONGEST = 256 * 1024;

export interface XmlElement {
  /** Without prefix, lower case. */
  readonly name: string;
  /** By name without prefix, lower case. */
  readonly attributes: ReadonlyMap<string, string>;
  /** One-based line of the end of its opening tag. */
  readonly line: number;
}

export interface XmlReader {
  open(element: XmlElement, path: readonly string[]): void;
  text(text: string): void;
  close(name: string): void;
}

/** Reads a whole document, strictly. Throws INVALID_DATA unless it is well-formed to its end. */
export async function readXml(source: TextSource, reader: XmlReader): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const path: string[] = [];
  let attributes = 0;
  let textLength = 0;
  let lastEvent = 0;
  let encoding: string | undefined;
  const refuse = (what: string, hint?: string) => {
    const where = `line ${parser.line}, column ${parser.columnIndex + 1}`;
    return invalidData(source.name, `${what} (${where})`, hint);
  };
  const seen = () => {
    lastEvent = parser.position;
  };
  const text = (part: string) => {
    seen();
    textLength += part.length;
    if (textLength > LONGEST) throw refuse('a text is too long');
    reader.text(part);
  };

  parser.on('error', (error) => {
    throw refuse(/entity/.test(error.message) ? 'an entity is not defined' : 'not well-formed XML', BROKEN);
  });
  parser.on('xmldecl', (declaration) => {
    encoding = declaration.encoding?.toLowerCase();
    seen();
  });
  parser.on('doctype', () => {
    throw refuse(
      'XML with a DOCTYPE is refused',
      'Exports of product keys have none; remove it if you trust the file.',
    );
  });
  parser.on('opentagstart', () => {
    attributes = 0;
    seen();
  });
  parser.on('attribute', ({ value }) => {
    attributes += 1;
    if (attributes > MOST_ATTRIBUTES) throw refuse('an element has too many attributes');
    if (value.length > LONGEST) throw refuse('an attribute is too long');
    seen();
  });
  parser.on('opentag', (tag) => {
    seen();
    textLength = 0;
    if (path.length >= MOST_DEPTH) throw refuse('elements are nested too deeply');
    const name = local(tag.name);
    const values = Object.entries(tag.attributes).map(([key, value]) => [local(key), value] as const);
    reader.open({ name, attributes: new Map(values), line: parser.line }, path);
    path.push(name);
  });
  parser.on('closetag', () => {
    seen();
    textLength = 0;
    reader.close(path.pop() ?? '');
  });
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('comment', seen);
  parser.on('processinginstruction', seen);

  for await (const piece of source.pieces) {
    if (source.size() > MOST_BYTES)
      throw invalidData(source.name, 'more than 64 MiB of XML', 'Split the export.');
    parser.write(piece);
    if (parser.position - lastEvent > LONGEST)
      throw refuse('a text, attribute, comment or DOCTYPE is too long');
    refuseEncoding(source.name, encoding, piece);
  }
  parser.close();
}

const BROKEN = 'Export the file again; a file that was cut off or edited cannot be read.';

/** The bytes were read as UTF-8 or UTF-16; a declaration of something else only matters beyond ASCII. */
function refuseEncoding(file: string, encoding: string | undefined, piece: string): void {
  if (encoding === undefined || /^(?:utf-?8|utf-?16(?:le|be)?|us-ascii|ascii)$/.test(encoding)) return;
  if (/[^\0-\x7F]/.test(piece))
    throw invalidData(file, 'its XML declaration names an encoding other than Unicode', 'Save it as UTF-8.');
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase();
}

import { SaxesParser } from 'saxes';

/** An element as a parser reads it, with its namespace. */
export interface ReadElement {
  readonly name: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly ReadElement[];
  readonly text: string;
}

/** Reads a document with an independent parser; throws where it is not well-formed or has a DOCTYPE. */
export function readXml(text: string): { readonly root: ReadElement; readonly comments: readonly string[] } {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const comments: string[] = [];
  const open: { children: ReadElement[]; text: string }[] = [{ children: [], text: '' }];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a DOCTYPE');
  });
  parser.on('comment', (comment) => comments.push(comment));
  parser.on('opentag', () => open.push({ children: [], text: '' }));
  parser.on('text', (piece) => {
    const current = open.at(-1);
    if (current) current.text += piece;
  });
  parser.on('closetag', (tag) => {
    const { children = [], text: content = '' } = open.pop() ?? {};
    const attributes = Object.fromEntries(
      Object.values(tag.attributes).map(({ name, value }) => [name, value]),
    );
    const text = children.length > 0 ? content.trim() : content;
    open.at(-1)?.children.push({ name: tag.local, uri: tag.uri, attributes, children, text });
  });
  parser.write(text).close();
  const [root] = open[0]?.children ?? [];
  if (!root) throw new Error('no root');
  return { root, comments };
}

/** What an element may be: its attributes with a pattern of their values, and its children in this order. */
export interface Shape {
  readonly attributes?: Readonly<Record<string, RegExp>>;
  readonly text?: RegExp;
  /** Name, how often, and shape of each child. */
  readonly children?: readonly (readonly [string, { readonly from: number; readonly to: number }, Shape])[];
}

export const ONCE = { from: 1, to: 1 };
export const MAYBE = { from: 0, to: 1 };
export const MANY = { from: 1, to: 99 };

/** Where an element does not have its shape; empty if it does. */
export function misshapen(
  element: ReadElement,
  shape: Shape,
  uri: string,
  path = element.name,
): readonly string[] {
  const problems: string[] = [];
  if (element.uri !== uri) problems.push(`${path}: namespace ${element.uri}`);
  const allowed = shape.attributes ?? {};
  for (const [name, value] of Object.entries(element.attributes)) {
    if (name !== 'xmlns' && !allowed[name]?.test(value)) problems.push(`${path}/@${name}: ${value}`);
  }
  for (const name of Object.keys(allowed)) {
    if (element.attributes[name] === undefined) problems.push(`${path}: no ${name}`);
  }
  if (!(shape.text ?? /^$/).test(element.text)) problems.push(`${path}: text ${element.text}`);
  const shapes = shape.children ?? [];
  const order = element.children.map(({ name }) => shapes.findIndex(([known]) => known === name));
  if (order.includes(-1) || order.some((at, index) => index > 0 && at < (order[index - 1] ?? 0))) {
    problems.push(`${path}: children ${element.children.map(({ name }) => name).join(', ')}`);
  }
  for (const [name, { from, to }, inner] of shapes) {
    const found = element.children.filter((child) => child.name === name);
    if (found.length < from || found.length > to) problems.push(`${path}: ${found.length} of ${name}`);
    problems.push(...found.flatMap((child) => misshapen(child, inner, uri, `${path}/${name}`)));
  }
  return problems;
}

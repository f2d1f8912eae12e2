import type { Node } from './parse.ts';

/** What is not to be taken apart. */
const ATOMS = new Set([
  'verbatim_string_characters',
  'expandable_string_literal',
  'variable',
  'command_name',
]);

export function named(node: Node): readonly Node[] {
  return node.named;
}

/** The innermost node that says the same. */
export function single(node: Node): Node {
  const [only, ...others] = named(node);
  if (only === undefined || others.length > 0 || node.signs.length > 0 || ATOMS.has(node.type)) return node;
  return single(only);
}

export function isArgument(node: Node): boolean {
  return node.type !== 'command_argument_sep';
}

export function nameOf(variable: Node): string {
  return variable.text.slice(1).toLowerCase();
}

export function textOf(node: Node | undefined | null): string {
  return the(node).text;
}

export function the(node: Node | undefined | null): Node {
  if (!node) throw new Error('the interpreter misses a part of the script');
  return node;
}

export function unknown(node: Node): Error {
  return new Error(`the interpreter does not know ${node.type}: ${node.text.slice(0, 80)}`);
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Node as TreeNode } from '@vscode/tree-sitter-wasm';

/** A node of the syntax tree, without comments. */
export interface Node {
  readonly type: string;
  readonly text: string;
  /** The nodes that the grammar has a name for. */
  readonly named: readonly Node[];
  /** The signs and keywords between them. */
  readonly signs: readonly string[];
}

const require = createRequire(import.meta.url);
const { Language, Parser } = require('@vscode/tree-sitter-wasm') as typeof import('@vscode/tree-sitter-wasm');

async function createParser() {
  await Parser.init();
  const grammar = require.resolve('@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm');
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
  return parser;
}

const parser = await createParser();

const parsed = new Map<string, Node>();

/** The syntax tree of a PowerShell text, by the grammar that Visual Studio Code ships. Throws where it is wrong. */
export function parsePowerShell(text: string): Node {
  const known = parsed.get(text);
  if (known) return known;
  const root = parser.parse(text)?.rootNode;
  if (!root) throw new Error('the parser gave up');
  if (root.hasError) throw new Error(`not PowerShell: ${firstError(root)?.text.slice(0, 200)}`);
  const node = toNode(root, text);
  parsed.set(text, node);
  return node;
}

function toNode(node: TreeNode, text: string): Node {
  const children = childrenOf(node).filter(({ type }) => type !== 'comment');
  return {
    type: node.type,
    text: text.slice(node.startIndex, node.endIndex),
    named: children.filter(({ isNamed }) => isNamed).map((child) => toNode(child, text)),
    signs: children.filter(({ isNamed }) => !isNamed).map(({ type }) => type),
  };
}

function firstError(node: TreeNode): TreeNode | undefined {
  if (node.isError || node.isMissing) return node;
  for (const child of childrenOf(node)) {
    const found = firstError(child);
    if (found) return found;
  }
  return undefined;
}

function childrenOf(node: TreeNode): TreeNode[] {
  return node.children.filter((child) => child !== null);
}

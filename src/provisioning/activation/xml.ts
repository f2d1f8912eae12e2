import { AppError } from '../../errors.ts';
import { keyShape } from '../../keys/product-key.ts';
import type { Secret } from '../../keys/secret.ts';

/** An element that is going to be written. */
export interface XmlElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly XmlElement[];
  readonly text?: string;
}

/** Characters that XML 1.0 has no form for, not even an escaped one. */
const NOT_XML = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** The document with a comment at its top, indented, in UTF-8. Names and attribute names are taken as they are. */
export function xmlDocument(comment: readonly string[], root: XmlElement): string {
  const lines = comment.map((line) => `  ${commentText(line)}`);
  return ['<?xml version="1.0" encoding="utf-8"?>', '<!--', ...lines, '-->', ...element(root, ''), ''].join(
    '\n',
  );
}

function element({ name, attributes = {}, children = [], text }: XmlElement, indent: string): string[] {
  const given = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${escapeXml(value)}"`);
  const tag = `${indent}<${name}${given.join('')}`;
  if (text !== undefined) return [`${tag}>${escapeXml(text)}</${name}>`];
  if (children.length === 0) return [`${tag} />`];
  return [`${tag}>`, ...children.flatMap((child) => element(child, `${indent}  `)), `${indent}</${name}>`];
}

/** A text as content or as the value of an attribute; blanks other than the plain one would be changed by a reader. */
function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`);
}

/** A comment has no way to escape: two hyphens would end it. */
function commentText(text: string): string {
  const line = text.replace(NOT_XML, '\uFFFD').replace(/[\t\n\r]+/g, ' ');
  return line.replace(/-(?=-|$)/g, '- ').slice(0, 300);
}

/**
 * A product key as Windows Setup and the Office Deployment Tool want it: 29 characters with hyphens.
 * @throws AppError USAGE for a key of another shape; Setup would fail with it.
 */
export function fiveByFive(key: Secret, way: string): string {
  const text = key.reveal();
  if (keyShape(text) === '5x5') return text;
  throw new AppError('USAGE', `--via ${way} needs a product key of five groups of five characters.`, {
    hint: 'Choose another key with --key, or use --via manual.',
    details: { keyLast5: key.toString() },
  });
}

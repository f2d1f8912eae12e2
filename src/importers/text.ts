import { maskKeys } from '../keys/hidden.ts';
import { Secret } from '../keys/secret.ts';
import type { ImportedText } from './record.ts';

/**
 * Text from a file without the noise of its encoding: ends trimmed, no-break blanks and line breaks one plain
 * blank, the U+00C2 of a twice encoded no-break blank gone. Otherwise as given.
 */
export function tidyText(raw: string): string {
  if (!/[^ -~]/.test(raw)) return raw.trim();
  return raw
    .replace(/\u00C2(?=[\u0080-\u00BF\s]|$)/g, '')
    .replace(/\s+/g, (blanks) => (/[^ ]/.test(blanks) ? ' ' : blanks))
    .trim();
}

/** What headings and units are compared by: "Activate By", activate_by and activateBy are one. */
export function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Blank, or one of the signs that people and programs put where there is nothing. */
export function isNothing(text: string): boolean {
  if (text === '') return true;
  return /^[\s\-–—]*$/.test(text) || /^\s*(?:n\/a|none|not applicable)\s*$/i.test(text);
}

/** Tidied text that is safe to store and show; keys in it are masked, and the original is kept to be sealed. */
export function importedText(raw: string): ImportedText {
  const text = tidyText(raw);
  const { shown, found } = maskKeys(text);
  return found === 0 ? { shown } : { shown, original: new Secret(text) };
}

/** The same for the name of a product, without the marks of footnotes behind it. */
export function importedName(raw: string): ImportedText {
  return importedText(withoutFootnotes(tidyText(raw)));
}

const FOOTNOTE = /[\s,]{0,2}(?:[*\u2020\u2021\u00B9\u00B2\u00B3\u2070\u2074-\u2079]|\[\d{1,2}\])$/;
/** `C*` is a name; what stands behind a longer one belongs to the page it was copied from. */
const SHORTEST_NAME = 3;
/** Square and cubic metres. */
const MEASURE = /(?:^|[\s\d])[cdkm]?m[\u00B2\u00B3]$/i;

function withoutFootnotes(name: string): string {
  let rest = name;
  let mark = FOOTNOTE.exec(rest.slice(-6));
  while (mark !== null && !MEASURE.test(rest.slice(-6))) {
    rest = rest.slice(0, rest.length - mark[0].length);
    mark = FOOTNOTE.exec(rest.slice(-6));
  }
  return rest.length < SHORTEST_NAME ? name : rest;
}

/** The same for text that may hold HTML. */
export function importedMarkup(raw: string): ImportedText {
  return importedText(hasMarkup(raw) ? readableText(raw) : raw);
}

/** Only tags of HTML count: a licence string may hold angle brackets of its own. */
const TAG =
  /<\/?(?:a|abbr|b|big|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|img|li|ol|p|pre|script|small|span|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?=[\s/>])[^<>]*>/i;

export function hasMarkup(text: string): boolean {
  return TAG.test(text);
}

/** What stands between a script or style tag and its end is not for readers. */
const UNSEEN = new Set(['script', 'style']);
/** Tags that stand inside a word or sentence; every other one separates. */
const INLINE = new Set([
  'a',
  'abbr',
  'b',
  'big',
  'code',
  'em',
  'font',
  'i',
  'small',
  'span',
  'strong',
  'sub',
  'sup',
  'u',
]);

/** HTML as a line of plain text; addresses of links are kept in brackets. */
function readableText(html: string): string {
  let text = '';
  let address: string | null = null;
  let unseen: string | null = null;
  let from = 0;
  for (let open = html.indexOf('<'); open !== -1; open = html.indexOf('<', from)) {
    const close = html.startsWith('<!--', open) ? endOfComment(html, open) : html.indexOf('>', open);
    if (close === -1) break;
    if (unseen === null) text += decodeEntities(html.slice(from, open));
    from = close + 1;
    const tag = /^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(open, Math.min(from, open + 40)));
    if (tag === null) {
      if (unseen === null && !html.startsWith('<!', open)) text += html.slice(open, from);
      continue;
    }
    const name = (tag[2] ?? '').toLowerCase();
    const ends = tag[1] === '/';
    if (unseen !== null) {
      if (ends && name === unseen) unseen = null;
      continue;
    }
    if (UNSEEN.has(name) && !ends) unseen = name;
    if (!INLINE.has(name)) text += ' ';
    if (name === 'a') {
      text += bracketed(address, text);
      address = ends ? null : addressOf(html.slice(open, from));
    }
  }
  if (unseen === null) text += decodeEntities(html.slice(from));
  return (text + bracketed(address, text)).replace(/ {2,}/g, ' ');
}

function endOfComment(html: string, open: number): number {
  const end = html.indexOf('-->', open);
  return end === -1 ? -1 : end + 2;
}

function addressOf(tag: string): string | null {
  const match = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(tag);
  const address = decodeEntities(match?.[1] ?? match?.[2] ?? match?.[3] ?? '').trim();
  return /^(?:https?:|mailto:)/i.test(address) ? address : null;
}

function bracketed(address: string | null, text: string): string {
  return address === null || text.endsWith(address) ? '' : ` (${address})`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  copy: '©',
  gt: '>',
  hellip: '…',
  ldquo: '“',
  lsquo: '‘',
  lt: '<',
  mdash: '—',
  nbsp: ' ',
  ndash: '–',
  quot: '"',
  rdquo: '”',
  reg: '®',
  rsquo: '’',
  trade: '™',
};

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,8}));/gi, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return ENTITIES[name.toLowerCase()] ?? whole;
    const code = Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16);
    const scalar = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return scalar ? String.fromCodePoint(code) : whole;
  });
}

import type { View } from './result.ts';
import { sanitise } from './sanitise.ts';
import { beginning, displayWidth, pad } from './width.ts';

/** Running text wider than this is hard to read. */
const READABLE = 100;
/** Less room than this and a hanging indent does more harm than good. */
const NARROW = 12;

/** Lines of text by display width, broken at spaces; a word that is too long for a line is broken where the line ends. */
export function wrapLines(text: string, width: number): string[] {
  return sanitise(text)
    .split('\n')
    .flatMap((paragraph) => wrapParagraph(paragraph, Math.max(1, width)));
}

function wrapParagraph(paragraph: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/ +/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const { full, rest } = breakWord(word, width);
    lines.push(...full);
    line = rest;
  }
  return line !== '' || lines.length === 0 ? [...lines, line] : lines;
}

function breakWord(word: string, width: number): { readonly full: readonly string[]; readonly rest: string } {
  const full: string[] = [];
  let rest = word;
  while (displayWidth(rest) > width) {
    // A character may be wider than the line: it is written all the same.
    const part = beginning(rest, width) || String.fromCodePoint(rest.codePointAt(0) ?? 0);
    full.push(part);
    rest = rest.slice(part.length);
  }
  return { full, rest };
}

/**
 * Plain text wrapped to the view, the first line behind `lead` and the others under its end. Not wrapped away from a
 * terminal. Colour what comes out, not what goes in.
 */
export function wrap(text: string, view: Pick<View, 'width'>, lead = ''): string {
  const room = view.width === undefined ? undefined : Math.min(view.width, READABLE);
  const deep = displayWidth(lead);
  const hanging = ' '.repeat(room !== undefined && room - deep < NARROW ? Math.min(2, deep) : deep);
  if (room === undefined) return lead + sanitise(text).split('\n').join(`\n${hanging}`);
  if (room - deep >= NARROW) return lead + wrapLines(text, room - deep).join(`\n${hanging}`);
  return wrapLines(lead.trimEnd() + ' ' + text, room - hanging.length).join(`\n${hanging}`);
}

export function heading(text: string, view: View): string {
  return view.palette.strong(sanitise(text));
}

/** A heading and what stands under it; nothing if nothing does. */
export function section(title: string, body: string, view: View): string {
  return body === '' ? '' : `${heading(title, view)}\n${body}`;
}

/** Blocks of lines with a blank line between them; those that are empty are left out. */
export function stacked(blocks: readonly string[]): string {
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** A key that is undefined is left out; one that is null is `unknown`. */
export type KeyValue = readonly [key: string, value: string | null | undefined];

/** `key  value` lines with the values under each other; long values are wrapped. */
export function keyValues(pairs: readonly KeyValue[], view: View, indent = ''): string {
  const shown = pairs.flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value ?? 'unknown'] as const],
  );
  const width = Math.max(0, ...shown.map(([key]) => displayWidth(key)));
  return shown
    .map(([key, value]) => {
      const lead = `${indent}${pad(key, width)}  `;
      const block = wrap(value, view, lead);
      return block.startsWith(lead) ? view.palette.faint(lead) + block.slice(lead.length) : block;
    })
    .join('\n');
}

/** A time without its seconds, `2026-11-24 10:00`, in UTC as it came. */
export function minute(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}

/** `1. first`, `2. second` with hanging indents. */
export function numbered(steps: readonly string[], view: View, indent = ''): string {
  const width = String(steps.length).length;
  return steps
    .map((step, index) => wrap(step, view, `${indent}${String(index + 1).padStart(width)}. `))
    .join('\n');
}

/** `- one`, `- other` with hanging indents. */
export function bulleted(items: readonly string[], view: View, indent = ''): string {
  return items.map((item) => wrap(item, view, `${indent}- `)).join('\n');
}

/**
 * How much of an allowance is used, in so many cells: `███░░` or `[###--]`. Anything used shows, and it is full only when
 * all is used.
 */
export function bar(used: number, allowed: number, cells: number, view: Pick<View, 'unicode'>): string {
  const share = allowed <= 0 ? (used > 0 ? 1 : 0) : Math.min(1, Math.max(0, used / allowed));
  const inside = Math.max(1, cells);
  let filled = Math.round(share * inside);
  if (share > 0) filled = Math.max(1, filled);
  if (share < 1) filled = Math.min(inside - 1, filled);
  const empty = inside - filled;
  return view.unicode
    ? '█'.repeat(filled) + '░'.repeat(empty)
    : `[${'#'.repeat(filled)}${'-'.repeat(empty)}]`;
}

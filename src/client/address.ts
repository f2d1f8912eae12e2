import { AppError } from '../errors.ts';
import { findKeyPatterns } from '../keys/hidden.ts';

/** Where an operation is asked for: its path with these parameters, and the query. Throws NOT_FOUND for a product key. */
export function addressOf(
  path: string,
  parameters: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): string {
  return pathOf(path, parameters) + queryOf(query);
}

/** An address without its query, for a log. */
export function withoutQuery(address: string): string {
  return address.split('?')[0] ?? '';
}

function pathOf(path: string, parameters: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(addressed(parameters[name])));
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) asked.append(name, addressed(value));
  }
  return asked.size === 0 ? '' : `?${asked}`;
}

/**
 * A value that becomes a part of an address, which every log on the way keeps. Throws NOT_FOUND for a product key:
 * somebody pasted one in the place of a name, and nothing is called so.
 */
function addressed(value: unknown): string {
  const text = String(value);
  if (findKeyPatterns(text).length === 0) return text;
  throw new AppError('NOT_FOUND', 'That is a product key, and nothing is found by one.', {
    hint: 'Use the name or id of what you look for; a key is named by its last five characters.',
  });
}

import { AppError } from '../errors.ts';
import { MAP_FIELDS, type MapField } from './record.ts';

/** A heading may hold commas and equals signs itself, so the names of fields are what ends an entry. */
const ENTRY = new RegExp(`(.+?)=\\s*(${MAP_FIELDS.join('|')})\\s*(?:,|$)`, 'isy');

/**
 * Reads the option `--map column=field,…` into column heading to field. Throws USAGE for what is no such list and
 * for a column or field that is named twice.
 */
export function parseMap(text: string): ReadonlyMap<string, MapField> {
  const map = new Map<string, MapField>();
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const at = ENTRY.lastIndex;
    const match = ENTRY.exec(text);
    const column = match?.[1]?.trim();
    const field = MAP_FIELDS.find((name) => name.toLowerCase() === match?.[2]?.toLowerCase());
    if (column === undefined || column === '' || field === undefined) throw noEntry(text.slice(at));
    if (map.has(column)) throw wrong(`--map names the column "${column}" twice`);
    if ([...map.values()].includes(field)) throw wrong(`--map names two columns for ${field}`);
    map.set(column, field);
  }
  if (map.size === 0) throw wrong('--map is empty');
  return map;
}

/** What stands behind the first equals sign, up to the next entry. */
const FIELD = /^[^=]+=\s*([^=,]+?)\s*(?:,|$)/;

function noEntry(text: string): AppError {
  const field = FIELD.exec(text)?.[1];
  if (field === undefined || MAP_FIELDS.some((name) => name.toLowerCase() === field.toLowerCase()))
    return wrong('--map is no list of column=field');
  return wrong(`--map names "${field.slice(0, 60)}", which is no field`);
}

function wrong(what: string): AppError {
  return new AppError('USAGE', `${what}.`, {
    hint: `Write it like --map "Name=product,Licence key=key"; fields are ${MAP_FIELDS.join(', ')}.`,
  });
}

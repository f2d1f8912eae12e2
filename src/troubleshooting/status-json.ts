import { maskKeys } from '../keys/hidden.ts';
import { formatCode, parseCode } from './codes.ts';
import type { Code } from './knowledge.ts';
import { LICENSE_STATUSES, type LicenseStatus, type PastedProduct } from './types.ts';

/** All rows of a machine are a few megabytes at most; what is longer is read as text. */
const LONGEST = 4 * 1024 * 1024;
const MOST_ROWS = 1000;
/** Also of characters that no key has: a result that names them is about another key. */
const LAST_FIVE = /^[0-9A-Z]{5}$/i;

/**
 * The rows of `Get-CimInstance SoftwareLicensingProduct | ConvertTo-Json`, or of a status written by this tool.
 * Undefined if the text is not such JSON.
 */
export function readStatusJson(text: string): readonly PastedProduct[] | undefined {
  const start = text
    .slice(0, 200)
    .trimStart()
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (!start.startsWith('{') && !start.startsWith('[')) return undefined;
  if (text.length > LONGEST) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\s*\uFEFF/, ''));
  } catch {
    return undefined;
  }
  const rows = (Array.isArray(value) ? value : [value]).slice(0, MOST_ROWS).flatMap(readRow);
  if (rows.length === 0) return undefined;
  // Windows lists every edition it could be; only those with a key are installed.
  const installed = rows.filter(({ keyField }) => keyField === 'filled');
  return installed.length > 0 ? installed : rows;
}

function readRow(row: unknown): readonly PastedProduct[] {
  if (typeof row !== 'object' || row === null) return [];
  const fields = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
  const keys = ['partialproductkey', 'last5', 'keylast5'].filter((name) => fields.has(name));
  const key = textOf(keys.map((name) => fields.get(name)).find((value) => textOf(value) !== null));
  const status = statusOf(fields.get('licensestatus') ?? fields.get('status'));
  const code = codeOf(fields.get('licensestatusreason') ?? fields.get('statusreason') ?? fields.get('code'));
  if (status === null && code === null) return [];
  return [
    {
      product: textOf(fields.get('name') ?? fields.get('product')),
      channel: textOf(fields.get('productkeychannel') ?? fields.get('channel') ?? fields.get('description')),
      last5: key !== null && LAST_FIVE.test(key) ? key.toUpperCase() : null,
      keyField: keys.length === 0 ? 'absent' : key === null ? 'empty' : 'filled',
      status,
      code,
      succeeded: null,
    },
  ];
}

function textOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  return maskKeys(value.slice(0, 200)).shown.trim();
}

function statusOf(value: unknown): LicenseStatus | null {
  if (typeof value === 'number') return LICENSE_STATUSES[value] ?? null;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (/^[0-6]$/.test(text)) return LICENSE_STATUSES[Number(text)] ?? null;
  return LICENSE_STATUSES.find((status) => status === text) ?? null;
}

/** Zero says that there is nothing to say. */
function codeOf(value: unknown): Code | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return value === 0 ? null : formatCode(value >>> 0);
  }
  const code = typeof value === 'string' ? parseCode(value) : undefined;
  return code === undefined || /^(?:0x)?0+$/.test(code) ? null : code;
}

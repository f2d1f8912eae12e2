import { plainDashes } from '../keys/product-key.ts';
import { withoutEscapes } from './escapes.ts';
import type { Code, KnowledgeIndex, ScenarioId, Zone } from './knowledge.ts';

/** What people leave around a code: `(0xC004F074)`, `hr=0xC004F074:`, `"C004F074"`. */
const WRAPPING = /^(?:[\s"'`([{<#]|(?:hr|hresult|code|error)\s*[:=]\s*)+|[\s"'`)\]}>.,;:]+$/gi;

const HEX = /^(?:0x|&h)([0-9a-f]{1,16})l?$/i;
const BARE_HEX = /^[0-9a-f]{8}$/i;
const DECIMAL = /^-?\d{9,20}$/;
const SETUP = /^(\d{5})\s*-\s*(\d{1,5})$/;
const SETUP_WITH_PART = /^(\d{5})\s*-\s*\d{1,5}\s*\((\d{1,5})\)?$/;
const SMALL_NUMBER = /^\d{1,5}$/;

/** The upper half of an error that was written as a 64-bit number. */
const SIGN = 0xffff_ffff_0000_0000n;

/**
 * Any spelling of one code in its one form: `0xC004C020` for Windows results (hex with or without 0x, signed or
 * unsigned decimal), `0x7F` for short codes, `17002` and `30088-4` for the Office installer. Undefined if the text
 * is no code.
 */
export function parseCode(text: string): Code | undefined {
  if (text.length > 80) return undefined;
  const tidy = plainDashes(withoutEscapes(text).normalize('NFKC')).replace(WRAPPING, '');
  const hex = HEX.exec(tidy)?.[1] ?? BARE_HEX.exec(tidy)?.[0];
  if (hex !== undefined) return fromNumber(BigInt(`0x${hex}`));
  const setup = SETUP.exec(tidy) ?? SETUP_WITH_PART.exec(tidy);
  if (setup) return `${setup[1]}-${Number(setup[2])}`;
  if (DECIMAL.test(tidy)) return fromNumber(BigInt(tidy));
  return SMALL_NUMBER.test(tidy) ? String(Number(tidy)) : undefined;
}

/** Upper halves of the results that licensing gives; other long decimals are telephone numbers and ids. */
const FACILITIES: ReadonlySet<number> = new Set([
  0x4004, 0x8004, 0x8007, 0x8008, 0x8009, 0x803f, 0xc002, 0xc004,
]);

/** Whether a match in running text can be a code at all: told without reading it, as logs are full of numbers. */
export function isWorthReading(match: string): boolean {
  if (!/^-?\d{10}$/.test(match)) return true;
  const number = Number(match);
  return number > -(2 ** 31) - 1 && number < 2 ** 32 && FACILITIES.has((number >>> 16) & 0xffff);
}

/** A number as Windows keeps it, 32 bits; wider ones only if they are sign-extended. */
function fromNumber(value: bigint): Code | undefined {
  const unsigned =
    value < 0n ? value + 0x1_0000_0000n : (value & SIGN) === SIGN ? value & 0xffff_ffffn : value;
  if (unsigned < 0n || unsigned > 0xffff_ffffn) return undefined;
  return formatCode(Number(unsigned));
}

/** `0xC004C020`; numbers below 0x10000 keep their short form, `0x7F`. */
export function formatCode(value: number): Code {
  const digits = value.toString(16).toUpperCase();
  return value < 0x10000 ? `0x${digits}` : `0x${digits.padStart(8, '0')}`;
}

/** The 32-bit number of a code; undefined for codes of the Office installer. */
export function codeNumber(code: Code): number | undefined {
  return code.startsWith('0x') ? Number(code) : undefined;
}

/** Codes that say how things are, and not that something failed. */
export function isInformation(code: Code): boolean {
  return code.startsWith('0x4004F');
}

/** Where a code belongs, and whether it is listed. `code` is the listed one that it stands for. */
export interface PlacedCode {
  readonly code: Code;
  readonly known: boolean;
  readonly scenario: ScenarioId;
  /** For an unlisted code: the range that its number falls into. */
  readonly zone?: Zone;
}

/** Finds the scenario of a code: as listed, else as its other spelling, else by the zone of its number. */
export function placeCode(code: Code, index: KnowledgeIndex): PlacedCode {
  const listed = [code, twin(code)].find((spelling) => spelling !== undefined && index.codes[spelling]);
  const scenario = listed === undefined ? undefined : index.codes[listed];
  if (listed !== undefined && scenario !== undefined) return { code: listed, known: true, scenario };
  const zone = placeByZone(code, index);
  return { code, known: false, scenario: zone.scenario, zone };
}

/** Microsoft's table prints the information code 0x4004F065 as 0xC004F065: the pair means the same. */
function twin(code: Code): Code | undefined {
  if (isInformation(code)) return `0xC004F${code.slice(7)}`;
  if (code.startsWith('0xC004F')) return `0x4004F${code.slice(7)}`;
  return undefined;
}

const BATCH: Zone = {
  id: 'batch',
  mask: '0xFFFFFF00',
  value: '0x00000000',
  name: 'proxy (batch) activation service',
  meaning:
    'This code is not in the list. Short codes come from the proxy (batch) activation service, as VAMT and ActivationWs use it.',
  scenario: 'server-side',
  source: 'dadorner-msft/activationws; slerror.h, Windows SDK',
};

const SETUP_ZONE: Zone = {
  id: 'office-setup',
  mask: '0x00000000',
  value: '0x00000000',
  name: 'Office installer',
  meaning: 'This code is not in the list. Numbers of this kind come from the Office installer.',
  scenario: 'office-install',
  source: 'MicrosoftDocs/windows-itpro-docs, windows/client-management/mdm/office-csp.md',
};

/** The zone of an unlisted code (by facility and by the fourth digit from the right, slerror.h). */
export function placeByZone(code: Code, index: KnowledgeIndex): Zone {
  const number = codeNumber(code);
  if (number === undefined) return SETUP_ZONE;
  if (number < 0x100) {
    // The short codes repeat the low byte of the digital licence service's codes.
    const scenario = index.codes[formatCode(0x803f_a000 + number)];
    return scenario === undefined ? BATCH : { ...BATCH, scenario };
  }
  const match = index.zones.find(({ mask, value }) => masked(number, Number(mask)) === Number(value));
  if (!match) throw new RangeError('the last zone of the knowledge must match every code');
  return match;
}

/** Bitwise and without JavaScript's sign. */
function masked(value: number, mask: number): number {
  return (value & mask) >>> 0;
}

/**
 * The codes with the primary finding first: a code gives way to those it hides or merely follows, information
 * comes after failures, unlisted after listed; else the first seen is first.
 */
export function rankCodes(codes: readonly Code[], index: KnowledgeIndex): readonly Code[] {
  const weight = (code: Code): number => {
    const yields = (index.yields[code] ?? []).some((other) => codes.includes(other));
    return (isInformation(code) ? 4 : 0) + (placeCode(code, index).known ? 0 : 2) + (yields ? 1 : 0);
  };
  return [...codes].sort((a, b) => weight(a) - weight(b));
}

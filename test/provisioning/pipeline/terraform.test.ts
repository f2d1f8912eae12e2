import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { parseTerraformQuery, QUERY_LIMIT } from '../../../src/provisioning/pipeline/terraform.ts';

const parse = (text: string | Uint8Array) =>
  parseTerraformQuery(typeof text === 'string' ? Buffer.from(text) : text);

function failure(text: string | Uint8Array): AppError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it was taken');
}

describe('the query of an external data source', () => {
  test('names a product, and may name key, type and purpose', () => {
    expect(parse('{"product":"Office 2019"}')).toEqual({ product: 'Office 2019' });
    expect(parse('{"product":"sql","key":"6789B","type":"mak","purpose":"image"}')).toEqual({
      product: 'sql',
      key: '6789B',
      type: 'mak',
      purpose: 'image',
    });
  });

  test('an empty string is the same as nothing', () => {
    expect(parse('{"product":"sql","key":"","type":"","purpose":""}')).toEqual({ product: 'sql' });
  });

  test.each([
    ['', 'INVALID_DATA'],
    ['{', 'INVALID_DATA'],
    ['[]', 'INVALID_DATA'],
    ['null', 'INVALID_DATA'],
    ['"sql"', 'INVALID_DATA'],
    [Uint8Array.of(0x7b, 0xff, 0x7d), 'INVALID_DATA'],
    ['{}', 'USAGE'],
    ['{"product":" "}', 'USAGE'],
    ['{"product":7}', 'USAGE'],
    ['{"product":"sql","key":["a"]}', 'USAGE'],
    ['{"product":"sql","type":"rental"}', 'USAGE'],
    ['{"product":"sql","limit":"1"}', 'USAGE'],
    ['{"product":"sql","__proto__":"x"}', 'USAGE'],
    ['{"product":"sql","constructor":"x"}', 'USAGE'],
  ])('%s is %s', (text, code) => {
    expect(failure(text).code).toBe(code);
  });

  test('64 KiB are read and not a byte more', () => {
    const padded = (length: number) => '{"product":"sql"}'.padEnd(length);
    expect(parse(padded(QUERY_LIMIT))).toEqual({ product: 'sql' });
    expect(failure(padded(QUERY_LIMIT + 1))).toMatchObject({
      code: 'INVALID_DATA',
      hint: expect.any(String),
    });
  });

  test('no error quotes a value: it may be a key in the wrong place', () => {
    const key = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
    for (const text of [
      `{"product":"${key}`,
      `{"product":"a","type":"${key}"}`,
      `{"product":"","x":"${key}"}`,
    ]) {
      const error = failure(text);
      expect(JSON.stringify([error.message, error.hint, error.details, String(error.cause)])).not.toContain(
        key,
      );
    }
  });
});

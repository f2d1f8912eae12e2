import { expect, test } from 'vitest';
import { readOutcomes } from '../../src/troubleshooting/outcomes.ts';
import { index } from './helpers.ts';
import * as samples from './samples.ts';

const WINDOWS = 'Windows(R), ServerStandard edition';

test.each([
  [
    'slmgr /dli licensed',
    samples.SLMGR_DLI_LICENSED,
    { last5: 'XY234', licenseStatus: 'licensed', outcome: 'succeeded', code: null },
  ],
  [
    'slmgr /dlv notification',
    samples.SLMGR_DLV,
    { last5: 'XY234', licenseStatus: 'notification', outcome: 'failed', code: '0xC004F009' },
  ],
  ['slmgr /ato that worked', samples.SLMGR_ATO_OK, { product: WINDOWS, outcome: 'succeeded', code: null }],
  [
    'slmgr /ato that failed',
    samples.SLMGR_ATO_FAILED,
    { product: WINDOWS, outcome: 'failed', code: '0xC004C020' },
  ],
  [
    '/ato and then /dli',
    samples.SLMGR_ATO_OK + samples.SLMGR_DLI_LICENSED,
    { last5: 'XY234', outcome: 'succeeded' },
  ],
  ['ospp /act', samples.OSPP_ACT_OK, { last5: '6789B', outcome: 'succeeded' }],
  ['slmgr /xpr', samples.SLMGR_XPR, { product: WINDOWS, licenseStatus: 'licensed', outcome: 'succeeded' }],
  [
    'CIM as JSON',
    samples.CIM_JSON,
    { last5: 'XY234', licenseStatus: 'notification', outcome: 'failed', code: '0xC004F009' },
  ],
  [
    'a code alone',
    'Error: 0xC004C020',
    { product: null, last5: null, outcome: 'failed', code: '0xC004C020' },
  ],
])('%s', (_, text, expected) => {
  expect(readOutcomes(text, index)).toEqual([expect.objectContaining(expected)]);
});

test('several products are several possible results, each with its own outcome', () => {
  expect(readOutcomes(samples.OSPP_DSTATUS, index)).toEqual([
    expect.objectContaining({ last5: '6789B', licenseStatus: 'licensed', outcome: 'succeeded', code: null }),
    expect.objectContaining({
      last5: 'XY234',
      licenseStatus: 'notification',
      outcome: 'failed',
      code: '0xC004F074',
    }),
  ]);
});

test.each([
  'initial-grace',
  'additional-grace',
  'non-genuine-grace',
  'notification',
  'extended-grace',
  'unlicensed',
])('the state %s is no success, even after a line that says so', (status) => {
  const text = JSON.stringify({ PartialProductKey: 'XY234', LicenseStatus: status });
  expect(readOutcomes(text, index)[0]?.outcome).toBe('failed');
});

test('a product without state or code has no known outcome', () => {
  expect(readOutcomes('Name: Windows(R), ServerStandard edition', index)).toEqual([
    expect.objectContaining({ product: WINDOWS, outcome: 'unknown' }),
  ]);
});

test.each(['', 'hello', '\u0000'.repeat(1000)])('%j says nothing', (text) => {
  expect(readOutcomes(text, index)).toEqual([]);
});

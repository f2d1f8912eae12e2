import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { UsageRow } from '../../src/backend/backend.ts';
import { type AuditPage, auditPage } from '../../src/reports/audit-page.ts';
import { requires } from '../helpers/requires.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u202e\u0007`;

const row = (changes: Partial<UsageRow> = {}): UsageRow => ({
  productId: 'office',
  name: 'Office',
  sources: ['MAPS - Core'],
  granted: 10,
  unit: 'activations',
  allowed: 10,
  used: 7,
  pending: 1,
  remaining: 3,
  unlimited: false,
  overUse: 0,
  keys: 1,
  sharedWith: [],
  machines: 6,
  lastActivation: '2026-11-24T10:00:00.000Z',
  lapsesOn: '2027-04-18',
  ...changes,
});

const activation: AuditPage['activations'][number] = {
  activationId: 'a-1',
  at: '2026-11-24T10:00:00.000Z',
  settledAt: null,
  productId: 'office',
  keyId: 'k-1',
  keyLast5: '6789B',
  machine: 'pc-17',
  scenario: 'new-machine',
  assumed: false,
  delta: 1,
  policy: 'documented',
  via: 'manual',
  status: 'pending',
  code: null,
  reason: null,
  purpose: 'internal',
  actor: 'ann',
};

const HEAD = 'ab'.repeat(32);

const page = (changes: Partial<AuditPage> = {}): AuditPage => ({
  profile: 'default',
  product: null,
  madeAt: '2026-11-24T10:00:00.000Z',
  usage: [
    row(),
    row({ name: 'Visio', used: 3, allowed: 1, remaining: -2, overUse: 2 }),
    row({ name: 'CAL', unlimited: true }),
  ],
  activations: [activation],
  activationCount: 1,
  months: [
    { month: '2026-10', count: 4 },
    { month: '2026-11', count: 0 },
  ],
  ledger: 'l-1',
  head: HEAD,
  chains: [['k-1', 5, 'cd'.repeat(32)]],
  ...changes,
});

describe('what the page is', () => {
  const html = auditPage(page());

  test('one file: it loads nothing, and is forbidden to', () => {
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/https?:|\/\/|<script|<link|<img|@import|url\(/i);
  });

  test('a bar for each product that is counted, and over-use in words', () => {
    expect(html.match(/class="bar/g)).toHaveLength(2);
    expect(html).toContain('7 of 10, 1 pending');
    expect(html).toContain('2 too many');
    expect(html).toContain('not counted');
  });

  test('a timeline with each month and its number, the empty one too', () => {
    expect(html).toMatch(/<span class="count">4<\/span>.*2026-10/);
    expect(html).toMatch(/<span class="count">0<\/span>.*2026-11/);
  });

  test('the head, and how to check it', () => {
    expect(html).toContain(`mpn-benefits activations verify --against ${HEAD}`);
  });

  test('only one product, if asked', () => {
    expect(auditPage(page({ product: 'Office' }))).toContain('only <strong>Office</strong>');
  });

  test('says how many activations it leaves out', () => {
    expect(auditPage(page({ activationCount: 2_000 }))).toContain('the newest 1 of 2000');
  });

  test('an empty profile', () => {
    const empty = auditPage(page({ usage: [], activations: [], activationCount: 0, months: [], chains: [] }));
    expect(empty).toContain('There are no products in this profile.');
    expect(empty).toContain('No activations are recorded.');
  });
});

test('hostile names stay text', () => {
  const html = auditPage(
    page({
      profile: HOSTILE,
      product: HOSTILE,
      usage: [row({ name: HOSTILE, sources: [HOSTILE] })],
      activations: [{ ...activation, machine: HOSTILE, actor: HOSTILE, code: HOSTILE, productId: HOSTILE }],
    }),
  );
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<img');
  expect(html).toContain('&quot;&gt;&lt;script&gt;');
  expect(html).toContain('&amp;amp;');
  expect(html).not.toMatch(/[\u202e\u0007]/);
});

describe('contrast of text is at least 4.5 to 1 (WCAG AA)', () => {
  const style = /<style>(.*)<\/style>/s.exec(auditPage(page()))?.[1] ?? '';
  const themes = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries(
      [...body.matchAll(/--(\w+): (#\w+)/g)].map(([, name = '', colour = '']) => [name, colour]),
    ),
  );

  const luminance = (hex: string): number => {
    const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
    const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
      const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };

  test.each(['light', 'dark', 'print'])('%s', (name) => {
    const theme = themes[['light', 'dark', 'print'].indexOf(name)];
    for (const colour of ['ink', 'faint', 'bad']) {
      expect(contrast(theme?.[colour] ?? '', theme?.['paper'] ?? ''), colour).toBeGreaterThanOrEqual(4.5);
    }
    // The filled part of a bar against the empty one: 3 to 1 for what is not text.
    expect(contrast(theme?.['fill'] ?? '', theme?.['track'] ?? '')).toBeGreaterThanOrEqual(3);
  });
});

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

test.skipIf(!requires('chromium', CHROMIUM !== undefined))(
  'prints in a browser',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'page.html'), auditPage(page()));
    const pdf = join(folder, 'page.pdf');
    const args = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`];
    await new Promise<void>((resolve, reject) => {
      const child = spawn(
        CHROMIUM ?? 'chromium',
        [...args, `--print-to-pdf=${pdf}`, `file://${folder}/page.html`],
        {
          stdio: 'ignore',
        },
      );
      child.on('error', reject);
      child.on('close', () => resolve());
    });
    const printed = readFileSync(pdf);
    expect(printed.subarray(0, 5).toString()).toBe('%PDF-');
    expect(printed.byteLength).toBeGreaterThan(5_000);
  },
);

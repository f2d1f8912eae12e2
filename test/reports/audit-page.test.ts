import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UsageRow } from '../../src/backend/rows.ts';
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

const change: AuditPage['changes'][number] = {
  at: '2026-11-23T09:30:00.000Z',
  keyLast5: '6789B',
  what: 'used set from 3 to 7',
  delta: 4,
  reason: 'the portal shows 7',
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
  changes: [],
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

  test('one activation is one, and what was never said is unknown', () => {
    const one = auditPage(page({ usage: [row({ granted: 1 }), row({ granted: null, unit: null })] }));
    expect(one).toMatch(/data-label="Granted">1 activation<.*data-label="Granted">unknown</s);
  });

  test('a timeline with each month and its number, the empty one too', () => {
    expect(html).toMatch(/<span class="count">4<\/span>.*2026-10/);
    expect(html).toMatch(/<span class="count">0<\/span>.*2026-11/);
  });

  test('what was changed by hand: from what to what, why and by whom', () => {
    expect(html).toContain('None: every count comes from an activation.');
    const changed = auditPage(page({ changes: [change] }));
    for (const part of [
      '2026-11-23 09:30',
      '…6789B',
      'used set from 3 to 7',
      '+4',
      'the portal shows 7',
      'ann',
    ])
      expect(changed).toContain(part);
  });

  test('products that share a key are one pool', () => {
    expect(html).not.toContain('one pool');
    const shared = auditPage(page({ usage: [row({ sharedWith: ['office-2021'] })] }));
    expect(shared).toContain('one pool of activations with office-2021');
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

const hostile = page({
  profile: HOSTILE,
  product: HOSTILE,
  usage: [row({ name: HOSTILE, sources: [HOSTILE], sharedWith: [HOSTILE] })],
  activations: [{ ...activation, machine: HOSTILE, actor: HOSTILE, code: HOSTILE, productId: HOSTILE }],
  changes: [{ ...change, what: HOSTILE, reason: HOSTILE, actor: HOSTILE }],
});

test('hostile names stay text', () => {
  const html = auditPage(hostile);
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<img');
  expect(html).toContain('&quot;&gt;&lt;script&gt;');
  expect(html).toContain('&amp;amp;');
  expect(html).not.toMatch(/[\u202e\u0007]/);
});

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

describe.skipIf(!requires('chromium', CHROMIUM !== undefined))('in a browser', { timeout: 120_000 }, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The page as an auditor opens it, and everything that it asked for or complained of. */
  const opened = async (html: string, options: BrowserContextOptions = {}) => {
    const file = join(folder, 'page.html');
    writeFileSync(file, html);
    const view = await (await browser.newContext(options)).newPage();
    const asked: string[] = [];
    const refused: string[] = [];
    const complaints: string[] = [];
    view.on('request', (request) => asked.push(request.url()));
    view.on('requestfailed', (request) =>
      refused.push(`${request.url()} ${request.failure()?.errorText ?? ''}`),
    );
    view.on('console', (message) => complaints.push(message.text()));
    view.on('pageerror', (error) => complaints.push(error.message));
    view.on('dialog', (dialog) => complaints.push(dialog.message()));
    await view.goto(`file://${file}`, { waitUntil: 'load' });
    return { view, asked, refused, complaints, own: `file://${file}` };
  };

  const full = page({
    usage: [
      row({ sharedWith: ['office-2021'] }),
      row({ name: 'Visio', used: 3, allowed: 1, remaining: -2, overUse: 2 }),
      row({ name: 'CAL', unlimited: true }),
    ],
    changes: [change],
  });

  test.each([
    ['as it is', full],
    ['with hostile names', hostile],
  ])('%s: it asks for nothing but itself, and runs nothing', async (_, shown) => {
    const { view, asked, complaints, own } = await opened(auditPage(shown));
    expect(asked).toEqual([own]);
    expect(complaints).toEqual([]);
    expect(await view.evaluate('document.scripts.length + document.images.length')).toBe(0);
  });

  test('what it forbids is forbidden: a picture or script that got in would not be loaded', async () => {
    const html = auditPage(full).replace(
      '</main>',
      '<img src="https://example.com/a.png"><script>document.title = "run"</script></main>',
    );
    const { view, refused, complaints } = await opened(html);
    expect(refused).toEqual(['https://example.com/a.png csp']);
    expect(complaints.join()).toMatch(/violates .* Content Security Policy/);
    expect(await view.title()).not.toBe('run');
  });

  test.each([
    ['light', { colorScheme: 'light' }, 'rgb(255, 255, 255)'],
    ['dark', { colorScheme: 'dark' }, 'rgb(13, 17, 23)'],
    ['narrow', { viewport: { width: 360, height: 740 } }, 'rgb(255, 255, 255)'],
  ] as const)('%s: contrast, headings and tables are as WCAG AA wants them', async (_, options, paper) => {
    const { view } = await opened(auditPage(full), options);
    // Narrow, the colours are those of light: what may be wrong is the width.
    if (!('viewport' in options)) expect(await findings(view)).toEqual([]);
    expect(await view.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await view.evaluate(PAPER)).toBe(paper);
  });

  test('on paper: ink on white also from a dark screen, every row whole, heads of tables repeated', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ ...activation, machine: `pc-${index}` }));
    const { view } = await opened(auditPage({ ...full, activations: rows }), { colorScheme: 'dark' });
    await view.emulateMedia({ media: 'print' });
    expect(await findings(view)).toEqual([]);
    expect(await view.evaluate(PAPER)).toBe('rgb(255, 255, 255)');
    const pdf = await view.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
  });
});

const PAPER = 'getComputedStyle(document.body).backgroundColor';

/** What the checker of accessibility finds, named so that a failure says where. */
async function findings(view: Page): Promise<readonly string[]> {
  await view.evaluate(axe.source);
  const found = (await view.evaluate(
    'axe.run({ runOnly: ["wcag2a", "wcag2aa", "best-practice"] })',
  )) as AxeResults;
  expect(found.passes.map(({ id }) => id)).toContain('color-contrast');
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

import type { ActivationRow } from '../activation/activations.ts';
import type { ChainEnd } from '../activation/chain.ts';
import type { UsageRow } from '../backend/rows.ts';
import { signed } from '../counted.ts';
import { unitFor } from '../entitlements/units.ts';
import { sanitiseLine } from '../terminal/sanitise.ts';
import { minute } from '../terminal/text.ts';
import { STYLE } from './audit-style.ts';

/** What changed a key's numbers without an activation: entered by hand, or put right afterwards. */
export interface CountChange {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly keyLast5: string;
  readonly what: string;
  /** What it adds to the count. */
  readonly delta: number;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** What a person hands to an auditor. */
export interface AuditPage {
  readonly profile: string;
  /** Name of the one product that the page is about; null for all. */
  readonly product: string | null;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly usage: readonly UsageRow[];
  /** Newest first; the page shows the newest ones and says how many there are. */
  readonly activations: readonly ActivationRow[];
  readonly activationCount: number;
  /** How many activations were counted in each month, oldest first. */
  readonly months: readonly { readonly month: string; readonly count: number }[];
  /** Oldest first. */
  readonly changes: readonly CountChange[];
  readonly ledger: string;
  readonly head: string;
  readonly chains: readonly ChainEnd[];
}

/** One self-contained page: no script, no address, light and dark, and made to be printed. */
export function auditPage(page: AuditPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Software benefits: use and activations, ${text(page.profile)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Software benefits: use and activations</h1>
<p>Profile <strong>${text(page.profile)}</strong>${only(page.product)}, as of <time datetime="${text(page.madeAt)}">${text(minute(page.madeAt))} UTC</time></p>
</header>
<main>
${summary(page)}
<section>
<h2>Use by product</h2>
<p>Remaining numbers are this ledger’s own; only Microsoft knows its count.</p>
${usageTable(page.usage)}
</section>
<section>
<h2>Activations by month</h2>
${timeline(page.months)}
</section>
<section>
<h2>Activations</h2>
${activationTable(page)}
</section>
<section>
<h2>Numbers changed by hand</h2>
${changeTable(page.changes)}
</section>
<section>
<h2>Proof</h2>
<p>Every event of the ledger carries the hash of the one before it. Whoever has this head can tell later whether anything that came before was changed: <code>mpn-benefits activations verify --against ${text(page.head)}</code></p>
<dl>
<dt>Ledger</dt><dd><code>${text(page.ledger)}</code></dd>
<dt>Head over all chains</dt><dd><code>${text(page.head)}</code></dd>
</dl>
${chainTable(page.chains)}
</section>
</main>
</body>
</html>
`;
}

function only(product: string | null): string {
  return product === null ? '' : `, only <strong>${text(product)}</strong>`;
}

const SPECIAL: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that stays text, whatever a file called its products; what steers a screen or turns its order is left out. */
function text(value: string | number): string {
  return sanitiseLine(String(value)).replace(/[&<>"']/g, (character) => SPECIAL[character] ?? '');
}

function day(at: string | null): string {
  return at === null ? '' : at.slice(0, 10);
}

function orUnknown(value: number | null): string {
  return value === null ? 'unknown' : String(value);
}

function summary({ usage, activationCount }: AuditPage): string {
  const over = usage.filter((row) => row.overUse > 0);
  const counted = usage.filter((row) => !row.unlimited);
  const facts: [string, string | number][] = [
    ['Products', usage.length],
    ['Products that are counted', counted.length],
    ['Activations on record', activationCount],
    ['Products used beyond their allowance', over.length],
  ];
  const items = facts.map(([label, value]) => `<div><dt>${text(label)}</dt><dd>${text(value)}</dd></div>`);
  return `<dl class="summary">${items.join('')}</dl>`;
}

function usageTable(rows: readonly UsageRow[]): string {
  if (rows.length === 0) return '<p>There are no products in this profile.</p>';
  const body = rows.map(
    (row) => `<tr>
<th scope="row">${text(row.name)}<span>${text(row.sources.join(', '))}</span>${pool(row)}</th>
${cell('Granted', text(granted(row)), 'number')}
${cell('Activations used', row.unlimited ? '<span class="faint">not counted</span>' : usageBar(row))}
${cell('Remaining', row.unlimited ? '' : text(orUnknown(row.remaining)), 'number')}
${cell('Machines', text(row.machines), 'number')}
${cell('Last activation', text(day(row.lastActivation)), 'short')}
${cell('Lapses', text(row.lapsesOn ?? ''), 'short')}
</tr>`,
  );
  return `<table>
<thead><tr><th scope="col">Product</th><th scope="col" class="number">Granted</th><th scope="col">Activations used</th><th scope="col" class="number">Remaining</th><th scope="col" class="number">Machines</th><th scope="col">Last activation</th><th scope="col">Lapses</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
}

function granted({ granted: quantity, unit }: UsageRow): string {
  if (quantity === null || unit === null) return orUnknown(quantity);
  return `${quantity} ${unitFor(quantity, unit)}`;
}

/** Products that share a key share its numbers: whoever adds up the rows must know. */
function pool({ sharedWith }: UsageRow): string {
  if (sharedWith.length === 0) return '';
  return `<span>one pool of activations with ${text(sharedWith.join(', '))}</span>`;
}

/** A cell that still says what it holds where the page is too narrow for columns. */
function cell(label: string, html: string, kind?: 'number' | 'short'): string {
  const kept = kind === undefined ? '' : ` class="${kind}"`;
  return `<td${kept} data-label="${label}">${html}</td>`;
}

/** The bar repeats the numbers beside it; over-use is said in words too. */
function usageBar({ used, pending, allowed, overUse }: UsageRow): string {
  const label = `${used} of ${orUnknown(allowed)}${pending > 0 ? `, ${pending} pending` : ''}`;
  const over = overUse > 0 ? ` <strong class="over">${overUse} too many</strong>` : '';
  const share =
    allowed === null || allowed === 0 ? (used > 0 ? 100 : 0) : Math.min(100, (used / allowed) * 100);
  const width = used > 0 ? Math.max(2, share) : 0;
  return `<div><span class="bar${overUse > 0 ? ' full' : ''}" aria-hidden="true"><span style="width:${width.toFixed(1)}%"></span></span>${text(label)}${over}</div>`;
}

/** Drawn in proportion to the busiest month, each with its number. */
function timeline(months: AuditPage['months']): string {
  if (months.length === 0) return '<p>No activations are recorded.</p>';
  const most = Math.max(1, ...months.map(({ count }) => count));
  const items = months.map(({ month, count }) => {
    const height = count === 0 ? 0 : Math.max(3, Math.round((count / most) * 80));
    return `<li><span class="count">${text(count)}</span><span class="column" style="height:${height}px" aria-hidden="true"></span><span class="month">${text(month)}</span></li>`;
  });
  return `<ol class="timeline">${items.join('')}</ol>`;
}

function activationTable({ activations, activationCount }: AuditPage): string {
  if (activations.length === 0) return '<p>No activations are recorded.</p>';
  const rows = activations.map(
    (row) => `<tr>
${cell('When (UTC)', text(minute(row.at)), 'short')}
${cell('Product', text(row.productId))}
${cell('Key', `<code>…${text(row.keyLast5)}</code>`, 'short')}
${cell('Machine', text(row.machine))}
${cell('Scenario', `${text(row.scenario)}${row.assumed ? ' (assumed)' : ''}`)}
${cell('Count', signed(row.delta), 'number')}
${cell('Status', `${text(row.status)}${row.code === null ? '' : ` ${text(row.code)}`}`)}
${cell('By', text(row.actor ?? ''))}
</tr>`,
  );
  const more =
    activationCount > activations.length
      ? `<p>These are the newest ${activations.length} of ${activationCount}; all are in the export of the ledger.</p>`
      : '';
  return `${more}<table>
<thead><tr><th scope="col">When (UTC)</th><th scope="col">Product</th><th scope="col">Key</th><th scope="col">Machine</th><th scope="col">Scenario</th><th scope="col" class="number">Count</th><th scope="col">Status</th><th scope="col">By</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function changeTable(changes: AuditPage['changes']): string {
  if (changes.length === 0) return '<p>None: every count comes from an activation.</p>';
  const rows = changes.map(
    (change) => `<tr>
${cell('When (UTC)', text(minute(change.at)), 'short')}
${cell('Key', `<code>…${text(change.keyLast5)}</code>`, 'short')}
${cell('What', text(change.what))}
${cell('Count', signed(change.delta), 'number')}
${cell('Reason', text(change.reason ?? ''))}
${cell('By', text(change.actor ?? ''))}
</tr>`,
  );
  return `<table>
<thead><tr><th scope="col">When (UTC)</th><th scope="col">Key</th><th scope="col">What</th><th scope="col" class="number">Count</th><th scope="col">Reason</th><th scope="col">By</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function chainTable(chains: readonly ChainEnd[]): string {
  const rows = chains.map(
    ([chain, events, head]) =>
      `<tr>${cell('Chain', `<code>${text(chain)}</code>`)}${cell('Events', text(events), 'number')}${cell('Head', `<code>${text(head)}</code>`)}</tr>`,
  );
  return `<table>
<thead><tr><th scope="col">Chain</th><th scope="col" class="number">Events</th><th scope="col">Head</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

import { type ActivationRow, activationRow } from '../../activation/activations.ts';
import type { StoredEvent } from '../../activation/chain.ts';
import { parseEvent } from '../../activation/event-reader.ts';
import type { LedgerEvent } from '../../activation/events.ts';
import type { Backend } from '../../backend/backend.ts';
import type { KeyView, UsageRow } from '../../backend/rows.ts';
import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { compare } from '../../keys/order.ts';
import { auditPage, type CountChange } from '../../reports/audit-page.ts';
import { writeOutFile } from '../../store/own-file-writing.ts';
import type { Result } from '../../terminal/result.ts';
import { agreeOnFile, fileNamed } from '../shared/out-file.ts';

/** More rows than this make a page that nobody prints; the export of the ledger has them all. */
const MOST_ACTIVATIONS = 1_000;

/** Writes the page for an auditor. Throws as `agreeOnFile` does. */
export async function writePage(
  file: string,
  product: ProductFacts | undefined,
  backend: Backend,
  context: Context,
): Promise<Result> {
  const agreed = fileNamed(file) === undefined ? undefined : await agreeOnFile(file, context);
  const usage: UsageRow[] = [];
  for await (const row of backend.usage.list(product)) usage.push(row);
  const activations: ActivationRow[] = [];
  const months = new Map<string, number>();
  let activationCount = 0;
  for await (const activation of backend.activations.list({ product })) {
    activationCount += 1;
    if (activations.length < MOST_ACTIVATIONS) activations.push(activationRow(activation));
    const month = activation.at.slice(0, 7);
    months.set(month, (months.get(month) ?? 0) + activation.delta);
  }
  const { ledger, head, chains, events } = await backend.ledger.export();
  const page = auditPage({
    profile: context.profile().name,
    product: product?.name ?? null,
    madeAt: context.surroundings.now().toISOString(),
    usage,
    activations,
    activationCount,
    months: withoutGaps(months),
    changes: await changesIn(events, await backend.keys.list(product)),
    ledger,
    head,
    chains,
  });
  if (agreed === undefined) {
    context.terminal.note(`The head of the ledger is ${head}: keep it where nobody can change it.`);
    return { kind: 'text', text: page };
  }
  writeOutFile(file, page, agreed);
  return {
    kind: 'record',
    value: { file, head },
    render: () => `Wrote ${file}. The head of the ledger is ${head}: keep it where nobody can change it.`,
  };
}

/** Only these are taken apart; a text that holds one of them elsewhere has its quotes escaped there. */
const CHANGE = /"type":"(?:adjusted|allowance-set|correction)"/;

/** What changed the numbers of these keys without an activation. */
async function changesIn(
  events: AsyncIterable<StoredEvent>,
  keys: readonly KeyView[],
): Promise<readonly CountChange[]> {
  const names = new Map(keys.map(({ id, last5 }) => [id, last5]));
  const changes: CountChange[] = [];
  for await (const { chain, text } of events) {
    const keyLast5 = names.get(chain);
    if (keyLast5 === undefined || !CHANGE.test(text)) continue;
    const event = parseEvent(text);
    const what = changeOf(event);
    if (what === null) continue;
    const reason = 'reason' in event ? event.reason : null;
    changes.push({ at: event.at, keyLast5, what, delta: event.delta, reason, actor: event.actor });
  }
  return changes.sort((a, b) => compare(a.at, b.at));
}

function changeOf(event: LedgerEvent): string | null {
  if (event.type === 'adjusted') return `used set from ${event.before} to ${event.after}`;
  if (event.type === 'allowance-set')
    return `allowance set from ${event.before ?? 'unknown'} to ${event.after ?? 'unknown'}`;
  if (event.type === 'correction') return `${event.activationId} corrected to ${event.outcome}`;
  return null;
}

/** Months by their counts, oldest first, those in which nothing happened too. */
function withoutGaps(counts: ReadonlyMap<string, number>): { month: string; count: number }[] {
  const known = [...counts.keys()].sort();
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return [];
  const months: { month: string; count: number }[] = [];
  for (let month = first; month <= last; month = nextMonth(month)) {
    months.push({ month, count: counts.get(month) ?? 0 });
  }
  return months;
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

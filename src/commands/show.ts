import type { ActivationRow } from '../activation/activations.ts';
import type { Backend, ProductView } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import { signed } from '../counted.ts';
import { INSTRUCTIONS_DATA } from '../data/instructions.ts';
import { type Explanation, explainProduct } from '../entitlements/explain.ts';
import { known } from '../entitlements/facts.ts';
import type { ProductFacts, Tri } from '../entitlements/types.ts';
import type { JsonObject, Result, View } from '../terminal/result.ts';
import { bulleted, heading, keyValues, numbered, section, stacked, wrap } from '../terminal/text.ts';
import { activationsCell, dayCell, noteCell, quantityCell, stateStyle, timeCell } from './shared/cells.ts';
import { chosenProduct } from './shared/product.ts';

/** Everything about one product: what it is, what was granted, what is needed and why, what to do. */
export async function run(options: { readonly product: string }, context: Context): Promise<Result> {
  const backend = await context.backend();
  const product = await chosenProduct(options.product, backend, context);
  const view = await backend.entitlements.show(product);
  const explanation = explainProduct(product, INSTRUCTIONS_DATA);
  // Without a key nothing was ever activated, and the ledger's code need not be loaded.
  const recent = view.keys.length === 0 ? [] : await recentActivations(product, backend);
  return {
    kind: 'record',
    value: toJson(view, explanation, recent),
    render: (screen) => render(view, explanation, recent, screen),
  };
}

const RECENT = 10;

async function recentActivations(product: ProductFacts, backend: Backend): Promise<ActivationRow[]> {
  const [{ activationRow }, { firstOf }] = await Promise.all([
    import('../activation/activations.ts'),
    import('./shared/rows.ts'),
  ]);
  const rows: ActivationRow[] = [];
  for await (const activation of firstOf(backend.activations.list({ product, limit: RECENT }), RECENT)) {
    rows.push(activationRow(activation));
  }
  return rows;
}

function toJson(
  { facts, ...view }: ProductView,
  explanation: Explanation,
  recent: readonly ActivationRow[],
): JsonObject {
  return {
    productId: facts.id,
    name: facts.name,
    aliases: view.aliases,
    kind: facts.kind,
    catalogued: facts.catalogued,
    isCal: known(facts.isCal.value),
    requiresKey: known(facts.requiresKey.value),
    requiresKeyWhy: explanation.requiresKeyWhy,
    requiresActivation: known(facts.requiresActivation.value),
    requiresActivationWhy: explanation.requiresActivationWhy,
    instructions: explanation.instructions.map(({ text }) => text),
    portalUrl: explanation.portalUrl,
    notes: [...view.notes, ...explanation.notes],
    entitlements: view.entitlements,
    activations: view.activations,
    keys: view.keys,
    recentActivations: recent,
  };
}

function render(
  product: ProductView,
  explanation: Explanation,
  recent: readonly ActivationRow[],
  view: View,
): string {
  const { facts } = product;
  const notes = [...product.notes, ...explanation.notes];
  return stacked([
    `${heading(facts.name, view)}\n${view.palette.faint(facts.id)}`,
    keyValues(
      [
        ['Kind', facts.isCal.value === 'yes' ? `${facts.kind} (client access licence)` : facts.kind],
        ['Also called', product.aliases.length > 0 ? product.aliases.join('; ') : undefined],
        ['Product key', needed(facts.requiresKey.value, explanation.requiresKeyWhy)],
        ['Activation', needed(facts.requiresActivation.value, explanation.requiresActivationWhy)],
        ['Known from', facts.catalogued ? 'the catalogue' : 'its name only'],
      ],
      view,
    ),
    section('Granted', grants(product, view), view),
    section('Keys', keys(product, view), view),
    section(
      facts.isCal.value === 'yes' ? 'What it is' : 'What to do',
      steps(product, explanation, view),
      view,
    ),
    section('Recent activations', activations(recent, view), view),
    section('Notes', bulleted(notes, view, '  '), view),
    section('Portal', wrap(explanation.portalUrl, view, '  '), view),
  ]);
}

function needed(value: Tri, why: string): string {
  return `${value === 'yes' ? 'needed' : value === 'no' ? 'not needed' : 'unknown'}. ${why}`;
}

function grants({ entitlements, activations }: ProductView, view: View): string {
  if (entitlements.length === 0) return wrap('Nothing in this profile.', view, '  ');
  const lines = entitlements.map((row) => {
    const parts = [
      quantityCell(row.quantity, row.unit, view),
      row.source === '' ? '' : `from ${row.source}`,
      row.activateBy === null ? '' : `activate by ${dayCell(row.activateBy, view)}`,
      row.lapsesOn === null ? '' : `lapses ${dayCell(row.lapsesOn, view)}`,
    ];
    return `${wrap(parts.filter((part) => part !== '').join(', '), view, '  ')}  ${stateStyle(row.state, row.state, view)}`;
  });
  if (!activations.unlimited) lines.push(wrap(countLine(activations, view), view, '  '));
  return lines.join('\n');
}

/** The ledger's number, not Microsoft's: only the portal or VAMT knows that one (T5). */
function countLine(activations: ProductView['activations'], view: View): string {
  const count = `Activations used: ${activationsCell(activations, view)} by this profile's own count`;
  return activations.allowed === null ? `${count}; how many are allowed is unknown.` : `${count}.`;
}

function keys({ keys: list }: ProductView, view: View): string {
  if (list.length === 0) return wrap('None in this profile.', view, '  ');
  return list
    .map((key) => {
      const parts = [
        `…${key.last5}`,
        key.type,
        key.state,
        key.unlimited ? '' : `${activationsCell(key, view)} used`,
        key.claimedOn === null ? '' : `claimed ${dayCell(key.claimedOn, view)}`,
        noteCell(key),
        key.id,
      ];
      return wrap(parts.filter((part) => part !== '').join('  '), view, '  ');
    })
    .join('\n');
}

function activations(recent: readonly ActivationRow[], view: View): string {
  return recent
    .map(({ at, machine, scenario, delta, status, code, activationId }) => {
      const parts = [
        timeCell(at, view),
        machine,
        `${scenario} ${signed(delta)}`,
        code === null ? status : `${status} ${code}`,
        activationId,
      ];
      return wrap(parts.join('  '), view, '  ');
    })
    .join('\n');
}

function steps({ facts }: ProductView, { instructions }: Explanation, view: View): string {
  const texts = instructions.map(({ text }) => text);
  return facts.isCal.value === 'yes'
    ? texts.map((text) => wrap(text, view, '  ')).join('\n')
    : numbered(texts, view, '  ');
}

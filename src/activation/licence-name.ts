import type { ProductKind } from '../entitlements/types.ts';

/** Whose a licence is by its name; `untold` where the name does not decide it. */
export type NamedAs = 'this' | 'another' | 'untold';

const WINDOWS_KINDS: ReadonlySet<ProductKind> = new Set(['client-os', 'server-os', 'embedded-os']);

type Words = readonly (readonly [word: string, form: RegExp])[];

/** What tells editions apart, as licences (`ServerSolution`) and products (`Essentials`) write it. */
const COMMON: Words = [
  ['evaluation', /eval/],
  ['standard', /standard|std/],
  ['professional', /professional(?!plus)|pro(?!ject|plus|fessional)/],
  ['home', /home|core/],
  ['business', /business/],
];
const WINDOWS: Words = [
  ...COMMON,
  ['storage', /storage/],
  ['workgroup', /workgroup/],
  ['datacenter', /datacenter/],
  ['azure', /azure|turbine|acor/],
  ['essentials', /essentials|serversolution/],
  ['foundation', /foundation/],
  ['enterprise', /enterprise/],
  ['education', /education/],
  ['workstation', /workstation/],
  ['ultimate', /ultimate/],
  ['iot', /iot/],
  ['n', /(?:pro|professional|enterprises?|education|core|home|workstations?)n(?:eval)?$/],
];
const OFFICE: Words = [
  ...COMMON,
  ['visio', /visio/],
  ['project', /project/],
  ['plus', /proplus|professionalplus/],
  ['mondo', /mondo/],
];

/**
 * Whether a licence of this name can be the product's. Windows names its licences in every language as
 * `Windows(R), ServerStandard edition` and `Office 16, Office16ProPlusVL_MAK edition`.
 */
export function namedAs(
  licence: string,
  product: { readonly name: string; readonly kind: ProductKind },
): NamedAs {
  const named = /^(?:microsoft )?(windows|office)\b(.*)/i.exec(licence.trim());
  if (named === null) return 'untold';
  const isOffice = named[1]?.toLowerCase() === 'office';
  if (isOffice ? WINDOWS_KINDS.has(product.kind) : product.kind === 'office-client') return 'another';
  const edition = compact((named[2] ?? '').replace(/\s+edition$/i, ''));
  const name = compact(product.name);
  if (isOffice) return product.kind === 'office-client' ? compare(edition, name, OFFICE) : 'untold';
  if (!WINDOWS_KINDS.has(product.kind)) return 'untold';
  if (edition.includes('server') !== (product.kind === 'server-os')) return 'another';
  if (product.kind === 'embedded-os') return 'untold';
  // The long-term edition is one of its own; a product may stand for both.
  if (/enterprises/.test(edition) && !/lts[cb]/.test(name)) return 'another';
  return compare(edition, name, WINDOWS);
}

/** Server Core is a way to install, no edition. */
const compact = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/(server[a-z]+?)core/, '$1');

function compare(licence: string, product: string, words: Words): NamedAs {
  const inLicence = wordsOf(licence, words);
  const inProduct = wordsOf(product, words);
  if (inLicence === '' || inProduct === '') return 'untold';
  return inLicence === inProduct ? 'this' : 'another';
}

const wordsOf = (text: string, words: Words): string =>
  words.flatMap(([word, form]) => (form.test(text) ? [word] : [])).join(' ');

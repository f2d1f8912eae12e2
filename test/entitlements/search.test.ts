import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allNames, type NamedProduct } from '../../src/entitlements/names.ts';
import { findProduct, type Search } from '../../src/entitlements/search.ts';
import { catalogue } from './opened.ts';
import { anyText } from './texts.ts';

function ids(result: Search<NamedProduct>): readonly string[] {
  if (result.kind === 'found') return [result.product.id];
  return (result.kind === 'ambiguous' ? result.candidates : result.nearest).map(({ id }) => id);
}

function named(id: string, name: string, ...aliases: string[]): NamedProduct {
  return { id, name, aliases };
}

describe('in the catalogue', () => {
  it.each([
    ['office-proplus-2019', 'office-proplus-2019'],
    [' OFFICE-PROPLUS-2019 ', 'office-proplus-2019'],
    ['Office Professional Plus 2019', 'office-proplus-2019'],
    ['office pro plus 2019', 'office-proplus-2019'],
    ['office proplus', 'office-proplus-2019'],
    ['off pro', 'office-proplus-2019'],
    ['office 2019', 'office-proplus-2019'],
    ['office2019', 'office-proplus-2019'],
    ['visio', 'visio-pro-2019'],
    ['proj', 'project-pro-2019'],
    ['sql std', 'sql-standard-2019'],
    ['win srv 2019 std', 'ws-standard-2019'],
    ['ws2019 std', 'ws-standard-2019'],
    ['Exchange Server Standard 2019', 'exchange-standard-2019'],
    ['windows server 2019 cal', 'ws-cal-2019'],
    ['rds cal', 'ws-rds-cal-2019'],
    ['sfb cal', 'sfb-std-cal-2019'],
    ['sccm', 'sccm-cb'],
    ['Endpoint Configmgr', 'sccm-cb'],
    ['ata', 'ata-client'],
    ['mdop', 'mdop-2015'],
    ['vs ent', 'visual-studio-enterprise'],
    ['windows 10 pro', 'windows-pro'],
    ['Windows Server 2022 Enterprise (Current Branch or LTSC 2019)', 'windows-enterprise'],
  ])('%j is found: %s', (query, id) => {
    expect(findProduct(query, [], catalogue)).toMatchObject({ kind: 'found', product: { id } });
  });

  it.each([
    ['windows server 2019', ['ws-cal-2019', 'ws-essentials-2019', 'ws-rds-cal-2019', 'ws-standard-2019']],
    ['exchange', ['exchange-standard-2019', 'exchange-std-cal-2019']],
    ['skype', ['sfb-server-2019', 'sfb-std-cal-2019']],
    ['pro 2019', ['office-proplus-2019', 'project-pro-2019', 'visio-pro-2019', 'windows-pro']],
  ])('%j is ambiguous', (query, expected) => {
    const result = findProduct(query, [], catalogue);
    expect(result.kind).toBe('ambiguous');
    expect([...ids(result)].sort()).toEqual(expected);
  });

  it.each([
    ['ofice 2019', 'office-proplus-2019'],
    ['exchnage', 'exchange-standard-2019'],
    ['visoi profesional', 'visio-pro-2019'],
    ['shaerpoint', 'sharepoint-ent-2019'],
  ])('%j is not found, but near', (query, id) => {
    const result = findProduct(query, [], catalogue);
    expect(result.kind).toBe('not-found');
    expect(ids(result)).toContain(id);
    expect(ids(result).length).toBeLessThanOrEqual(5);
  });

  it.each([
    'office 20',
    'office 201',
    '20',
    'windows server 19',
    'windows server 2022',
    'windows embedded 81',
  ])('a number must be whole: %j', (query) =>
    expect(findProduct(query, [], catalogue).kind).toBe('not-found'),
  );

  it.each(catalogue.all())('$id is found under all its names', (product) => {
    for (const name of [product.id, ...allNames(product)]) {
      expect(findProduct(name, [], catalogue)).toEqual({ kind: 'found', product });
    }
  });
});

describe('among the products of a profile', () => {
  const office2024 = named('office-2024', 'Office LTSC Professional Plus 2024');
  const server2025 = named('server-2025', 'Windows Server 2025 Standard', 'The new server');
  const datacenter2025 = named('datacenter-2025', 'Windows Server 2025 Datacenter');
  const profile = [office2024, server2025, datacenter2025];

  it.each([
    ['an abbreviation fits here, so the catalogue is not asked', 'office', 'office-2024'],
    ['nothing fits here, so the catalogue answers', 'visio', 'visio-pro-2019'],
    [
      'an exact name of the catalogue beats an abbreviation here',
      'office-proplus-2019',
      'office-proplus-2019',
    ],
    ['an alias of this profile', 'the NEW server', 'server-2025'],
    ['a part of it', 'new', 'server-2025'],
    ['digits and letters', 'ws2025 dc', 'datacenter-2025'],
  ])('%s', (_, query, id) => {
    expect(findProduct(query, profile, catalogue)).toMatchObject({ kind: 'found', product: { id } });
  });

  it('several fit: sorted by name', () => {
    expect(findProduct('ws', profile, catalogue)).toEqual({
      kind: 'ambiguous',
      candidates: [datacenter2025, server2025],
    });
  });

  it('a catalogued product that the profile has is one product', () => {
    const mine = catalogue.all().filter(({ id }) => id === 'visio-pro-2019');
    expect(findProduct('visoi', mine, catalogue)).toMatchObject({ kind: 'not-found', nearest: mine });
    expect(ids(findProduct('office', mine, catalogue))).toEqual(['office-proplus-2019']);
  });

  it('an exact name beats a longer one that holds it', () => {
    const short = named('a', 'Tool');
    const long = named('b', 'Tool Extra');
    expect(findProduct('tool', [long, short], catalogue)).toEqual({ kind: 'found', product: short });
  });

  it('an exact id beats a name', () => {
    const byId = named('tool', 'Something');
    const byName = named('b', 'Tool');
    expect(findProduct('tool', [byName, byId], catalogue)).toEqual({ kind: 'found', product: byId });
  });

  it('whole words beat beginnings, and what fits all of a name beats what fits a part', () => {
    const project = named('a', 'Project Tool');
    const professional = named('b', 'Tool Pro');
    const more = named('c', 'Tool Pro More');
    expect(findProduct('tool pro', [project, professional, more], catalogue)).toEqual({
      kind: 'found',
      product: professional,
    });
  });
});

describe('any text is harmless', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \t\u00A0 '],
    ['Microsoft alone', 'Microsoft'],
    ['names of JavaScript', '__proto__ constructor toString'],
    ['a regular expression', '.*'],
    ['an endless one', '(a+)+$'.repeat(20_000)],
    ['very many words', 'windws servr '.repeat(8000)],
    ['a very long word', 'x'.repeat(100_000)],
    ['controls', '\u0000\u001B]0;title\u0007'.repeat(5000)],
    ['half characters', '\uD800'.repeat(100_000)],
    ['combining marks', `o${'\u0308'.repeat(50_000)}`],
  ])('%s is not found', (_, query) => {
    const result = findProduct(query, catalogue.all(), catalogue);
    expect(result.kind).toBe('not-found');
    expect(ids(result).length).toBeLessThanOrEqual(5);
  });

  it('and gives a product, candidates or nearest ones', () => {
    const query = fc.oneof(anyText, fc.string({ unit: fc.constantFrom('w', 'i', ' ', '2', '.') }));
    fc.assert(
      fc.property(query, (text) => {
        const result = findProduct(text, [], catalogue);
        expect(new Set(ids(result)).size).toBe(ids(result).length);
        if (result.kind === 'ambiguous') expect(result.candidates.length).toBeGreaterThan(1);
      }),
    );
  });
});

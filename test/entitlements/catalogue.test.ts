import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allNames } from '../../src/entitlements/names.ts';
import { normalisedName } from '../../src/entitlements/normalise.ts';
import { catalogue } from './opened.ts';
import { anyText } from './texts.ts';

const named = catalogue.all().flatMap((product) => allNames(product).map((name) => ({ name, product })));

describe('matching as imports do', () => {
  it.each(named)('$name is $product.id', ({ name, product }) => {
    expect(catalogue.describe(name)).toBe(product);
  });

  it('no name means two products', () => {
    const owners = new Map<string, string>();
    for (const { name, product } of named) {
      const owner = owners.get(normalisedName(name)) ?? product.id;
      expect(owner, name).toBe(product.id);
      owners.set(normalisedName(name), product.id);
    }
  });

  it('the order of words, case, marks and Microsoft do not matter', () => {
    fc.assert(
      fc.property(fc.constantFrom(...named), fc.infiniteStream(fc.nat()), ({ name, product }, numbers) => {
        const words = normalisedName(name)
          .split(' ')
          .map((word) => ({ word: word.toUpperCase(), place: numbers.next().value }))
          .sort((first, second) => first.place - second.place)
          .map(({ word }) => word);
        expect(catalogue.describe(`Microsoft® ${words.join('\u00A0™ ')}`)).toBe(product);
      }),
    );
  });

  it.each([
    ['the portal calls it otherwise', 'Microsoft Endpoint Configmgr (current branch)', 'sccm-cb'],
    ['the portal turns the words', 'Exchange Server Standard 2019', 'exchange-standard-2019'],
    ['the portal leaves out Microsoft', 'Dynamics CRM Workgroup Server 2016', 'crm-workgroup-2016'],
    ['one CAL', 'Windows Server 2019 CAL', 'ws-cal-2019'],
    [
      'a slip of the table',
      'Windows Server 2022 Enterprise (Current Branch or LTSC 2019)',
      'windows-enterprise',
    ],
    ['what the slip stands for', 'Windows 10 Enterprise (Current Branch or LTSC 2019)', 'windows-enterprise'],
  ])('%s: %s', (_, name, id) => expect(catalogue.describe(name)).toBe(catalogue.byId(id)));

  it.each([
    'Office Pro Plus 2019',
    'Windows Server 2019 Std',
    'Office Professional Plus',
    'Office Professional Plus 2019 Extra',
    'Office Professional Plus 2021',
    'office-proplus-2019 ',
    '',
    ' ',
    'toString',
    '__proto__',
  ])('no abbreviations, no parts: %j', (name) => expect(catalogue.describe(name).catalogued).toBe(false));
});

describe('by id', () => {
  it.each(catalogue.all())('$id', (product) => expect(catalogue.byId(product.id)).toBe(product));
  it.each(['', 'constructor', '__proto__', 'OFFICE-PROPLUS-2019'])('none: %j', (id) => {
    expect(catalogue.byId(id)).toBeNull();
  });
});

describe('describing', () => {
  it('gives the catalogue its own product under any of its names', () => {
    for (const { name, product } of named) expect(catalogue.describe(name)).toBe(product);
  });

  it('keeps the name of what is not catalogued, and says so', () => {
    expect(catalogue.describe('Windows Server 2025 Standard')).toMatchObject({
      id: 'windows-server-standard-2025',
      name: 'Windows Server 2025 Standard',
      aliases: [],
      catalogued: false,
      kind: 'server-os',
      notes: [],
    });
  });

  it('never gives away an id of the catalogue', () => {
    for (const { id } of catalogue.all()) {
      const name = id.replaceAll('-', ' ');
      const described = catalogue.describe(name);
      if (!described.catalogued) expect(catalogue.byId(described.id), name).toBeNull();
    }
    expect(catalogue.describe('office proplus 2019').id).toBe('office-proplus-2019_');
  });

  it('gives equal names one id and other names another', () => {
    fc.assert(
      fc.property(anyText, anyText, (first, second) => {
        const same = normalisedName(first) === normalisedName(second);
        expect(catalogue.describe(first).id === catalogue.describe(second).id).toBe(same);
      }),
    );
  });
});

describe('what the catalogue says', () => {
  it.each([
    ['office-proplus-2019', 'yes', 'yes', 'no'],
    ['windows-enterprise', 'yes', 'yes', 'no'],
    ['ws-standard-2019', 'yes', 'yes', 'no'],
    ['sql-standard-2019', 'unknown', 'no', 'no'],
    ['ata-client', 'yes', 'no', 'no'],
    ['ws-cal-2019', 'no', 'no', 'yes'],
    ['ws-rds-cal-2019', 'unknown', 'no', 'yes'],
    ['posready7', 'unknown', 'unknown', 'no'],
    ['visual-studio-enterprise', 'no', 'no', 'no'],
  ])('%s: key %s, activation %s, CAL %s', (id, requiresKey, requiresActivation, isCal) => {
    expect(catalogue.byId(id)).toMatchObject({
      requiresKey: { value: requiresKey },
      requiresActivation: { value: requiresActivation },
      isCal: { value: isCal },
    });
  });

  it('S5: exactly Windows operating systems and Office clients must be activated', () => {
    const kinds = new Set(['client-os', 'server-os', 'office-client']);
    for (const product of catalogue.all()) {
      expect(product.requiresActivation.value === 'yes', product.id).toBe(kinds.has(product.kind));
    }
  });

  it('S7: no CAL is downloaded or activated, and only RDS CALs may have a key', () => {
    for (const product of catalogue.all().filter(({ kind }) => kind === 'cal')) {
      expect(product).toMatchObject({
        isCal: { value: 'yes' },
        requiresActivation: { value: 'no' },
        downloadable: { value: 'no' },
        requiresKey: { value: product.id === 'ws-rds-cal-2019' ? 'unknown' : 'no' },
      });
    }
  });

  it('holds the published tables of both Action Packs', () => {
    const rows = (program: string) => catalogue.all().filter(({ grants }) => grants[program] !== undefined);
    const software = (program: string) => rows(program).filter(({ kind }) => kind !== 'developer-tool');
    expect(software('action-pack')).toHaveLength(32);
    expect(software('learning-action-pack')).toHaveLength(4);
  });
});

import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS_DATA } from '../../src/data/instructions.ts';
import { explainProduct, textById } from '../../src/entitlements/explain.ts';
import { explainNoKey, noKeyReason } from '../../src/entitlements/no-key.ts';
import { catalogue, product } from './opened.ts';

function explained(name: string) {
  return explainProduct(catalogue.describe(name), INSTRUCTIONS_DATA);
}

function steps(name: string): readonly string[] {
  return explained(name).instructions.map(({ id }) => id);
}

describe('instructions', () => {
  const pane = ['open-portal', 'open-pane', 'download'];
  it.each([
    ['Windows 11 Enterprise LTSC 2024', [...pane, 'key-when-asked', 'activate-windows']],
    ['Windows Server 2025 Standard', [...pane, 'key-when-asked', 'activate-windows']],
    [
      'Office LTSC Professional Plus 2024',
      [...pane, 'office-deployment-tool', 'office-key', 'activate-office'],
    ],
    ['SQL Server 2019 Standard', [...pane, 'key-when-asked', 'no-activation']],
    ['System Center 2019 Standard', [...pane, 'key-when-asked', 'no-activation']],
    ['Windows Embedded 8 Standard', [...pane, 'key-when-asked', 'activation-not-known']],
    ['Something else', [...pane, 'key-when-asked', 'activation-not-known']],
    ['Visual Studio Enterprise', ['sign-in-assign', 'sign-in']],
    ['SQL Server 2022 CAL', ['cal-what', 'cal-portal', 'cal-server', 'cal-record']],
    [
      'Remote Desktop Services CAL',
      ['cal-what', 'rds-licence-server', 'rds-install', 'rds-grace', 'cal-record'],
    ],
  ])('%s', (name, expected) => expect(steps(name)).toEqual(expected));

  it('S7: a CAL is not to be downloaded or activated', () => {
    const text = explained('Windows Server 2019 CALs').instructions.map((step) => step.text);
    expect(text.join(' ')).toMatch(/nothing to download/);
    expect(text.join(' ')).toMatch(/handled on the server product/);
    expect(text.join(' ')).not.toMatch(/mpn-benefits (?:activate|key)/);
  });

  it('no product that needs no activation is told to activate', () => {
    for (const entry of catalogue.all()) {
      const { instructions } = explainProduct(entry, INSTRUCTIONS_DATA);
      const activates = instructions.some(({ text }) => text.includes('mpn-benefits activate'));
      expect(activates, entry.id).toBe(entry.requiresActivation.value === 'yes');
    }
  });
});

describe('an explanation', () => {
  it.each(catalogue.all())('of $id has a reason for each fact, instructions and the portal', (entry) => {
    const explanation = explainProduct(entry, INSTRUCTIONS_DATA);
    expect(explanation.requiresKeyWhy).toBe(entry.requiresKey.why);
    expect(explanation.requiresActivationWhy).toBe(entry.requiresActivation.why);
    expect(explanation.instructions.length).toBeGreaterThan(1);
    expect(explanation.notes.slice(0, entry.notes.length)).toEqual(entry.notes);
    expect(explanation.portalUrl).toBe('https://partner.microsoft.com/dashboard/v2/benefits/software');
    expect(new Set(explanation.notes).size).toBe(explanation.notes.length);
  });

  it.each([
    ['Office Professional Plus 2019', /macOS/],
    ['Windows Server 2025 Standard', /evaluation copy/],
    ['Windows 11 Enterprise', /demonstration/],
    ['SQL Server 2019 Standard', /refund/i],
    ['Advanced Threat Analytics Client Management License', /China/],
  ])('of %s has the note %s', (name, note) => {
    expect(explained(name).notes).toContainEqual(expect.stringMatching(note));
  });

  it('names no text that is not there', () => {
    expect(() => textById('nothing', INSTRUCTIONS_DATA)).toThrow(RangeError);
  });
});

describe('why there is no key', () => {
  it.each([
    ['ws-cal-2019', 'cal'],
    ['visual-studio-enterprise', 'sign-in'],
    ['ws-rds-cal-2019', 'not-imported'],
    ['office-proplus-2019', 'not-imported'],
    ['sql-standard-2019', 'not-imported'],
    ['posready7', 'not-imported'],
  ])('%s: %s', (id, reason) => {
    expect(noKeyReason(product(id))).toBe(reason);
    expect(explainNoKey(product(id), INSTRUCTIONS_DATA).id).toBe(`no-key-${reason}`);
  });

  it('software that is known to need none', () => {
    const tool = { kind: 'server-app', requiresKey: { value: 'no', why: 'a test' } } as const;
    expect(noKeyReason(tool)).toBe('not-needed');
  });

  it('tells how to import one', () => {
    expect(explainNoKey(product('office-proplus-2019'), INSTRUCTIONS_DATA).text).toMatch(
      /mpn-benefits import/,
    );
  });
});

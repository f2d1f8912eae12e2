import { describe, expect, it } from 'vitest';
import { MANUAL_ACTIVATION } from '../../../src/data/manual-activation.ts';
import { PRODUCT_KINDS, type ProductKind } from '../../../src/entitlements/types.ts';
import { type ManualRequest, manualSteps } from '../../../src/provisioning/activation/manual.ts';
import { parsePowerShell } from './powershell/parse.ts';

const request = (kind: ProductKind): ManualRequest => ({
  product: { id: 'the-product', name: 'The Product', kind },
  machine: 'PC-1',
  keyLast5: '6789B',
  activationId: 'activation-1',
});
const steps = (kind: ProductKind) => manualSteps(request(kind), MANUAL_ACTIVATION);

describe('the steps of an activation by hand', () => {
  it.each(PRODUCT_KINDS)('of a %s end in recording the result, and leave nothing open', (kind) => {
    const all = steps(kind);
    expect(all.length).toBeGreaterThan(2);
    expect(all.at(-1)).toContain('mpn-benefits activations settle activation-1');
    for (const step of all) {
      expect(step).not.toBe('');
      expect(step).not.toMatch(/\{\w+\}/);
    }
  });

  it('say whose key it is by its last characters, and where it comes from', () => {
    expect(steps('client-os').join('\n')).toContain('mpn-benefits key the-product --key 6789B --copy');
  });

  it('put the key into no command line', () => {
    for (const kind of PRODUCT_KINDS) {
      expect(steps(kind).join('\n')).not.toMatch(/\/ipk|\/inpkey|\/ProductKey|changepk/i);
    }
  });

  it.each<[ProductKind, string]>([
    ['client-os', '55c92734-d682-4d71-983e-d6ec3f16059f'],
    ['server-os', '55c92734-d682-4d71-983e-d6ec3f16059f'],
    ['office-client', '0ff1ce15-a989-479d-af46-f275c6370663'],
  ])('of a %s read the status of its own application, in real PowerShell', (kind, applicationId) => {
    const step = steps(kind).find((text) => text.includes('Get-CimInstance')) ?? '';
    const command = step.slice(step.indexOf('Get-CimInstance'), step.indexOf(' (LicenseStatus'));
    expect(command).toContain(applicationId);
    expect(parsePowerShell(command).type).toBe('program');
  });

  it('take texts from outside as they are', () => {
    const hostile = { ...request('client-os'), machine: '$& {last5} $1' };
    expect(manualSteps(hostile, MANUAL_ACTIVATION).join('\n')).toContain('On $& {last5} $1, open Settings');
  });
});

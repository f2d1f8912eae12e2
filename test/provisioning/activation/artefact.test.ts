import { describe, expect, it } from 'vitest';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import {
  type ArtefactRequest,
  artefactText,
  checkArtefact,
} from '../../../src/provisioning/activation/artefact.ts';
import type { ArtefactVia } from '../../../src/provisioning/activation/ways.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const SERVER: ArtefactRequest = {
  product: { id: 'windows-server-2025', name: 'Windows Server 2025 Standard', kind: 'server-os' },
  key: productKeySecret(KEY),
  keyLast5: '6789B',
  machine: 'SRV-1',
  imageKey: false,
};
const OFFICE: ArtefactRequest = {
  ...SERVER,
  product: { id: 'office-proplus-2019', name: 'Office Professional Plus 2019', kind: 'office-client' },
};

describe('the file of a way', () => {
  it.each<[ArtefactVia, ArtefactRequest, string]>([
    ['script', SERVER, "$applicationId = '55c92734-d682-4d71-983e-d6ec3f16059f'"],
    ['script', OFFICE, "$applicationId = '0ff1ce15-a989-479d-af46-f275c6370663'"],
    ['unattend', SERVER, '<settings pass="specialize">'],
    ['unattend', { ...SERVER, imageKey: true }, '<settings pass="windowsPE">'],
    ['office-deployment', OFFICE, 'ID="ProPlus2019Volume"'],
  ])('%s', async (via, request, part) => {
    await checkArtefact(via, request);
    const text = await artefactText(via, request, 'activation-1');
    expect(text).toContain(part);
    expect(text).toContain('activation-1');
    expect(text).toContain('SRV-1');
    expect(text).toContain(KEY);
    expect(text.endsWith('\n')).toBe(true);
  });
});

describe('what cannot be made is refused before anything is reserved', () => {
  const note = productKeySecret('no key is required');
  it.each<[ArtefactVia, ArtefactRequest]>([
    ['unattend', { ...SERVER, key: note }],
    ['office-deployment', { ...OFFICE, key: note }],
    ['office-deployment', { ...OFFICE, product: { ...OFFICE.product, id: 'x', name: 'Office 2016' } }],
  ])('%s', async (via, request) => {
    await expect(checkArtefact(via, request)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

import { describe, expect, it } from 'vitest';
import { VIAS, type Via } from '../../../src/activation/events.ts';
import { PRODUCT_KINDS, type ProductKind } from '../../../src/entitlements/types.ts';
import { AppError } from '../../../src/errors.ts';
import {
  applicationOf,
  checkWayOptions,
  fittingWays,
  resolveVia,
  type ViaOption,
  viaNeeded,
  type WayQuestion,
  writesArtefact,
} from '../../../src/provisioning/activation/ways.ts';

const here = (kind: ProductKind, changes: Partial<WayQuestion> = {}): WayQuestion => ({
  product: { name: 'The product', kind },
  platform: 'win32',
  thisMachine: true,
  ...changes,
});

describe('which ways fit', () => {
  const WINDOWS: Via[] = ['windows', 'script', 'unattend', 'manual'];
  it.each<[ProductKind, Via[]]>([
    ['client-os', WINDOWS],
    ['server-os', WINDOWS],
    ['embedded-os', WINDOWS],
    ['office-client', ['windows', 'script', 'office-deployment', 'manual']],
    ['server-app', ['manual']],
    ['management-tool', ['manual']],
    ['cal', ['manual']],
    ['developer-tool', ['manual']],
    ['other', ['manual']],
  ])('%s: %j', (kind, ways) => {
    expect(fittingWays(here(kind))).toEqual(ways);
  });

  it('windows only activates the machine it runs on', () => {
    expect(fittingWays(here('client-os', { thisMachine: false }))).not.toContain('windows');
    expect(fittingWays(here('client-os', { platform: 'linux' }))).not.toContain('windows');
  });

  it.each(PRODUCT_KINDS)('%s can always be done by hand', (kind) => {
    expect(fittingWays(here(kind, { platform: 'darwin', thisMachine: false }))).toContain('manual');
  });
});

describe('--via auto', () => {
  it.each<[string, WayQuestion, Via | null]>([
    ['is windows on Windows for this machine', here('server-os'), 'windows'],
    ['for Office too', here('office-client'), 'windows'],
    ['has to be asked for another machine', here('server-os', { thisMachine: false }), null],
    ['has to be asked elsewhere', here('server-os', { platform: 'linux' }), null],
    ['has to be asked for what Windows keeps no licence of', here('server-app'), null],
  ])('%s', (_, question, via) => {
    expect(resolveVia('auto', question)).toBe(via);
  });

  it('where nobody can be asked, fails with the ways that fit', () => {
    expect(viaNeeded(here('office-client', { platform: 'linux' }))).toMatchObject({
      code: 'USAGE',
      message: 'How The product is to be activated has to be said with --via.',
      hint: 'Use --via script, --via office-deployment, --via manual.',
    });
  });
});

describe('a way that does not fit is refused with the reason', () => {
  it.each<[ViaOption, WayQuestion, string]>([
    ['unattend', here('office-client'), 'an answer file activates Windows only'],
    [
      'office-deployment',
      here('client-os'),
      'the Office Deployment Tool activates Office, Project and Visio only',
    ],
    [
      'script',
      here('server-app'),
      'only Windows operating systems and Office client applications are activated that way',
    ],
    [
      'windows',
      here('client-os', { platform: 'linux' }),
      'it activates the machine it runs on, and this is not Windows',
    ],
    [
      'windows',
      here('client-os', { thisMachine: false }),
      'it activates the machine it runs on, and another one is named',
    ],
  ])('%s', (via, question, reason) => {
    try {
      resolveVia(via, question);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({
        code: 'USAGE',
        exitCode: 2,
        message: `--via ${via} does not fit The product: ${reason}.`,
        hint: expect.stringContaining('--via manual'),
      });
    }
  });

  it('and one that fits is taken', () => {
    for (const via of fittingWays(here('client-os'))) expect(resolveVia(via, here('client-os'))).toBe(via);
  });
});

describe('options of a way', () => {
  const ARTEFACTS: Via[] = ['script', 'unattend', 'office-deployment'];

  it.each(VIAS)('%s', (via) => {
    const artefact = ARTEFACTS.includes(via);
    expect(writesArtefact(via)).toBe(artefact);
    const check = (imageKey: boolean, outFile: string | undefined) => () =>
      checkWayOptions(via, { imageKey, outFile });
    const usage = expect.objectContaining({ code: 'USAGE' });
    if (artefact) {
      expect(check(false, 'out')).not.toThrow();
      expect(check(false, undefined)).toThrow(usage);
    } else {
      expect(check(false, undefined)).not.toThrow();
      expect(check(false, 'out')).toThrow(usage);
    }
    if (via === 'unattend') expect(check(true, '-')).not.toThrow();
    else expect(check(true, artefact ? '-' : undefined)).toThrow(usage);
  });
});

describe('whose licences a product is among', () => {
  it.each<[ProductKind, string | undefined]>([
    ['client-os', '55c92734-d682-4d71-983e-d6ec3f16059f'],
    ['server-os', '55c92734-d682-4d71-983e-d6ec3f16059f'],
    ['office-client', '0ff1ce15-a989-479d-af46-f275c6370663'],
    ['server-app', undefined],
  ])('%s', (kind, id) => {
    expect(applicationOf(kind)).toBe(id);
  });
});

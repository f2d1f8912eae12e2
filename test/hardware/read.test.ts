import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHardware, type HardwareProfile } from '../../src/activation/hardware.ts';
import { readHardwareProfile } from '../../src/activation/hardware-file.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { readHardware } from '../../src/hardware/read.ts';
import { type Answers, type HardwareSource, PARTS, type Part } from '../../src/hardware/source.ts';
import { CONTAINER, DESKTOP, LAPTOP, LAPTOP_IN_DOCK, MAC, VIRTUAL } from './machines.ts';

const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex');
const BASE = { sha256Hex, table: HARDWARE_TABLE, hostname: 'PC-1' };

function sourceOf(answers: Answers, instead: Partial<HardwareSource> = {}): HardwareSource {
  const methods = PARTS.map((part) => [part, async () => answers[part]]);
  return { ...(Object.fromEntries(methods) as Record<Part, () => Promise<unknown>>), ...instead };
}

function read(answers: Answers, instead?: Partial<HardwareSource>): Promise<HardwareProfile> {
  return readHardware({ ...BASE, source: sourceOf(answers, instead), timeoutMs: 50 });
}

const known = ({ characteristics }: HardwareProfile) =>
  Object.keys(characteristics).filter((name) => characteristics[name] !== null);

describe('a profile', () => {
  it('has every characteristic of a desktop', async () => {
    const profile = await read(DESKTOP);
    expect(profile).toMatchObject({ schema: 'mpn-benefits/hardware/1', machine: 'PC-1', virtual: false });
    expect(known(profile)).toHaveLength(11);
  });

  it.each<[string, Answers, string[]]>([
    [
      'a Mac',
      MAC,
      [
        'networkAdapters',
        'storageControllers',
        'displayAdapter',
        'ramRange',
        'processorType',
        'systemDisk',
        'systemVolume',
        'baseboardSerial',
        'systemUuid',
      ],
    ],
    ['a container', CONTAINER, ['networkAdapters', 'ramRange', 'processorType', 'processorId']],
    ['nothing', {}, []],
  ])('of %s has what can be read', async (_, answers, names) => {
    expect(known(await read(answers))).toEqual(names);
  });

  it.each<[string, Answers]>([
    ['desktop', DESKTOP],
    ['laptop', LAPTOP_IN_DOCK],
    ['guest', VIRTUAL],
    ['Mac', MAC],
  ])(
    'of a %s holds no serial number, address or UUID, and nothing that finds them again',
    async (_, answers) => {
      const text = JSON.stringify(await read(answers)).toUpperCase();
      for (const secret of ['SN-', '3C:EC', '3CECEF', '00155D', '2222', '5555'])
        expect(text).not.toContain(secret);
      const { characteristics } = JSON.parse(text.toLowerCase());
      for (const hashes of Object.values<string[] | null>(characteristics)) {
        for (const hash of hashes ?? []) expect(hash).toMatch(/^[0-9a-f]{5}$/);
      }
    },
  );

  it('can be written to a file and read back', async () => {
    const profile = await read(DESKTOP);
    expect(readHardwareProfile(JSON.parse(JSON.stringify(profile)), HARDWARE_TABLE)).toEqual(profile);
  });
});

describe('the same machine', () => {
  it('is unchanged in its dock and out of it', async () => {
    const [out, docked] = [await read(LAPTOP), await read(LAPTOP_IN_DOCK)];
    expect(docked.characteristics).toEqual(out.characteristics);
    expect(compareHardware(HARDWARE_TABLE, out, docked).verdict).toBe('unchanged');
  });

  it('is changed with another board', async () => {
    const baseboard = { manufacturer: 'Fabrikam', model: 'Z890', serial: 'SN-NEW-BOARD' };
    const { verdict, decidedBy } = compareHardware(
      HARDWARE_TABLE,
      await read(DESKTOP),
      await read({ ...DESKTOP, baseboard }),
    );
    expect({ verdict, decidedBy }).toEqual({ verdict: 'changed', decidedBy: 'baseboardSerial' });
  });

  it('says that it is virtual', async () => {
    const profile = await read(VIRTUAL);
    expect(profile.virtual).toBe(true);
    expect(profile.characteristics['networkAdapters']).not.toBeNull();
    expect(compareHardware(HARDWARE_TABLE, profile, profile).reasons).toContain('virtual: no published rule');
  });
});

describe('a part that cannot be read is unknown, and takes no other with it', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['fails', () => Promise.reject(new Error('SN-BOARD'))],
    ['hangs', () => new Promise(() => {})],
    [
      'throws at once',
      () => {
        throw new Error('SN-BOARD');
      },
    ],
    ['answers nonsense', async () => [[['SN-BOARD']]]],
  ])('%s', async (_, baseboard) => {
    const profile = await read(DESKTOP, { baseboard });
    expect(profile.characteristics['baseboardSerial']).toBeNull();
    expect(known(profile)).toHaveLength(10);
  });

  it('even if none answers', async () => {
    const hanging = Object.fromEntries(PARTS.map((part) => [part, () => new Promise(() => {})]));
    expect(known(await read({}, hanging))).toEqual([]);
  });

  it('and any answer makes a profile that can be read back', async () => {
    const answer = fc.oneof(
      fc.anything({ maxDepth: 1 }),
      fc.array(
        fc.dictionary(
          fc.constantFrom('mac', 'iface', 'mount', 'serialNum', 'interfaceType'),
          fc.anything({ maxDepth: 1 }),
        ),
      ),
      fc.record({
        total: fc.anything({ maxDepth: 1 }),
        controllers: fc.anything({ maxDepth: 1 }),
        uuid: fc.anything({ maxDepth: 1 }),
        type: fc.anything({ maxDepth: 1 }),
      }),
    );
    const answers = fc.record(Object.fromEntries(PARTS.map((part) => [part, answer])));
    await fc.assert(
      fc.asyncProperty(answers, async (given) => {
        const profile = await read(given);
        expect(readHardwareProfile(JSON.parse(JSON.stringify(profile)), HARDWARE_TABLE)).toEqual(profile);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the machine that this runs on', () => {
  it('can be read with the library, twice the same', async () => {
    const first = await readHardware(BASE);
    const second = await readHardware(BASE);
    expect(second).toEqual(first);
    expect(known(first)).toContain('ramRange');
    expect(known(first)).toContain('processorType');
    expect(readHardwareProfile(JSON.parse(JSON.stringify(first)), HARDWARE_TABLE)).toEqual(first);
  });
});

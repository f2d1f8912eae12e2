import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../src/activation/event-reader.ts';
import { MachineHistory } from '../../src/activation/machine-history.ts';
import { findMachine, isRenamed, isSameMachineName, type Machine } from '../../src/activation/machines.ts';
import { barely, hardware, World } from './world.ts';

const machine = (id: string, name: string, more: Partial<Machine> = {}): Machine => ({
  id,
  name,
  lastSeen: '2026-01-01T00:00:00.000Z',
  retiredOn: null,
  replacedBy: null,
  hardware: null,
  ...more,
});
const RETIRED = { retiredOn: '2026-02-01T00:00:00.000Z' };

describe('names compare without case and domain, unless both have one', () => {
  test.each([
    ['web01', 'WEB01'],
    ['web01', 'web01.corp.example'],
    ['web01', 'CORP\\web01'],
    ['web01', '.\\web01'],
    [' web01 ', 'web01'],
    ['10.0.0.1', '10.0.0.1'],
    ['ｗｅｂ01', 'web01'],
    ['web01.corp.example', 'WEB01.CORP.EXAMPLE.'],
    ['web01.corp.example', 'CORP\\web01'],
    ['CORP\\web01', 'corp\\WEB01'],
  ])('%s = %s', (a, b) => {
    expect(isSameMachineName(a, b)).toBe(true);
    expect(isSameMachineName(b, a)).toBe(true);
  });

  test.each([
    ['web01', 'web02'],
    ['web-01', 'web01'],
    ['10.0.0.1', '10.0.0.2'],
    ['fe80::1', 'fe80::2'],
    ['dc01.north.example', 'dc01.south.example'],
    ['dc01.example', 'dc01.south.example'],
    ['NORTH\\dc01', 'SOUTH\\dc01'],
    ['NORTH\\dc01', 'dc01.south.example'],
  ])('%s is not %s', (a, b) => {
    expect(isSameMachineName(a, b)).toBe(false);
    expect(isSameMachineName(b, a)).toBe(false);
  });
});

describe('which known machine this is', () => {
  const hw = hardware('web01');
  const find = (name: string, profile: typeof hw | null, ...machines: Machine[]) =>
    findMachine(name, profile, machines);

  test('board and UUID equal: the same machine whatever its name', () => {
    const known = machine('m1', 'web01', { hardware: hw });
    const match = find('other', hw, known);
    expect(match).toMatchObject({ by: 'hardware', machine: { id: 'm1' } });
    expect(isRenamed(known, 'other')).toBe(true);
    expect(isRenamed(known, 'WEB01.corp.example')).toBe(false);
  });

  test.each(['baseboardSerial', 'systemUuid'])('%s different or unknown: the name decides', (name) => {
    const known = machine('m1', 'web01', { hardware: hw });
    for (const value of [['fffff'], null]) {
      expect(find('other', hardware('web01', { [name]: value }), known)).toBeUndefined();
      expect(find('web01', hardware('web01', { [name]: value }), known)).toMatchObject({ by: 'name' });
    }
  });

  test('unknown on both sides is not equal', () => {
    const nothing = barely('web01', {});
    expect(find('other', nothing, machine('m1', 'web01', { hardware: nothing }))).toBeUndefined();
  });

  test('hardware beats the name', () => {
    const named = machine('m1', 'web01', { hardware: hardware('else') });
    const same = machine('m2', 'web02', { hardware: hw });
    expect(find('web01', hw, named, same)?.machine.id).toBe('m2');
  });

  test('clones that share board and UUID are told apart by name', () => {
    const [a, b] = [machine('m1', 'vm1', { hardware: hw }), machine('m2', 'vm2', { hardware: hw })];
    expect(find('vm2', hw, a, b)?.machine.id).toBe('m2');
    expect(find('vm1', hw, a, b)?.machine.id).toBe('m1');
  });

  test('a retired machine is found by its hardware, not by its name', () => {
    const retired = machine('m1', 'web01', { hardware: hw, ...RETIRED });
    expect(find('web01', null, retired)).toBeUndefined();
    expect(find('web01', hw, retired)?.machine.id).toBe('m1');
    expect(find('web01', hw, retired, machine('m2', 'web02', { hardware: hw }))?.machine.id).toBe('m2');
  });

  test('a replaced machine stands for the one that took its place', () => {
    const old = machine('m1', 'web01', { hardware: hw, ...RETIRED, replacedBy: 'm2' });
    expect(find('web01', hw, old, machine('m2', 'web01'))?.machine.id).toBe('m2');
    expect(find('web01', hw, { ...old, replacedBy: 'm1' })?.machine.id).toBe('m1');
  });

  describe('of several domains', () => {
    const north = machine('m1', 'dc01.north.example');
    const south = machine('m2', 'dc01.south.example', { lastSeen: '2026-03-01T00:00:00.000Z' });

    test('a name with a domain is that of its domain alone', () => {
      expect(find('dc01.north.example', null, north, south)?.machine.id).toBe('m1');
      expect(find('dc01.west.example', null, north, south)).toBeUndefined();
    });

    test('a name without one is ambiguous, unless only one is in use or one is called just so', () => {
      expect(() => find('dc01', null, north, south)).toThrow(
        expect.objectContaining({
          code: 'AMBIGUOUS',
          details: { candidates: ['dc01.north.example', 'dc01.south.example'] },
        }),
      );
      expect(find('dc01', null, north, { ...south, ...RETIRED })?.machine.id).toBe('m1');
      expect(find('DC01', null, north, south, machine('m3', 'dc01'))?.machine.id).toBe('m3');
    });

    test('hardware that is equal wins over the name', () => {
      expect(find('dc01', hw, north, { ...south, hardware: hw })?.machine.id).toBe('m2');
      const renamed = find('dc01.south.example', hw, { ...north, hardware: hw });
      expect(renamed).toMatchObject({ by: 'hardware', machine: { id: 'm1' } });
      expect(isRenamed(north, 'dc01.south.example')).toBe(true);
    });
  });

  test('of two with the same name the one seen last', () => {
    const later = machine('m2', 'web01', { lastSeen: '2026-03-01T00:00:00.000Z' });
    expect(find('web01', null, machine('m1', 'web01'), later)?.machine.id).toBe('m2');
  });
});

describe('the machines that a ledger tells', () => {
  const told = (world: World, ...chains: string[]) => {
    const history = new MachineHistory();
    for (const [number, { chain, text }] of world.rows.entries())
      if (chains.length === 0 || chains.includes(chain)) history.hear(parseEvent(text), number);
    return history;
  };

  test('a machine that only an activation names is one of them', () => {
    const world = new World({ id: 'key-a', last5: '6789B' });
    world.activate(hardware('web01'));
    expect([...told(world, 'key-a').machines.values()]).toMatchObject([{ name: 'web01', formerNames: [] }]);
  });

  test('are the same if chains are heard apart, and put together in any order', () => {
    const world = new World({ id: 'key-a', last5: '6789B' }, { id: 'zone-b', last5: 'CDFGH' });
    const one = hardware('web01');
    world.activate(one);
    world.activate({ ...one, machine: 'www' });
    world.keys.reverse();
    world.activate(hardware('web02'));
    world.activate({ ...one, machine: 'www' });
    const whole = told(world).machines;
    expect([...whole.values()].map(({ name }) => name)).toEqual(['www', 'web02']);
    const parts = [
      { chains: ['key-a'], profile: false },
      { chains: ['profile'], profile: true },
      { chains: ['zone-b'], profile: false },
    ];
    for (const order of [parts, parts.toReversed(), [parts[1], parts[2], parts[0]]]) {
      const together = new MachineHistory();
      for (const part of order)
        if (part !== undefined) together.join(told(world, ...part.chains).machines, part.profile);
      expect(Object.fromEntries(together.machines)).toEqual(Object.fromEntries(whole));
    }
  });
});

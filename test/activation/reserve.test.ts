import { describe, expect, test } from 'vitest';
import { activationResult, machineEventsOf, reservationOf } from '../../src/activation/reserve.ts';
import { hardware, World } from './world.ts';

const IDS = { activationId: 'act-1', machineId: 'machine-1', actor: 'ada' };
const web = hardware('web01');
const made = (): World => new World({ id: 'key-a', last5: '6789B' });

describe('what a plan appends', () => {
  test('a new machine: it was seen, and the reservation names it', () => {
    const plan = made().counted(web);
    expect(machineEventsOf(plan, IDS)).toMatchObject([
      { type: 'machine-seen', delta: 0, machine: { id: 'machine-1', name: 'web01' } },
    ]);
    expect(reservationOf(plan, IDS)).toMatchObject({
      type: 'reserved',
      delta: 1,
      activationId: 'act-1',
      keyLast5: '6789B',
      machine: { id: 'machine-1', name: 'web01' },
      hardware: { virtual: 'no', portable: 'no' },
      scenario: 'new-machine',
      assumed: null,
      actor: 'ada',
    });
  });

  test('a known machine: nothing but the reservation, under its own id', () => {
    const world = made();
    world.activate(web);
    const plan = world.counted(web);
    expect(machineEventsOf(plan, IDS)).toEqual([]);
    expect(reservationOf(plan, IDS)?.machine.id).toBe(world.machines()[0]?.id);
  });

  test('a renamed machine: the rename first', () => {
    const world = made();
    world.activate(web);
    const events = machineEventsOf(world.counted(hardware('www', web.characteristics)), IDS);
    expect(events).toMatchObject([{ type: 'machine-renamed', machine: { name: 'www' }, from: 'web01' }]);
  });

  test('a replaced machine: the new one is seen, the old one retired for the reason given', () => {
    const world = made();
    world.activate(web);
    const plan = world.counted('web01', { assume: 'new', reason: 'stolen' });
    expect(machineEventsOf(plan, IDS)).toMatchObject([
      { type: 'machine-seen', machine: { id: 'machine-1' } },
      { type: 'machine-retired', machine: { name: 'web01' }, reason: 'stolen', replacedBy: 'machine-1' },
    ]);
  });

  test('a continued activation: nothing', () => {
    const world = made();
    world.reserve(web);
    const plan = world.counted(web);
    expect(reservationOf(plan, IDS)).toBeUndefined();
    expect(machineEventsOf(plan, IDS)).toEqual([]);
  });

  test('no event holds more of a machine than hashes', () => {
    const world = made();
    world.activate(web);
    for (const { text } of world.rows) {
      const { hardware: stored } = JSON.parse(text);
      if (stored)
        for (const hashes of Object.values(stored.characteristics))
          expect(String(hashes)).toMatch(/^[0-9a-f]{5}$/);
    }
    expect(world.rows.filter(({ text }) => text.includes('"characteristics"'))).toHaveLength(2);
  });
});

describe('what `activate` answers', () => {
  const FIELDS = [
    'activationId',
    'productId',
    'keyId',
    'keyLast5',
    'machine',
    'scenario',
    'assumed',
    'reasons',
    'delta',
    'policy',
    'used',
    'pending',
    'allowed',
    'remaining',
    'via',
    'status',
  ];

  test('the fields of the contract, in their order, whatever came of it', () => {
    const world = made();
    expect(Object.keys(activationResult(world.plan(web)))).toEqual(FIELDS);
    world.requiresActivation = 'no';
    expect(Object.keys(activationResult(world.plan(web)))).toEqual(FIELDS);
  });

  test('planned: the numbers after it', () => {
    expect(activationResult(made().plan(web))).toMatchObject({
      activationId: null,
      machine: 'web01',
      delta: 1,
      used: 1,
      pending: 1,
      allowed: 10,
      remaining: 9,
      status: 'planned',
    });
  });

  test('carried out: the numbers as they were stored', () => {
    const numbers = { used: 4, pending: 0, allowed: 10, remaining: 6, unlimited: false };
    const performed = { activationId: 'act-1', status: 'succeeded', numbers } as const;
    expect(activationResult(made().plan(web), performed)).toMatchObject({
      activationId: 'act-1',
      used: 4,
      pending: 0,
      remaining: 6,
      status: 'succeeded',
    });
  });
});

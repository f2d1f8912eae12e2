import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { newHome } from '../helpers/warm.ts';
import { activate, activated, expectSound, importKeys, PRODUCT, settle } from './activate-support.ts';
import { answer, dayFromNow, failure, grid, type Json, madeUpKey, ok } from './support.ts';

/** A profile with two products of one offer, one of which is activated on two machines. */
async function profile() {
  const { home, run } = newHome();
  // What only looks is asked in this process, which is quicker.
  const look = inProcessAt(home);
  await ok(look, ['import', '-'], {
    stdin: grid([
      ['Microsoft Office Professional Plus 2019', 'MAPS - Core', '10 activations', dayFromNow(90)],
      ['Windows Server 2019 CALs', 'MAPS - Core', '10 licenses', dayFromNow(90)],
    ]),
  });
  await importKeys(look, [null]);
  await activated(look, '--machine', 'pc-1');
  await activated(look, '--machine', '<b>pc-2</b>');
  return { home, run, look };
}

test('usage: granted, used, machines and the last activation of each product', async () => {
  const { run } = await profile();
  const rows = await answer<Json[]>(run, ['usage']);
  expect(rows).toMatchObject([
    {
      productId: PRODUCT,
      granted: 10,
      unit: 'activations',
      allowed: 10,
      used: 2,
      remaining: 8,
      machines: 2,
      keys: 1,
    },
    {
      productId: 'ws-cal-2019',
      granted: 10,
      unit: 'licences',
      unlimited: true,
      used: 0,
      machines: 0,
      allowed: null,
    },
  ]);
  expect(rows[0]?.['lastActivation']).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(rows[1]?.['lastActivation']).toBeNull();
});

test('an activation that failed is no last activation of its product, nor of its machine', async () => {
  const { look } = await profile();
  await ok(look, ['offer', 'set', 'action-pack:core', '--purchased', dayFromNow(-380)]);
  const lastOf = async () => {
    const [row] = await answer<Json[]>(look, ['usage', PRODUCT]);
    const lapsing = await answer<Json[]>(look, ['usage', '--lapsing', '30']);
    return [row?.['lastActivation'], lapsing.map(({ machine, lastActivation }) => [machine, lastActivation])];
  };
  const before = await lastOf();
  const failedOn = async (machine: string, assumed: string) => {
    const activation = await activate(look, '--machine', machine, '--assume', assumed, '--reason', 'rebuilt');
    expect((await lastOf())[0]).toBe(
      (await answer(look, ['activations', 'show', String(activation['activationId'])]))['at'],
    );
    await settle(look, activation, '--failed', '0xC004C008');
  };
  await failedOn('pc-3', 'new');
  await failedOn('pc-1', 'changed');
  expect(await lastOf()).toEqual(before);
});

test('usage --lapsing: by machine what has to be uninstalled, without retired machines', async () => {
  const { look } = await profile();
  expect(await answer(look, ['usage', '--lapsing', '3650'])).toEqual([]);
  await ok(look, ['offer', 'set', 'action-pack:core', '--purchased', dayFromNow(-380)]);
  const rows = await answer<Json[]>(look, ['usage', '--lapsing', '30']);
  expect(rows.map(({ machine }) => machine).sort()).toEqual(['<b>pc-2</b>', 'pc-1']);
  expect(rows[0]).toMatchObject({ productId: PRODUCT, lapsesOn: dayFromNow(15) });
  expect(await answer(look, ['usage', '--lapsing', '14'])).toEqual([]);
  expect(await answer(look, ['usage', 'ws-cal-2019', '--lapsing', '30'])).toEqual([]);
  await ok(look, ['machines', 'retire', 'pc-1', '--reason', 'scrapped']);
  expect(await answer<Json[]>(look, ['usage', '--lapsing', '30'])).toHaveLength(1);
});

test('a product lapses with the last of its grants, and nobody knows when if the end of one is unknown', async () => {
  const { look } = await profile();
  const lapsesOn = async () => (await answer<Json[]>(look, ['usage', PRODUCT]))[0]?.['lapsesOn'];
  await ok(look, ['offer', 'set', 'action-pack:core', '--purchased', dayFromNow(-380)]);
  expect(await lapsesOn()).toBe(dayFromNow(15));
  await ok(look, ['import', '-'], {
    stdin: grid([
      [
        'Microsoft Office Professional Plus 2019',
        'Solutions Partner - Core',
        '5 activations',
        dayFromNow(90),
      ],
    ]),
  });
  expect(await lapsesOn()).toBeNull();
  expect(await answer(look, ['usage', '--lapsing', '30'])).toEqual([]);
  await ok(look, ['offer', 'set', 'solutions-partner:core', '--purchased', dayFromNow(-375)]);
  expect(await lapsesOn()).toBe(dayFromNow(20));
  expect(await answer<Json[]>(look, ['usage', '--lapsing', '30'])).toMatchObject([
    { lapsesOn: dayFromNow(20) },
    { lapsesOn: dayFromNow(20) },
  ]);
});

test('usage --lapsing: of a key that two products share, only the product that a machine has', async () => {
  const { look } = await profile();
  const visio = 'visio-pro-2019';
  await ok(look, ['import', '-'], {
    stdin: grid([['Visio Professional 2019', 'Solutions Partner - Core', '10 activations', dayFromNow(90)]]),
  });
  await ok(look, ['import', 'key', visio, '--type', 'mak'], { stdin: `${madeUpKey(0)}\n` });
  await ok(look, ['offer', 'set', 'solutions-partner:core', '--purchased', dayFromNow(-380)]);
  expect(await answer(look, ['usage', '--lapsing', '30'])).toEqual([]);
  const activate = ['activate', visio, '--via', 'manual', '--yes', '--machine', 'pc-3'];
  await ok(look, activate);
  expect(await answer(look, ['usage', '--lapsing', '30'])).toMatchObject([
    { machine: 'pc-3', productId: visio },
  ]);
});

test('usage --html: a page for its owner alone, with the head that can be checked later', async () => {
  const { home, run, look } = await profile();
  const file = join(home, 'use.html');
  const wrote = await answer(run, ['usage', '--html', file]);
  expect(Object.keys(wrote)).toEqual(['file', 'head']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const html = readFileSync(file, 'utf8');
  expect(html).toContain(String(wrote['head']));
  expect(html).toContain('&lt;b&gt;pc-2&lt;/b&gt;');
  expect(html).not.toMatch(/https?:|<b>pc-2/);
  await activated(look, '--machine', 'pc-3');
  expect(await answer(look, ['activations', 'verify', '--against', String(wrote['head'])])).toMatchObject({
    ok: true,
  });
  await expectSound(look);
});

test('usage --html of one product is about that one', async () => {
  const { home, look } = await profile();
  const file = join(home, 'use.html');
  await answer(look, ['usage', 'ws-cal-2019', '--html', file]);
  const html = readFileSync(file, 'utf8');
  expect(html).toContain('only <strong>Windows Server 2019 CALs</strong>');
  expect(html).not.toContain('pc-1');
});

test('usage --html shows what was changed by hand, and why', async () => {
  const { home, run, look } = await profile();
  const file = join(home, 'use.html');
  const why = ['--reason', 'the portal says so <i>'];
  await ok(look, ['activations', 'adjust', PRODUCT, '--used', '4', '--allowed', '9', ...why]);
  await answer(run, ['usage', '--html', file]);
  const html = readFileSync(file, 'utf8');
  expect(html).toMatch(/used set from \d+ to 4/);
  expect(html).toMatch(/allowance set from (\d+|unknown) to 9/);
  expect(html).toContain('the portal says so &lt;i&gt;');
  await answer(look, ['usage', 'ws-cal-2019', '--html', file, '--yes']);
  expect(readFileSync(file, 'utf8')).not.toContain('the portal says so');
});

test('a page that is there already is replaced only after a yes', async () => {
  const { home, look } = await profile();
  const file = join(home, 'use.html');
  writeFileSync(file, 'mine');
  expect((await failure(look, ['usage', '--html', file], 2)).code).toBe('CONFIRMATION_REQUIRED');
  expect(readFileSync(file, 'utf8')).toBe('mine');
  await ok(look, ['usage', '--html', file, '--yes']);
  expect(readFileSync(file, 'utf8')).toContain('<!doctype html>');
});

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, type Json, ok, write } from './support.ts';

const SANDBOX = ['-p', 'sandbox'] as const;
const NO_HOME = { env: { MPN_BENEFITS_HOME: '/proc/self/nothing' } };

describe('a product that is named in a sentence', () => {
  test.each([
    ["Windows 11 Enterprise LTSC 2024 isn't activated", 'Windows 11 Enterprise LTSC 2024', 'not-activated'],
    [
      'visio professional 2019, microsoft: notification mode',
      'Microsoft Visio Professional 2019',
      'grace-expired',
    ],
    ['What about SQL Server 2022 Standard?', 'SQL Server 2022 Standard', 'not-activated'],
    ['Visio Professional 2019 says 0xC004C020', 'Microsoft Visio Professional 2019', 'limit-reached'],
  ])('of the profile: %s', async (text, product, scenario) => {
    const { run } = newHome();
    expect(await answer(run, ['troubleshoot', text, ...SANDBOX])).toMatchObject({
      scenario,
      context: { product: expect.stringContaining(product.replace('Microsoft ', '')) },
    });
  });

  test('of the catalogue, where the profile has nothing or cannot be read', async () => {
    const { run } = newHome();
    const asked = ['troubleshoot', 'Exchange Server 2019 Standard is unlicensed'];
    for (const options of [{}, NO_HOME]) {
      expect(await answer(run, asked, options)).toMatchObject({
        scenario: 'not-activated',
        context: { product: expect.stringContaining('Exchange Server') },
      });
    }
  });

  test('its numbers are shown, and commands name it', async () => {
    const { run } = newHome();
    const { stdout } = await ok(run, ['troubleshoot', 'Visio Professional 2019: 0xC004C020', ...SANDBOX]);
    expect(stdout).toMatch(/Key …[A-Z0-9]{5}: 1 of 1 used by the ledger/);
    expect(stdout).toContain('mpn-benefits activate visio-pro-2019 --key');
    expect(stdout).not.toContain('<product>');
  });

  test.each([
    ['access was denied by a project in the office', 'names of one word are words'],
    ['hello there', 'nothing at all'],
    ['Windows 11 Enterprise LTSC', 'a part of a name'],
  ])('%s: %s', async (text) => {
    const { run } = newHome();
    expect(await failure(run, ['troubleshoot', text, ...SANDBOX], 3)).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a walkthrough begins with it', async () => {
    const { run } = newHome();
    const text = 'Visio Professional 2019 says 0xC004C020';
    const done = await run(['troubleshoot', text, '--checks', 'disk-space', '-o', 'json', ...SANDBOX]);
    expect(done.code).toBe(2);
    expect(done.error().details['evidence']).toContainEqual(expect.stringMatching(/^Key …/));
  });
});

describe('what a mistake most likely is', () => {
  test('a folder is said to be one', async () => {
    const { home, run } = newHome();
    mkdirSync(join(home, 'logs'));
    expect((await failure(run, ['troubleshoot', join(home, 'logs')], 3)).message).toContain('is a folder');
  });

  test('a code, a file or a sentence behind --checks', async () => {
    const { run } = newHome();
    for (const text of ['0xC004C020', './setup.log', 'Windows is not activated'])
      expect((await failure(run, ['troubleshoot', '--checks', 'clock', text], 3)).hint).toMatch(
        /stands before --checks/,
      );
    expect((await failure(run, ['troubleshoot', '--checks', 'clok'], 3)).hint).toContain('--list');
  });
});

test('sources are documents that somebody can look for; JSON has them as they are', async () => {
  const { run } = newHome();
  for (const scenario of ['limit-reached', 'cal-no-information', 'key-blocked']) {
    const asked = ['troubleshoot', '--scenario', scenario];
    const { stdout } = await ok(run, asked);
    expect(stdout).not.toMatch(/\b[ST]\d{1,2}\b/);
    const { source } = await answer<{ source: string }>(run, asked);
    expect(source).toMatch(/\b[ST]\d{1,2}\b/);
  }
  expect((await ok(run, ['troubleshoot', '--scenario', 'limit-reached'])).stdout).toMatch(
    /Source\n +Partner Center documentation, software benefits; /,
  );
});

describe('--transcript', () => {
  test.each([[['0xC004C020']], [['--scenario', 'limit-reached']], [['-']]])(
    'with %j the answer is printed as without it, and stands in the file',
    async (begin) => {
      const { home, run } = newHome();
      const stdin = { stdin: 'it failed with 0xC004C020\n' };
      const plain = await ok(run, ['troubleshoot', ...begin], stdin);
      const file = join(home, 'request.md');
      const done = await ok(run, ['troubleshoot', ...begin, '--transcript', file], stdin);
      expect(done.stdout).toBe(plain.stdout);
      const request = readFileSync(file, 'utf8');
      expect(request).toContain('## What it means');
      expect(request).toContain('## Likely causes\n\n- ');
      expect(request).toContain('## What helps, from cheap to costly\n\n- ');
    },
  );

  test('with nothing to write about it is a walkthrough: what would be asked, and no file', async () => {
    const { home, run } = newHome();
    const file = join(home, 'request.md');
    expect(await failure(run, ['troubleshoot', '--transcript', file], 2)).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      details: { step: 'symptom' },
    });
    expect(existsSync(file)).toBe(false);
  });
});

describe('a walkthrough without a ledger', () => {
  test('a home that cannot be used: it goes on, and says what it does without', async () => {
    const { run } = newHome();
    const asked = ['troubleshoot', '--answer', 'symptom=limit', ...SANDBOX];
    const done = await run(asked, NO_HOME);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain('goes on without the ledger');
    expect(done.stderr).toContain('cannot be resumed later');
    expect(done.stderr).toContain('What kind of key is it?');
  });

  test('a database that is damaged', async () => {
    const { home, run } = newHome();
    await ok(run, ['profile', 'add', 'default']);
    write(join(home, 'profiles/default'), 'benefits.db', 'no database, but as long as one'.repeat(99));
    const done = await run(['troubleshoot', '0xC004C020', '--answer', 'limit-reached.key-kind=mak']);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain('goes on without the ledger');
    expect(done.stderr).not.toContain('holds no key of this product');
  });

  test('a profile that there is not is a mistake all the same', async () => {
    const { run } = newHome();
    await failure(run, ['troubleshoot', '--answer', 'symptom=limit', '-p', 'gone'], 3);
  });
});

test('saved walkthroughs are listed, and named where an id is wrong', async () => {
  const { run } = newHome();
  await run(['troubleshoot', '0xC004C020', '--answer', 'limit-reached.key-kind=mak']);
  const { walks } = await answer<{ walks: Json[] }>(run, ['troubleshoot', '--list']);
  expect(walks).toEqual([
    {
      id: expect.stringMatching(/^[a-z0-9]{6}$/),
      updatedAt: expect.any(String),
      product: null,
      codes: ['0xC004C020'],
      answers: 1,
      ended: false,
    },
  ]);
  const id = String(walks[0]?.['id']);
  expect((await ok(run, ['troubleshoot', '--list'])).stdout).toMatch(
    new RegExp(`Saved walkthroughs \\(--resume\\)\n  - ${id}: .*; 0xC004C020; 1 answer`),
  );
  expect((await failure(run, ['troubleshoot', '--resume', 'wrong'], 3)).hint).toContain(`Saved: ${id}.`);
});

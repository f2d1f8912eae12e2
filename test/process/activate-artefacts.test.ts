import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { newHome } from '../helpers/warm.ts';
import { expectSound, LAST5, numbers } from './activate-support.ts';
import { answer, failure, type Json, madeUpKey } from './support.ts';

const WAYS = [
  ['script', 'windows-pro', 'a.ps1'],
  ['unattend', 'windows-pro', 'a.xml'],
  ['office-deployment', 'office-proplus-2019', 'a.xml'],
] as const;
const KEY = madeUpKey(0);

async function profile(product: string) {
  const { home, run } = newHome();
  // What only looks is asked in this process, which is quicker.
  const look = inProcessAt(home);
  const { code } = await look(['import', 'key', product, '--type', 'mak', '--allowed', '5'], {
    stdin: `${KEY}\n`,
  });
  expect(code).toBe(0);
  return { home, run, look };
}

const command = (way: string, product: string, file: string, ...more: readonly string[]): string[] => [
  'activate',
  product,
  ...['--via', way, '--machine', 'pc-1', '--out-file', file],
  ...more,
];

test.each(WAYS)(
  '%s: a file for its owner alone, recorded as a reveal, and never replaced unasked',
  async (way, product, name) => {
    const { home, run, look } = await profile(product);
    const file = join(home, name);
    const done = await run([...command(way, product, file, '--yes'), '-o', 'json']);
    expect(done.code, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({ status: 'pending', via: way, used: 1, pending: 1 });
    expect(done.stdout + done.stderr).not.toContain(KEY);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(KEY);
    expect(text).toContain(String((done.json() as Json)['activationId']));
    expect(readdirSync(home).filter((entry) => entry.endsWith('.tmp'))).toEqual([]);
    const [reveal] = await answer<Json[]>(look, ['key', '--history']);
    expect(reveal).toMatchObject({ last5: LAST5(0), productId: product, way, target: `pc-1, ${file}` });

    const again = await look([...command(way, product, file), '-o', 'json']);
    expect([again.code, again.error().code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    expect(again.error().hint).toContain('--yes');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(await answer<Json[]>(look, ['key', '--history'])).toHaveLength(1);
    await expectSound(look);
  },
);

test.each(WAYS)('%s: `-` is standard output, and nothing else goes there', async (way, product) => {
  const { home, run, look } = await profile(product);
  const done = await run(command(way, product, '-', '--yes'));
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain(KEY);
  expect(done.stderr).not.toContain(KEY);
  expect(existsSync(join(home, '-'))).toBe(false);
  expect(done.stdout).not.toContain('Scenario');
  const [reveal] = await answer<Json[]>(look, ['key', '--history']);
  expect(reveal).toMatchObject({ way, target: 'pc-1, -' });
  expect(await numbers(look, product)).toMatchObject({ used: 1, pending: 1 });
});

test.each<[string, (home: string) => string, number]>([
  ['a folder that is not there', (home) => join(home, 'none', 'a.ps1'), 2],
  ['a folder in place of a file', (home) => join(home, 'folder'), 2],
  [
    'a link',
    (home) => {
      symlinkSync(join(home, 'elsewhere'), join(home, 'a.ps1'));
      return join(home, 'a.ps1');
    },
    6,
  ],
])('%s: found before anything is counted or revealed', async (_, make, exitCode) => {
  const { home, look } = await profile('windows-pro');
  mkdirSync(join(home, 'folder'));
  await failure(look, command('script', 'windows-pro', make(home), '--yes'), exitCode);
  expect(await numbers(look, 'windows-pro')).toMatchObject({ used: 0 });
  expect(await answer(look, ['key', '--history'])).toEqual([]);
  expect(await answer(look, ['activations', 'list'])).toEqual([]);
  expect(existsSync(join(home, 'elsewhere'))).toBe(false);
});

test('a file that cannot be written after all: the reservation is given back and nothing is left', async () => {
  const { home, look } = await profile('windows-pro');
  const file = join('/proc/self/fdinfo', 'a.ps1');
  const error = await failure(look, command('script', 'windows-pro', file, '--yes'), 6);
  expect(error.code).toBe('STORAGE_UNAVAILABLE');
  expect(await numbers(look, 'windows-pro')).toMatchObject({ used: 0, pending: 0, remaining: 5 });
  const [activation] = await answer<Json[]>(look, ['activations', 'list']);
  expect(activation).toMatchObject({ status: 'failed', delta: 0, reason: 'the file was not written' });
  expect(await answer<Json[]>(look, ['key', '--history'])).toHaveLength(1);
  expect(readdirSync(home).filter((entry) => entry.includes('.tmp'))).toEqual([]);
  await expectSound(look);
});

test('a file that cannot be written for what is pending already leaves that pending', async () => {
  const { home, look } = await profile('windows-pro');
  await answer(look, command('script', 'windows-pro', join(home, 'a.ps1'), '--yes'));
  await failure(look, command('script', 'windows-pro', '/proc/self/fdinfo/a.ps1', '--yes'), 6);
  const [activation] = await answer<Json[]>(look, ['activations', 'list']);
  expect(activation).toMatchObject({ status: 'pending', delta: 1 });
});

test.each([
  [['--via', 'script', '--machine', 'pc-1'], '--out-file'],
  [['--via', 'manual', '--machine', 'pc-1', '--out-file', 'x'], '--out-file'],
  [['--via', 'script', '--machine', 'pc-1', '--out-file', 'x', '--image-key'], '--image-key'],
  [['--via', 'office-deployment', '--machine', 'pc-1', '--out-file', 'x'], '--via'],
  [['--via', 'windows', '--machine', 'pc-1'], '--via'],
  [['--machine', 'pc-1'], '--via'],
])('%j does not fit: exit 2, and nothing is counted', async (more, named) => {
  const { look } = await profile('windows-pro');
  const error = await failure(look, ['activate', 'windows-pro', '--yes', ...more], 2);
  expect(`${error.message} ${error.hint}`).toContain(named);
  expect(await numbers(look, 'windows-pro')).toMatchObject({ used: 0 });
});

test('without a vault key an artefact is refused before it is counted; by hand no key is needed', async () => {
  const { home, look } = await profile('windows-pro');
  const env = { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') };
  const refused = await look(command('script', 'windows-pro', join(home, 'a.ps1'), '--yes'), { env });
  expect(refused.code).toBe(7);
  expect(existsSync(join(home, 'a.ps1'))).toBe(false);
  expect(await numbers(look, 'windows-pro')).toMatchObject({ used: 0 });
  const byHand = await look(['activate', 'windows-pro', '--via', 'manual', '--machine', 'pc-1', '--yes'], {
    env,
  });
  expect(byHand.code).toBe(0);
});

test('a file of a result can be anywhere, the name with blanks and umlauts too', async () => {
  const { home, look } = await profile('windows-pro');
  const file = join(home, 'Rechner für Anna.ps1');
  await answer(look, command('script', 'windows-pro', file, '--yes'));
  expect(readFileSync(file, 'utf8')).toContain(KEY);
});

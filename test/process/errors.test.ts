import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, filesIn, fixture, ok, write } from './support.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

describe('exit 2: commands, options and values that there are not', () => {
  const CASES: readonly (readonly [args: string, hint: RegExp])[] = [
    ['lst', /Did you mean list\?/],
    ['improt x.csv', /Did you mean import\?/],
    ['profile lst', /Did you mean list\?/],
    ['settle a-1', /^Did you mean activations settle\?$/],
    ['export', /^Did you mean activations export or profile export\?$/],
    ['list --exipring 3', /Did you mean --expiring\?/],
    ['list --outptu json', /Did you mean --output\?/],
    ['import x --fromat csv', /Did you mean --format\?/],
    ['key office --mni-remaining 1', /Did you mean --min-remaining\?/],
    ['config get outptu', /output/],
    ['frobnicate', /mpn-benefits --help/],
    ['list --kind nonsense', /./],
    ['list --state nonsense', /./],
    ['list --expiring soon', /./],
    ['list --expiring -1', /./],
    ['list --limit 1.5', /./],
    ['list a b', /quotation marks/],
    ['list --limit 0', /./],
    ['import', /mpn-benefits import -/],
    ['import nowhere.csv', /./],
    ['import x --format nonsense', /./],
    ['import x --date-format nonsense', /./],
    ['import x --map nonsense', /./],
    ['import x --map a=nonsense', /./],
    ['import x --offer nonsense', /./],
    ['import key office-proplus-2019 --type nonsense', /./],
    ['offer set nonsense --policy documented', /./],
    ['offer set action-pack', /--purchased/],
    ['offer set action-pack --purchased 2024-02-30', /./],
    ['offer set action-pack --policy nonsense', /./],
    ['config set output nonsense', /table, json, jsonl, csv or yaml/],
    ['config set nonsense x', /output, profile, policy, locale/],
    ['config get nonsense', /output, profile, policy, locale/],
    ['config unset nonsense', /output, profile, policy, locale/],
    ['profile add Nonsense!', /small letters/],
    ['profile add sandbox', /./],
    ['profile remove sandbox', /profile reset sandbox/],
    ['profile reset default', /profile remove default/],
    ['list -p ../../etc', /name of a profile/],
    ['key', /mpn-benefits key/],
    ['key office --mark blocked', /--key/],
    ['key office --mark blocked --key 6789B', /--reason/],
    ['key office --copy --out-file x', /./],
    ['key office --limit 3', /./],
    ['list --locale nonsense!', /./],
    ['show', /mpn-benefits help show$/],
    ['activations adjust', /mpn-benefits help activations adjust$/],
    ['activations undo', /mpn-benefits help activations$/],
    ['run --env K=office-2019 install.sh', /mpn-benefits help run$/],
    ['import /', /Check the name/],
    ['usage --html --yes', /mpn-benefits help usage$/],
    ['activate office --machine -yes1 --via manual', /mpn-benefits help activate$/],
    ['key office --purpose -yes', /mpn-benefits help key$/],
    ['list --sort -quantity', /mpn-benefits help list$/],
    ['list --query -y', /mpn-benefits help list$/],
    ['-p -y list', /mpn-benefits help list$/],
    ['activations settle a-1 --failed --succeeded', /mpn-benefits help activations settle$/],
    ['activations settle a-1', /settle a-1 --succeeded/],
    ['troubleshoot --answers /', /symptom/],
  ];
  test.each(CASES)('%s', async (line, hint) => {
    const { home, run } = newHome();
    const error = await failure(run, line.split(' '), 2);
    expect(error.code).toBe('USAGE');
    expect(error.hint ?? error.message).toMatch(hint);
    expect(filesIn(home)).toEqual([]);
  });

  test('the same for people: error and hint on stderr, stdout empty', async () => {
    const { run } = newHome();
    const done = await run(['lst']);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toBe("error: Unknown command 'lst'.\nhint: Did you mean list?\n");
  });

  test('the format of the answer, wherever it is chosen', async () => {
    const { home, run } = newHome();
    expect((await run(['list', '-o', 'xml'])).code).toBe(2);
    expect((await run(['list'], { env: { MPN_BENEFITS_OUTPUT: 'xml' } })).code).toBe(2);
    expect((await run(['list'], { env: { MPN_BENEFITS_PROFILE: 'No Name' } })).code).toBe(2);
    expect(filesIn(home)).toEqual([]);
  });

  test('an address of the service that got lost: nothing is counted on this machine instead', async () => {
    const { home, run } = newHome();
    const env = { MPN_BENEFITS_SERVICE_URL: '' };
    expect((await failure(run, ['list'], 2, { env })).message).toContain('MPN_BENEFITS_SERVICE_URL');
    expect(filesIn(home)).toEqual([]);
    await ok(run, ['list', '-p', 'sandbox'], { env });
    const { stderr } = await ok(run, ['list'], { env: { MPN_BENEFITS_TOKEN: 'not-to-be-seen' } });
    expect(stderr).toMatch(/^warning: .*MPN_BENEFITS_SERVICE_URL is not.*profile default/);
  });

  test('a vault key that is no base64 of 32 bytes, as soon as it is needed and not before', async () => {
    const { run } = newHome();
    const env = { MPN_BENEFITS_VAULT_KEY: 'too short' };
    await ok(run, ['import', fixture('portal-grid.tsv')], { env });
    const error = await failure(run, ['import', fixture('keysexport-2018.xml')], 2, { env });
    expect(error.code).toBe('USAGE');
    expect(JSON.stringify(error)).not.toContain('too short');
  });

  test('CONFIRMATION_REQUIRED: a question that nobody can answer names the flag and does nothing', async () => {
    const { run } = newHome();
    await ok(run, ['profile', 'add', 'second']);
    for (const more of [[], ['--no-input']]) {
      const error = await failure(run, ['profile', 'remove', 'second', ...more], 2);
      expect(error).toMatchObject({ code: 'CONFIRMATION_REQUIRED', details: { flag: '--yes' } });
      expect(error.message).toContain('--yes');
    }
    expect(await answer(run, ['profile', 'list'])).toHaveLength(2);
    await ok(run, ['profile', 'remove', 'second', '--yes']);
    expect(await answer(run, ['profile', 'list'])).toHaveLength(1);
  });
});

describe('exit 3: what is not there, or could be several', () => {
  test('a product nobody knows, with the nearest', async () => {
    const { run } = newHome();
    const error = await failure(run, ['show', 'Ofice Profesional Plus 2019'], 3);
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      details: { candidates: expect.arrayContaining(['office-proplus-2019']) },
    });
    expect((await failure(run, ['show', 'zzzzzzzz'], 3)).hint).toContain('mpn-benefits list');
  });

  test('an ambiguous name, with the candidates', async () => {
    const { run } = newHome();
    const error = await failure(run, ['show', 'windows server'], 3);
    expect(error.code).toBe('AMBIGUOUS');
    expect((error.details['candidates'] as string[]).length).toBeGreaterThan(1);
  });

  test('a profile, a key, an import', async () => {
    const { run } = newHome();
    expect(await failure(run, ['list', '-p', 'nowhere'], 3)).toMatchObject({
      code: 'NOT_FOUND',
      details: { profile: 'nowhere', profiles: ['sandbox'] },
    });
    expect(await failure(run, ['profile', 'use', 'nowhere'], 3)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await failure(run, ['profile', 'remove', 'nowhere', '--yes'], 3)).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await failure(run, ['config', 'set', 'profile', 'nowhere'], 3)).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await failure(run, ['key', 'office-proplus-2019'], 3)).toMatchObject({ code: 'NOT_FOUND' });
    expect(
      await failure(run, ['key', 'office-proplus-2019', '-p', 'sandbox', '--key', 'ZZZZZ'], 3),
    ).toMatchObject({ code: 'NOT_FOUND' });
    expect(await failure(run, ['import', 'undo', 'i7'], 3)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the other exit codes', () => {
  test('5: fewer activations remain than were asked for', async () => {
    const { run } = newHome();
    await ok(run, ['import', 'key', 'office-proplus-2019', '--type', 'mak', '--allowed', '5'], {
      stdin: KEY,
    });
    await ok(run, ['key', 'office-proplus-2019', '--min-remaining', '5']);
    const error = await failure(run, ['key', 'office-proplus-2019', '--min-remaining', '6'], 5);
    expect(error).toMatchObject({ code: 'ACTIVATION_LIMIT_REACHED', details: { remaining: 5, demanded: 6 } });
  });

  test('6: a folder stands where the database belongs', async () => {
    const { home, run } = newHome();
    mkdirSync(join(home, 'profiles/default/benefits.db'), { recursive: true });
    expect(await failure(run, ['list'], 6)).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await failure(run, ['import', fixture('portal-grid.tsv')], 6)).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
  });

  test('7: the vault key is another one; nothing new is stored', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('inventory.csv')]);
    const env = { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') };
    expect(await failure(run, ['key', 'Windows 11 Pro'], 7, { env })).toMatchObject({
      code: 'VAULT_KEY_WRONG',
    });
    expect(await failure(run, ['import', fixture('keysexport-2018.xml')], 7, { env })).toMatchObject({
      code: 'VAULT_KEY_WRONG',
    });
    expect(await answer(run, ['import', 'list'])).toHaveLength(1);
    expect(await answer(run, ['key', '--history'])).toEqual([]);
    await ok(run, ['key', 'Windows 11 Pro']);
  });

  test('8: a configuration that cannot be understood is named and left alone', async () => {
    for (const content of [
      'garbage',
      '[',
      '"text"',
      '{"output": 7}',
      '{"output": "xml"}',
      '{"profile": "../x"}',
    ]) {
      const { home, run } = newHome();
      const file = write(home, 'config.json', content);
      const error = await failure(run, ['list'], 8);
      expect(error).toMatchObject({ code: 'INVALID_DATA', details: { file } });
      expect(await failure(run, ['config', 'set', 'output', 'json'], 8)).toMatchObject({
        code: 'INVALID_DATA',
      });
      expect(filesIn(home)).toEqual(['config.json']);
    }
  });

  test('9: doctor found something; its report is on stdout all the same', async () => {
    const { home, run } = newHome();
    await ok(run, ['profile', 'add', 'default']);
    chmodSync(join(home, 'profiles/default'), 0o755);
    const done = await run(['doctor', '-o', 'json']);
    expect(done.code).toBe(9);
    expect(done.json()).toMatchObject({ ok: false });
    expect(done.error()).toMatchObject({ code: 'CHECK_FAILED', details: { failed: ['folders'] } });
  });
});

describe('warnings', () => {
  test('with -o json they come with the error, as a list, and never twice', async () => {
    const { run } = newHome();
    const stdin =
      'Product,Key,Type,Quantity\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789B,Strange type,\nContoso,,,many\n';
    const done = await run(['import', '-', '-o', 'json'], { stdin });
    expect(done.code).toBe(8);
    expect(JSON.parse(done.stderr)).toMatchObject({ warnings: [expect.stringContaining('Strange type')] });
    expect(done.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a command that succeeds prints them on stderr, also with -o json, and --quiet keeps them', async () => {
    const { run } = newHome();
    const stdin = 'Product,Key,Type\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789B,Strange type\n';
    const done = await ok(run, ['import', '-', '-o', 'json', '--quiet'], { stdin });
    expect(done.stderr).toMatch(/^warning: .*Strange type/);
    expect(done.json()).toMatchObject({ id: 'i1' });
  });
});

test('--debug begins with what a bug report needs: versions, settings, the profile; of variables the names only', async () => {
  const { home, run } = newHome();
  const { stderr } = await ok(run, ['list', '-p', 'sandbox', '--debug'], {
    env: { MPN_BENEFITS_TOKEN: 'not-to-be-seen' },
  });
  const [program, settings, profile] = stderr.split('\n');
  expect(program).toMatch(/^debug: mpn-benefits \d+\.\d+\.\d+, Node \d+\.\d+\.\d+, \w+$/);
  expect(settings).toMatch(/config\.json; from the environment: .*MPN_BENEFITS_HOME.*MPN_BENEFITS_TOKEN/);
  expect(profile).toBe(`debug: profile sandbox, sandbox, in ${join(home, 'profiles', 'sandbox')}`);
  expect(stderr).not.toContain('not-to-be-seen');
});

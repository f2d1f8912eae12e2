import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import {
  accessLog,
  expectNoKey,
  keyHome,
  LAST,
  OFFICE,
  OFFICE_KEY,
  SERVER,
  SERVER_KEY,
  SERVER_KEY_2,
  storeKey,
} from './key-world.ts';
import { answer, dayFromNow, failure, filesIn, grid, type Json, ok, withinOneDay, write } from './support.ts';

describe('key prints', () => {
  test('the key and a newline, and nothing on stderr', async () => {
    const { run } = await keyHome();
    const { stdout, stderr } = await ok(run, ['key', OFFICE]);
    expect([stdout, stderr]).toEqual([`${OFFICE_KEY}\n`, '']);
  });

  test('nothing behind the last character with --no-newline', async () => {
    const { run } = await keyHome();
    expect((await ok(run, ['key', OFFICE, '--no-newline'])).stdout).toBe(OFFICE_KEY);
    const json = await ok(run, ['key', OFFICE, '--no-newline', '--format', 'json']);
    expect(json.stdout).toMatch(/\}$/);
  });

  test('the same whatever environment, settings and --query say', async () => {
    const { run } = await keyHome();
    await ok(run, ['config', 'set', 'output', 'json']);
    const ways: [string[], Record<string, string>][] = [
      [['key', OFFICE], {}],
      [['key', OFFICE], { MPN_BENEFITS_OUTPUT: 'json' }],
      [['key', OFFICE], { MPN_BENEFITS_OUTPUT: 'yaml' }],
      [['key', OFFICE, '--query', 'last5'], {}],
      [['key', OFFICE, '-o', 'table'], {}],
      [['key', OFFICE, '--format', 'raw', '-o', 'json'], {}],
    ];
    for (const [args, env] of ways) expect((await ok(run, args, { env })).stdout).toBe(`${OFFICE_KEY}\n`);
  });

  test('an object if -o json or --format json asks for it', async () => {
    const { run } = await keyHome();
    const [listed] = await answer<Json[]>(run, ['key', OFFICE, '--list']);
    const wanted = {
      key: OFFICE_KEY,
      last5: LAST.office,
      keyId: listed?.['id'],
      productId: OFFICE,
      type: 'mak',
    };
    for (const args of [
      ['-o', 'json'],
      ['--format', 'json'],
      ['-o', 'jsonl'],
    ]) {
      const { stdout } = await ok(run, ['key', OFFICE, ...args]);
      expect(JSON.parse(stdout)).toEqual(wanted);
      expect(Object.keys(JSON.parse(stdout))).toEqual(['key', 'last5', 'keyId', 'productId', 'type']);
    }
  });

  test('what --query makes of that object, where it was asked for', async () => {
    const { run } = await keyHome();
    const keyOf = ['key', OFFICE, '--query', '[last5, productId]'];
    for (const args of [
      ['-o', 'json'],
      ['--format', 'json'],
    ]) {
      const { stdout } = await ok(run, [...keyOf, ...args]);
      expect(stdout).toBe(`${JSON.stringify([LAST.office, OFFICE])}\n`);
    }
    expect((await ok(run, ['key', OFFICE, '--format', 'json', '--query', 'key'])).stdout).toBe(
      `"${OFFICE_KEY}"\n`,
    );
  });

  test.each(['csv', 'yaml'])('nothing as %s', async (format) => {
    const { home, run } = await keyHome();
    const done = await run(['key', OFFICE, '-o', format]);
    expect([done.code, done.stdout]).toEqual([2, '']);
    expect(accessLog(home)).toEqual([]);
  });
});

describe('which key', () => {
  test('the one with most remaining, every time, and --verbose says why', async () => {
    const { run } = await keyHome();
    for (let time = 0; time < 3; time += 1) {
      const { stdout, stderr } = await ok(run, ['key', SERVER, '--verbose']);
      expect(stdout).toBe(`${SERVER_KEY_2}\n`);
      expect(stderr).toContain(`taken: key …${LAST.server2}, 20 remaining`);
      expect(stderr).toContain(`not taken: key …${LAST.server}, 10 remaining`);
      expectNoKey(stderr);
    }
  });

  test('named by last five in any case, or by id', async () => {
    const { run } = await keyHome();
    const keys = await answer<Json[]>(run, ['key', SERVER, '--list']);
    const id = String(keys.find(({ last5 }) => last5 === LAST.server)?.['id']);
    for (const name of [LAST.server, LAST.server.toLowerCase(), id]) {
      expect((await ok(run, ['key', SERVER, '--key', name])).stdout).toBe(`${SERVER_KEY}\n`);
    }
  });

  test('named alone, without its product', async () => {
    const { run } = await keyHome();
    const [listed] = await answer<Json[]>(run, ['key', OFFICE, '--list']);
    for (const name of [LAST.office, String(listed?.['id'])])
      expect((await ok(run, ['key', '--key', name])).stdout).toBe(`${OFFICE_KEY}\n`);
    expect(await failure(run, ['key', '--key', 'ZZZZZ'], 3)).toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('key --list'),
    });
    await storeKey(run, SERVER, `BBBBB-${OFFICE_KEY.slice(6)}`);
    const several = await failure(run, ['key', '--key', LAST.office], 3);
    expect(several).toMatchObject({
      code: 'AMBIGUOUS',
      hint: expect.stringContaining(String(listed?.['id'])),
    });
  });

  test('an id in the place of the product is told where it belongs', async () => {
    const { run } = await keyHome();
    expect((await failure(run, ['key', 'k-1234567890'], 3)).hint).toContain('--key k-1234567890');
  });

  test('of a type', async () => {
    const { run } = await keyHome();
    await storeKey(run, SERVER, 'KMPQR-TVWXY-23467-89BCD-FGHJK', ['--type', 'kms-host']);
    expect((await ok(run, ['key', SERVER])).stdout).toBe(`${SERVER_KEY_2}\n`);
    expect((await ok(run, ['key', SERVER, '--type', 'kms-host'])).stdout).toMatch(/FGHJK\n$/);
    const none = await failure(run, ['key', SERVER, '--type', 'retail'], 3);
    expect(none.message).toMatch(/^No retail key of this product is given out by itself/);
  });

  test('not one that is marked, unless it is named', async () => {
    const { run } = await keyHome();
    const mark = ['key', SERVER, '--key', LAST.server2, '--mark'];
    const view = await answer(run, [...mark, 'blocked', '--reason', 'it leaked']);
    expect(view).toMatchObject({ last5: LAST.server2, state: 'blocked' });
    expect((await ok(run, ['key', SERVER])).stdout).toBe(`${SERVER_KEY}\n`);
    const marked = await ok(run, ['key', SERVER, '--key', LAST.server2]);
    expect(marked.stdout).toBe(`${SERVER_KEY_2}\n`);
    expect(marked.stderr).toBe(`warning: Key …${LAST.server2} is marked blocked: it leaked.\n`);
    await ok(run, [...mark, 'active', '--reason', 'a false alarm']);
    expect((await ok(run, ['key', SERVER])).stdout).toBe(`${SERVER_KEY_2}\n`);
  });

  test.each([
    ['neither key', ['key', SERVER, '--mark', 'retired', '--reason', 'old'], '--mark needs a key'],
    ['nor reason', ['key', SERVER, '--key', LAST.server, '--mark', 'retired'], '--mark needs a reason'],
  ])('a mark without %s is refused', async (_, args, message) => {
    const { run } = await keyHome();
    expect((await failure(run, args, 2)).message).toContain(message);
  });

  test('none with that name: exit 3, and what there is', async () => {
    const { home, run } = await keyHome();
    const error = await failure(run, ['key', SERVER, '--key', 'ZZZZZ'], 3);
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      details: { keys: expect.arrayContaining([LAST.server]) },
    });
    expect(accessLog(home)).toEqual([]);
  });

  test('--min-remaining is looked at before anything is revealed', async () => {
    const { home, run } = await keyHome();
    expect((await ok(run, ['key', OFFICE, '--min-remaining', '50'])).stdout).toBe(`${OFFICE_KEY}\n`);
    const error = await failure(run, ['key', OFFICE, '--min-remaining', '51'], 5);
    expect(error).toMatchObject({
      code: 'ACTIVATION_LIMIT_REACHED',
      details: { keyLast5: LAST.office, remaining: 50, demanded: 51 },
    });
    expect(accessLog(home)).toHaveLength(1);
  });

  test('one that is used up is given with a warning', async () => {
    const { run } = await keyHome();
    await ok(run, ['activations', 'adjust', OFFICE, '--used', '50', '--reason', 'counted']);
    const { stdout, stderr } = await ok(run, ['key', OFFICE]);
    expect(stdout).toBe(`${OFFICE_KEY}\n`);
    expect(stderr).toBe(
      `warning: Key …${LAST.office} has no activation left by this ledger: 50 of 50 used.\n`,
    );
  });

  test('--min-remaining fails where the allowance is unknown, and says how to tell it', async () => {
    const { home, run } = newHome();
    await storeKey(run, OFFICE, OFFICE_KEY, ['--type', 'mak']);
    const error = await failure(run, ['key', OFFICE, '--min-remaining', '1'], 5);
    expect(error.hint).toContain('activations adjust');
    expect(error.details).toMatchObject({ remaining: null });
    expect(accessLog(home)).toEqual([]);
  });
});

describe('no key: exit 3 and the reason that applies', () => {
  test.each([
    ['a CAL has none', 'ws-cal-2019', 'no-key-cal'],
    ['a sign-in unlocks it', 'visual-studio-enterprise', 'no-key-sign-in'],
    ['none was imported', OFFICE, 'no-key-not-imported'],
  ])('%s', async (_, product, reason) => {
    const { home, run } = newHome();
    const error = await failure(run, ['key', product], 3, { env: { MPN_BENEFITS_VAULT_KEY: undefined } });
    expect(error).toMatchObject({ code: 'NOT_FOUND', details: { productId: product, reason } });
    expect(filesIn(home)).toEqual([]);
  });

  test('no such product', async () => {
    const { run } = newHome();
    expect((await failure(run, ['key', 'no such thing'], 3)).code).toBe('NOT_FOUND');
    expect((await failure(run, ['key'], 2)).message).toContain('Which product?');
  });
});

describe('options that do not go together are refused before anything is revealed', () => {
  test.each([
    [['--copy', '--out-file', 'x'], '--copy and --out-file'],
    [['--copy', '--format', 'json'], '--copy copies the key alone'],
    [['--name', 'X'], '--name means nothing'],
    [['--to', 'output'], '--to belongs to'],
    [['--format', 'env', '--to', 'output'], '--to belongs to'],
    [['--format', 'terraform', '--out-file', 'x'], 'read from standard output'],
    [['--format', 'terraform'], 'come in the query'],
    [['--limit', '3'], '--limit belongs to'],
    [['--reason', 'why'], '--reason belongs to'],
    [['--format', 'github', '--no-newline'], 'made of whole lines'],
    [['--format', 'azure-pipelines', '--no-newline'], 'made of whole lines'],
    [['--format', 'env', '--name', '1X'], 'not a name that env takes'],
    [['--format', 'github'], 'GITHUB_ENV'],
    [['--min-remaining', 'many'], 'whole number'],
  ])('%j', async (options, message) => {
    const { home, run } = await keyHome();
    expect((await failure(run, ['key', OFFICE, ...options], 2)).message).toContain(message);
    expect(accessLog(home)).toEqual([]);
    expect(filesIn(home)).toEqual(['profiles/default/benefits.db']);
  });
});

test.each([
  ['--format dotenv', "it's"],
  ['--format github', 'a\u0001b-c'],
  ['-o json --query abs(key)', 'one-of-its-own'],
])('a key that cannot be written as %s is not revealed: nothing is recorded', async (options, key) => {
  const { home, run } = await keyHome();
  await ok(run, ['import', 'key', 'Contoso Activator', '--type', 'custom', '--yes'], { stdin: `${key}\n` });
  const env = { GITHUB_ENV: write(home, 'github.env', '') };
  const done = await run(['key', 'Contoso Activator', '--type', 'custom', ...options.split(' ')], { env });
  expect([2, 8]).toContain(done.code);
  expect(done.stdout + done.stderr).not.toContain(key);
  expect(accessLog(home)).toEqual([]);
});

describe('the access log', () => {
  test('has every field, newest first, whole or of one product, cut by --limit', async () => {
    const { home, run } = await keyHome();
    await ok(run, ['key', OFFICE, '--purpose', 'image 7']);
    await ok(run, ['key', SERVER, '--out-file', join(home, 'server.key')]);
    await ok(run, ['key', OFFICE, '--format', 'env', '--name', 'OFFICE_KEY']);
    const all = await answer<Json[]>(run, ['key', '--history']);
    expect(all.map(({ productId, way, target, purpose }) => [productId, way, target, purpose])).toEqual([
      [OFFICE, 'shown', 'env OFFICE_KEY', null],
      [SERVER, 'written', join(home, 'server.key'), null],
      [OFFICE, 'shown', null, 'image 7'],
    ]);
    const fields = ['id', 'at', 'keyId', 'last5', 'productId', 'actor', 'job', 'purpose', 'way', 'target'];
    for (const row of all) expect(Object.keys(row)).toEqual(fields);
    expect(all[0]).toMatchObject({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      last5: LAST.office,
      actor: expect.any(String),
      job: null,
    });
    expect(await answer(run, ['key', '--history', '--limit', '1'])).toEqual(all.slice(0, 1));
    expect(await answer(run, ['key', OFFICE, '--history'])).toEqual([all[0], all[2]]);
    expect(await answer(run, ['key', '--history', SERVER])).toEqual([all[1]]);
    const table = await ok(run, ['key', '--history']);
    expect(table.stdout).toContain('written: ');
    expectNoKey(table.stdout);
    expectNoKey(JSON.stringify(all));
  });

  test.each([
    [
      'GitHub Actions',
      {
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'contoso/images',
        GITHUB_RUN_ID: '71',
        GITHUB_RUN_ATTEMPT: '2',
        GITHUB_JOB: 'office',
      },
      'github repository=contoso/images run=71 attempt=2 job=office',
    ],
    [
      'Azure Pipelines',
      { TF_BUILD: 'True', SYSTEM_TEAMPROJECT: 'Images', BUILD_BUILDID: '19' },
      'azure-pipelines project=Images build=19',
    ],
    [
      'GitLab',
      { GITLAB_CI: 'true', CI_PROJECT_PATH: 'contoso/images', CI_JOB_ID: '5' },
      'gitlab project=contoso/images job=5',
    ],
    [
      'Jenkins',
      { JENKINS_URL: 'https://user:token@ci.example', JOB_NAME: 'images', BUILD_NUMBER: '8' },
      'jenkins job=images build=8',
    ],
  ])('names the job of %s', async (_, env, job) => {
    const { home, run } = await keyHome();
    await ok(run, ['key', OFFICE], { env });
    expect(accessLog(home)[0]).toMatchObject({ job, way: 'shown' });
  });

  test('names programs and artefacts that a key went into', async () => {
    const { home, run } = await keyHome();
    await ok(run, ['run', '--env', `K=${OFFICE}`, '--', 'true']);
    const machine = ['--machine', 'pc-1', '--assume', 'new', '--reason', 'a test', '--yes'];
    await ok(run, ['activate', OFFICE, ...machine, '--via', 'script', '--out-file', 'a.ps1']);
    expect(readFileSync(join(home, 'a.ps1'), 'utf8')).toContain(OFFICE_KEY);
    expect(accessLog(home)).toMatchObject([
      { way: 'injected', target: 'K', purpose: null },
      { way: 'script', target: 'pc-1, a.ps1', purpose: 'internal' },
    ]);
  });

  test('is in the chain that verify proves, and marks the key as revealed', async () => {
    const { run } = await keyHome();
    expect((await answer<Json[]>(run, ['key', OFFICE, '--list']))[0]).toMatchObject({
      state: 'sealed',
      revealedAt: null,
    });
    await ok(run, ['key', OFFICE]);
    const [event] = await answer<Json[]>(run, ['key', '--history']);
    expect((await answer<Json[]>(run, ['key', OFFICE, '--list']))[0]).toMatchObject({
      state: 'revealed',
      revealedAt: event?.['at'],
    });
    expect(await answer(run, ['activations', 'verify'])).toMatchObject({ ok: true });
  });

  test('neither listing nor history, mark, show or list needs the vault or reveals', async () => {
    const { home, run } = await keyHome();
    const env = { MPN_BENEFITS_VAULT_KEY: undefined };
    for (const args of [
      ['key', '--list'],
      ['key', OFFICE, '--list'],
      ['key', '--history'],
      ['key', OFFICE, '--key', LAST.office, '--mark', 'retired', '--reason', 'old'],
      ['show', OFFICE],
      ['list', '--with-key'],
    ]) {
      const { stdout, stderr } = await ok(run, args, { env });
      expectNoKey(stdout + stderr);
    }
    expect(accessLog(home)).toEqual([]);
  });
});

describe('the refund of an offer that was just bought (T7)', () => {
  const SOURCE = 'Solutions Partner - Core';
  async function withOffer(purchased: string | null) {
    const { home, run } = newHome();
    await ok(run, ['import', '-'], {
      stdin: grid([['Office Professional Plus 2019', SOURCE, '10', '12/31/2031']]),
    });
    await storeKey(run, OFFICE, OFFICE_KEY, ['--type', 'mak']);
    if (purchased !== null)
      await ok(run, ['offer', 'set', 'solutions-partner:core', '--purchased', purchased]);
    return { home, run };
  }
  const ways: [string, string[]][] = [
    ['key', ['key', OFFICE]],
    ['key into a file', ['key', OFFICE, '--out-file', 'office.key']],
    ['run', ['run', '--env', `K=${OFFICE}`, '--', 'true']],
    [
      'activate',
      [
        'activate',
        OFFICE,
        '--machine',
        'pc-1',
        '--assume',
        'new',
        '--reason',
        'a test',
        '--via',
        'script',
        '--out-file',
        'a.ps1',
      ],
    ],
  ];

  test.each(ways)('%s: without a terminal it needs --yes, and nothing is revealed before', (_, args) =>
    withinOneDay(async () => {
      const { home, run } = await withOffer(dayFromNow(-3));
      const before = filesIn(home);
      const refused = await run(args);
      expect([refused.code, refused.stdout]).toEqual([2, '']);
      expect(refused.stderr).toContain('--yes');
      if (args[0] !== 'activate') expect(refused.stderr).toContain(`can be refunded until ${dayFromNow(27)}`);
      expect(accessLog(home)).toEqual([]);
      expect(filesIn(home)).toEqual(before);
      await ok(run, args[0] === 'run' ? ['--yes', ...args] : [...args, '--yes']);
      expect(accessLog(home)).toHaveLength(1);
      // Once a key of the offer was viewed there is nothing left to ask.
      await ok(run, ['key', OFFICE]);
      expect(accessLog(home)).toHaveLength(2);
    }),
  );

  test.each([
    ['unknown', null],
    ['a month ago', dayFromNow(-31)],
  ])('a day of purchase that is %s asks nothing', async (_, purchased) => {
    const { run } = await withOffer(purchased);
    expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
  });

  test('the last day still asks', () =>
    withinOneDay(async () => {
      const { run } = await withOffer(dayFromNow(-30));
      expect((await run(['key', OFFICE])).code).toBe(2);
    }));
});

describe('--out-file', () => {
  test('is owner-only whatever the umask, and says where it went', async () => {
    const { home, run } = await keyHome();
    const file = join(home, 'office.key');
    const { stdout, stderr } = await ok(run, ['key', OFFICE, '--out-file', file]);
    expect([stdout, stderr]).toEqual([
      '',
      `Wrote the key …${LAST.office} to ${file}, readable by you alone.\n`,
    ]);
    expect(readFileSync(file, 'utf8')).toBe(`${OFFICE_KEY}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is never overwritten without --yes', async () => {
    const { home, run } = await keyHome();
    const file = join(home, 'office.key');
    writeFileSync(file, 'something dear', { mode: 0o644 });
    expect((await failure(run, ['key', OFFICE, '--out-file', file], 2)).code).toBe('CONFIRMATION_REQUIRED');
    expect(readFileSync(file, 'utf8')).toBe('something dear');
    expect(accessLog(home)).toEqual([]);
    await ok(run, ['key', OFFICE, '--out-file', file, '--yes']);
    expect(readFileSync(file, 'utf8')).toBe(`${OFFICE_KEY}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test.each(['to a file', 'to nothing'])('is not written through a symbolic link %s', async (where) => {
    const { home, run } = await keyHome();
    const target = join(home, 'target');
    if (where === 'to a file') writeFileSync(target, 'theirs');
    symlinkSync(target, join(home, 'office.key'));
    const before = filesIn(home);
    const error = await failure(run, ['key', OFFICE, '--out-file', join(home, 'office.key'), '--yes'], 6);
    expect(error.code).toBe('STORAGE_UNAVAILABLE');
    expect(filesIn(home)).toEqual(before);
    if (where === 'to a file') expect(readFileSync(target, 'utf8')).toBe('theirs');
    expect(accessLog(home)).toEqual([]);
  });

  test.each([
    ['no folder', 'nowhere/office.key', 2],
    ['a folder', '.', 2],
  ])('with %s in its path is refused before anything is revealed', async (_, path, code) => {
    const { home, run } = await keyHome();
    await failure(run, ['key', OFFICE, '--out-file', path], code);
    expect(accessLog(home)).toEqual([]);
    expect(readdirSync(home)).toEqual(['profiles']);
  });
});

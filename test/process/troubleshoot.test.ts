import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { index } from '../troubleshooting/helpers.ts';
import * as samples from '../troubleshooting/samples.ts';
import { answer, failure, type Json, ok, picture, write } from './support.ts';

const FIELDS = [
  'scenario',
  'code',
  'name',
  'known',
  'meaning',
  'causes',
  'remedies',
  'context',
  'also',
  'source',
];
const CODES = Object.keys(index.codes);

const lines = (text: string): Json[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('every listed code is answered', () => {
  test('247 codes, in batches, one line for each', async () => {
    const { run } = newHome();
    expect(CODES).toHaveLength(247);
    for (let from = 0; from < CODES.length; from += 40) {
      const batch = CODES.slice(from, from + 40);
      const answers = lines((await ok(run, ['troubleshoot', ...batch, '-o', 'jsonl'])).stdout);
      expect(answers.map(({ code }) => code).toSorted()).toEqual(batch.toSorted());
      for (const given of answers) {
        expect(Object.keys(given)).toEqual(FIELDS);
        expect(given).toMatchObject({ known: true, scenario: index.codes[String(given['code'])] });
        expect(String(given['meaning']).length).toBeGreaterThan(10);
        expect((given['remedies'] as Json[]).length).toBeGreaterThan(0);
        for (const remedy of given['remedies'] as Json[])
          expect(Object.keys(remedy)).toEqual(['text', 'needs', 'spendsActivation']);
      }
    }
  });

  /** Twenty, always the same ones, spread over all. */
  const seeded = Array.from({ length: 20 }, (_, at) => CODES[(at * 89 + 17) % CODES.length] ?? '');

  test.each(seeded)('%s in a process of its own, as table and as JSON', async (code) => {
    const { home, run } = newHome();
    const given = await answer(run, ['troubleshoot', code]);
    expect(given).toMatchObject({
      code,
      known: true,
      also: [],
      context: { product: null, last5: null, status: null },
    });
    const { stdout, stderr } = await ok(run, ['troubleshoot', code]);
    expect(stderr).toBe('');
    for (const part of [
      code,
      given['name'],
      given['meaning'],
      'What to do, from cheap to costly',
      given['source'],
    ]) {
      expect(stdout).toContain(String(part));
    }
    for (const { text } of given['remedies'] as { text: string }[]) expect(stdout).toContain(text);
    expect(stdout.match(/S?s?pends? (an|no) activation\./g) ?? []).toHaveLength(
      (given['remedies'] as Json[]).length,
    );
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('spellings', () => {
  test.each([
    '0xC004C020',
    '0XC004C020',
    'c004c020',
    '-1073430496',
    '3221536800',
    'hr=0xC004C020',
    '(0xC004C020).',
    '\u22121073430496',
  ])('%s', async (spelled) => {
    const { run } = newHome();
    expect(await answer(run, ['troubleshoot', spelled])).toMatchObject({
      code: '0xC004C020',
      scenario: 'limit-reached',
    });
  });

  test('an unlisted code is placed by its zone and is no failure', async () => {
    const { run } = newHome();
    const given = await answer(run, ['troubleshoot', '0xC004CFFF']);
    expect(given).toMatchObject({ code: '0xC004CFFF', name: null, known: false });
    expect((await ok(run, ['troubleshoot', '0xC004CFFF'])).stdout).toContain('not in the list');
  });

  test('several codes: the primary finding, the others with it', async () => {
    const { run } = newHome();
    const given = await answer(run, ['troubleshoot', '0xC004F074', '0xC004F06C']);
    expect(given).toMatchObject({
      code: '0xC004F06C',
      also: [{ code: '0xC004F074', known: true, scenario: 'kms' }],
    });
    expect((await ok(run, ['troubleshoot', '0xC004F074,0xC004F06C'])).stdout).toContain('Also found');
  });
});

describe('pasted screens', () => {
  test.each([
    [
      'slmgr /dlv',
      samples.SLMGR_DLV,
      {
        code: '0xC004F009',
        context: { product: 'Windows(R), ServerStandard edition', last5: 'XY234', status: 'notification' },
      },
    ],
    [
      'slmgr /ato, in German',
      samples.SLMGR_DE_FAILED,
      {
        code: '0xC004F074',
        context: { product: 'Windows(R), ServerStandard edition', last5: '6789B', status: null },
      },
    ],
    [
      'ospp /dstatus',
      samples.OSPP_DSTATUS,
      {
        code: '0xC004F074',
        context: {
          product: 'Office 16, Office16VisioProVL_MAK edition',
          last5: 'XY234',
          status: 'notification',
        },
      },
    ],
    ['an event', samples.EVENT_12288, { code: '0xC004F06C', scenario: 'clock' }],
    ['the CIM classes as JSON', samples.CIM_JSON, { context: { last5: 'XY234', status: 'notification' } }],
    ['a state without a code', 'License Status: Notification\n', { code: null, scenario: 'grace-expired' }],
    [
      'the sentence of a CAL',
      'No further information available',
      { code: null, scenario: 'cal-no-information' },
    ],
  ])('%s: from standard input, a file and an argument', async (_, text, expected) => {
    const { home, run } = newHome();
    const file = write(home, 'screen.txt', text);
    const utf16 = write(home, 'screen16.txt', Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect(await answer(run, ['troubleshoot', '-'], { stdin: text })).toMatchObject(expected);
    expect(await answer(run, ['troubleshoot', file])).toMatchObject(expected);
    expect(await answer(run, ['troubleshoot', utf16])).toMatchObject(expected);
    // A screen may begin like an option.
    expect((await ok(run, ['troubleshoot', '-o', 'json', '--', text])).json()).toMatchObject(expected);
  });

  test('a product key in it is told of and never repeated', async () => {
    const { run } = newHome();
    const done = await ok(run, ['troubleshoot', '-'], { stdin: samples.SETUP_LOG });
    expect(done.stderr).toContain('warning: The text holds a product key.');
    expect(done.stdout + done.stderr).not.toContain('BCDFG-HJKMP');
  });

  test.each([
    ['no code', 'hello world, nothing to see'],
    ['control characters', '\u0000\u0001\u001B[2J\u009B\u202E'],
    ['ten megabytes of one sign', 'X'.repeat(10_000_000)],
    ['ten megabytes of groups', 'BCDFG-'.repeat(1_700_000)],
    ['a product key alone', 'BCDFG-HJKMP-QRTVW-XY234-6789B'],
    ['nothing', ''],
    ['half of a pair', '\uD835 \uDC00'],
  ])('a hostile text ends with exit code 3: %s', async (_, text) => {
    const { home, run } = newHome();
    const error = await failure(run, ['troubleshoot', '-'], 3, { stdin: text });
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(readdirSync(home)).toEqual([]);
  });

  test('a code at the end of ten megabytes is found; what is longer than 16 MiB is cut, and that is said', async () => {
    const { run } = newHome();
    const noise = '2026-11-24 10:15:02 nothing happened here\n'.repeat(240_000);
    expect(await answer(run, ['troubleshoot', '-'], { stdin: `${noise}Error: 0xC004C020\n` })).toMatchObject({
      code: '0xC004C020',
    });
    const cut = await ok(run, ['troubleshoot', '-'], {
      stdin: `Error: 0xC004C020\n${noise}${noise}0xC004F074`,
    });
    expect(cut.stderr).toContain('warning: Only the first 16 MiB were read.');
    expect(cut.stdout).not.toContain('0xC004F074');
  });

  test('invalid bytes are read past', async () => {
    const { run } = newHome();
    const stdin = Buffer.concat([
      Buffer.from([0xff, 0xc3, 0x28, 0xf0, 0x80]),
      Buffer.from(' hr=0xC004C020 '),
      Buffer.from([0xfe]),
    ]);
    expect(await answer(run, ['troubleshoot', '-'], { stdin })).toMatchObject({ code: '0xC004C020' });
  });
});

describe('with a product the ledger speaks too', () => {
  test('the limit: what is used, of how many', async () => {
    const { run } = newHome();
    const { stdout } = await ok(run, [
      'troubleshoot',
      '0xC004C020',
      '--product',
      'visio-pro-2019',
      '-p',
      'sandbox',
    ]);
    expect(stdout).toMatch(/By your own ledger\n {2}- Key …[A-Z0-9]{5}: 1 of 1 used by the ledger, 0 left\./);
    const given = await answer(run, [
      'troubleshoot',
      '0xC004C020',
      '--product',
      'visio-pro-2019',
      '-p',
      'sandbox',
    ]);
    expect(given['context']).toEqual({
      product: 'Microsoft Visio Professional 2019',
      last5: expect.stringMatching(/^[A-Z0-9]{5}$/),
      status: null,
    });
  });

  test('a CAL: which server product holds it', async () => {
    const { run } = newHome();
    const { stdout } = await ok(run, [
      'troubleshoot',
      '--scenario',
      'cal-no-information',
      '--product',
      'Microsoft Exchange Server 2019 Standard CALs',
      '-p',
      'sandbox',
    ]);
    expect(stdout).toContain('is a client access licence of Exchange Server.');
  });

  test('a product that there is not: exit code 3', async () => {
    const { run } = newHome();
    expect(await failure(run, ['troubleshoot', '0xC004C020', '--product', 'no such thing'], 3)).toMatchObject(
      { code: 'NOT_FOUND' },
    );
  });
});

describe('scenarios and the list', () => {
  test('every scenario has a straight answer', async () => {
    const { run } = newHome();
    const { scenarios, checks } = await answer<{ scenarios: { id: string }[]; checks: Json[] }>(run, [
      'troubleshoot',
      '--list',
    ]);
    expect(scenarios).toHaveLength(index.scenarios.length);
    for (const check of checks)
      expect(Object.keys(check)).toEqual(['id', 'title', 'reads', 'platform', 'online']);
    for (const { id } of scenarios)
      expect(await answer(run, ['troubleshoot', '--scenario', id])).toMatchObject({
        scenario: id,
        code: null,
        known: true,
      });
  });

  test('one that there is not: exit code 3, with those that there are', async () => {
    const { run } = newHome();
    const { details } = await failure(run, ['troubleshoot', '--scenario', 'nonsense'], 3);
    expect(details['candidates']).toContain('limit-reached');
  });

  test.each([
    [['0xC004C020', '--scenario', 'kms']],
    [['0xC004C020', '--list']],
    [['0xC004C020', '--resume']],
    [['0xC004C020', '--online']],
    [['0xC004C020', '--include-personal']],
    [['--answer', 'nonsense']],
    [['--answers', 'not-there.json']],
  ])('%j: exit code 2', async (args) => {
    const { home, run } = newHome();
    expect(await failure(run, ['troubleshoot', ...args], 2)).toMatchObject({ code: 'USAGE' });
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('the walkthrough without a terminal', () => {
  test('an answer that is missing: exit code 2, and what would be asked, as text and as JSON', async () => {
    const { run } = newHome();
    const done = await run(['troubleshoot']);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toContain('What do you see?\nWhy: It decides where to begin.');
    expect(done.stderr).toContain('  limit: A message that the maximum number of activations is reached');
    expect(done.stderr).toContain('hint: Add --answer symptom=code|limit|');
    const error = await failure(run, ['troubleshoot'], 2);
    expect(error).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      details: { step: 'symptom', kind: 'question', text: 'What do you see?', takesText: false, walk: null },
    });
    expect(error.details['accepted']).toContain('unknown');
    expect(error.details['choices']).toContain("I don't know");
  });

  const ANSWERS = {
    'limit-reached.portal-count': 'none',
    'limit-reached.same-hardware': false,
    'limit-reached.need': 'yes',
  };

  test.each([
    ['JSON', 'answers.json', JSON.stringify(ANSWERS)],
    [
      'YAML',
      'answers.yaml',
      'limit-reached.portal-count: none\nlimit-reached.same-hardware: no\nlimit-reached.need: "yes"\n',
    ],
  ])('answers from a file lead to its end: %s', async (_, name, content) => {
    const { home, run } = newHome();
    const file = write(home, name, content);
    const given = await answer(run, [
      'troubleshoot',
      '0xC004C020',
      '--product',
      'visio-pro-2019',
      '--answers',
      file,
      '-p',
      'sandbox',
    ]);
    expect(Object.keys(given)).toEqual([
      'id',
      'product',
      'startedAt',
      'step',
      'kind',
      'scenario',
      'text',
      'evidence',
      'outcome',
      'advice',
      'links',
      'answers',
    ]);
    expect(given).toMatchObject({
      product: 'visio-pro-2019',
      step: 'limit-reached.no-more',
      kind: 'support-request',
      outcome: 'support',
    });
    expect(given['evidence']).toContainEqual(expect.stringMatching(/1 of 1 used by the ledger, 0 left/));
    expect(given['answers']).toEqual({
      'limit-reached.portal-count': 'none',
      'limit-reached.same-hardware': 'no',
      'limit-reached.need': 'yes',
    });
  });

  test('answers on the command line do the same, and go before those of the file', async () => {
    const { home, run } = newHome();
    const file = write(home, 'answers.json', JSON.stringify({ ...ANSWERS, 'limit-reached.need': 'yes' }));
    const { stdout } = await ok(run, [
      'troubleshoot',
      '0xC004C020',
      '--product',
      'visio-pro-2019',
      '--answers',
      file,
      '--answer',
      'limit-reached.need=lab',
      '-p',
      'sandbox',
    ]);
    expect(stdout).toContain('Leave it unactivated: that uses up nothing.');
  });

  test('step by step over several runs, as a script or a restart would', async () => {
    const { home, run } = newHome();
    const first = await failure(run, ['troubleshoot', '--answer', 'symptom=limit'], 2);
    expect(first.details).toMatchObject({
      step: 'limit-reached.key-kind',
      walk: expect.stringMatching(/^\w{6}$/),
    });
    const walk = String(first.details['walk']);
    expect(statSync(join(home, 'state')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'state', `walk-${walk}.json`)).mode & 0o777).toBe(0o600);
    const second = await failure(
      run,
      ['troubleshoot', '--resume', '--answer', 'limit-reached.key-kind=account'],
      2,
    );
    expect(second.details).toMatchObject({ walk, kind: 'remedy', step: 'fewer-sign-ins', takesText: true });
    const last = await answer(run, ['troubleshoot', '--resume', walk, '--answer', 'fewer-sign-ins=same']);
    expect(last).toMatchObject({ id: walk, kind: 'hand-over' });
    expect(readdirSync(join(home, 'state'))).toEqual([`walk-${walk}.json`]);
  });

  test('a pasted result answers a remedy; answers that nobody asked for are told', async () => {
    const { run } = newHome();
    const licensed = await answer(run, [
      'troubleshoot',
      '0xC004F06C',
      '--answer',
      `check-clock=${samples.SLMGR_DLI_LICENSED}`,
    ]);
    expect(licensed).toMatchObject({
      kind: 'done',
      outcome: 'fixed',
      answers: { 'check-clock': 'status:licensed' },
    });
    const asked = await run(['troubleshoot', '--answer', 'nobody=asks']);
    expect(asked.stderr).toContain('warning: No step asked for: nobody.');
  });

  test.each([
    ['no object', '[1]', 8],
    ['neither JSON nor YAML', '{"a": ', 8],
    ['an answer that is no text', '{"symptom": {"a": 1}}', 8],
    ['an answer that does not fit', '{"symptom": "whatever"}', 2],
  ])('a file of answers with %s', async (_, content, exitCode) => {
    const { home, run } = newHome();
    const error = await failure(
      run,
      ['troubleshoot', '--answers', write(home, 'answers.json', content)],
      exitCode,
    );
    expect(error.message).not.toBe('');
  });

  test.each([
    ['none at all', undefined],
    ['another one', 'zzzzzz'],
    ['a path', '../../etc/passwd'],
  ])('resuming a walkthrough that is not there: exit code 3 (%s)', async (_, id) => {
    const { run } = newHome();
    expect(
      await failure(run, ['troubleshoot', '--resume', ...(id === undefined ? [] : [id])], 3),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a saved walkthrough that is damaged, or a link: said, and left alone', async () => {
    const { home, run } = newHome();
    await run(['troubleshoot', '--answer', 'symptom=limit']);
    const [name = ''] = readdirSync(join(home, 'state'));
    const file = write(join(home, 'state'), name, '{"schema": "mpn-benefits/walk/1", "id": ');
    expect(await failure(run, ['troubleshoot', '--resume'], 8)).toMatchObject({ code: 'INVALID_DATA' });
    expect(readFileSync(file, 'utf8')).toBe('{"schema": "mpn-benefits/walk/1", "id": ');
  });
});

describe('the support request', () => {
  const WALK = ['troubleshoot', '0xC004C020', '--product', 'windows-enterprise', '-p', 'sandbox'];

  test('as Markdown and as JSON: numbers, no names of machines, no key', async () => {
    const { home, run } = newHome();
    const machine =
      ((
        await answer<Json[]>(run, ['activations', 'list', '--product', 'windows-enterprise', '-p', 'sandbox'])
      )[0]?.['machine'] as string) ?? '';
    expect(machine).not.toBe('');
    await ok(run, [...WALK, '--transcript', join(home, 'request.md')]);
    const markdown = readFileSync(join(home, 'request.md'), 'utf8');
    expect(markdown).toMatch(/^# Support request/);
    expect(markdown).toContain('4 of 10 used by the ledger, 1 of them not settled, 6 left.');
    expect(markdown).not.toContain(machine);
    expect(statSync(join(home, 'request.md')).mode & 0o777).toBe(0o600);
    await ok(run, [...WALK, '--transcript', join(home, 'request.json')]);
    const request = JSON.parse(readFileSync(join(home, 'request.json'), 'utf8'));
    expect(request).toMatchObject({
      schema: 'mpn-benefits/support-request/1',
      product: { id: 'windows-enterprise' },
      counts: { allowed: 10, used: 4, pending: 1, remaining: 6 },
      before: { codes: ['0xC004C020'] },
    });
    expect(JSON.stringify(request.versions)).not.toContain(home);
    await ok(run, [...WALK, '--transcript', join(home, 'personal.md'), '--include-personal']);
    expect(readFileSync(join(home, 'personal.md'), 'utf8')).toContain(machine);
  });

  test('a file that is there is not replaced without --yes', async () => {
    const { home, run } = newHome();
    const file = write(home, 'request.md', 'mine');
    expect(await failure(run, [...WALK, '--transcript', file], 2)).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await ok(run, [...WALK, '--transcript', file, '--yes']);
    expect(readFileSync(file, 'utf8')).toContain('# Support request');
  });
});

describe('checks', () => {
  test('all of them, changing nothing and using no network', async () => {
    const { home, run } = newHome();
    const before = picture(home);
    const report = await answer<{ ok: boolean; checks: Json[] }>(run, ['troubleshoot', '--checks']);
    expect(Object.keys(report)).toEqual(['ok', 'checks']);
    for (const check of report.checks)
      expect(Object.keys(check)).toEqual(['id', 'title', 'result', 'evidence', 'fix']);
    const of = (id: string) => report.checks.find((check) => check['id'] === id);
    for (const id of ['clock', 'dns', 'activation-hosts'])
      expect(of(id)).toMatchObject({ result: 'skip', evidence: expect.stringContaining('--online') });
    expect(of('disk-space')).toMatchObject({ evidence: expect.stringMatching(/GB free/) });
    expect(of('ledger')).toMatchObject({ result: 'skip' });
    expect(picture(home)).toEqual(before);
  });

  test('some of them, in the order asked for', async () => {
    const { run } = newHome();
    const report = await answer<{ checks: Json[] }>(run, [
      'troubleshoot',
      '-p',
      'sandbox',
      '--checks',
      'ledger',
      'virtual-machine',
    ]);
    expect(report.checks.map(({ id, result }) => [id, result])).toEqual([
      ['ledger', 'warn'],
      ['virtual-machine', 'ok'],
    ]);
    expect(report.checks[0]).toMatchObject({
      evidence: expect.stringMatching(/not settled/),
      fix: expect.stringContaining('mpn-benefits activations list'),
    });
  });

  test('one that there is not: exit code 3', async () => {
    const { run } = newHome();
    const { details } = await failure(run, ['troubleshoot', '--checks', 'nonsense'], 3);
    expect(details['candidates']).toContain('disk-space');
  });

  test('in words: the result is a word, and what to do stands below', async () => {
    const { run } = newHome();
    const { stdout } = await ok(run, ['troubleshoot', '-p', 'sandbox', '--checks', 'ledger']);
    expect(stdout).toMatch(/^warn {2}Activation ledger\n {6}.*not settled.*\n {6}To do: /);
  });
});

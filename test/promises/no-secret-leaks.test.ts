import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/keys/secret.ts';
import { childEnvironment } from '../../src/provisioning/child/environment.ts';
import { failure as notFound, smallService } from '../client/service.ts';
import { inProcess, inProcessAt } from '../commands/in-process.ts';
import { type Run, runProgram, VAULT_KEY } from '../helpers/cli.ts';
import { readableIn, watchCommandLines } from '../process/planted.ts';
import { filesIn, madeUpKey, ok, type Runner, write } from '../process/support.ts';
import { madeUpWindows } from '../provisioning/activation/made-up-windows.ts';

/**
 * The central case; every place a key can be planted, and every command in every format, are in
 * test/process/secrets.test.ts.
 */
const [KEY = '', IN_NOTE = '', AS_NAME = ''] = [71, 72, 73].map((number) => madeUpKey(number * 104_729_113));
/** The last five characters may be shown. */
const HIDDEN = [KEY, IN_NOTE, AS_NAME].map((key) => key.slice(0, 23));
const INVENTORY = `Product,Key,Type,Allowed,Notes
Office Professional Plus 2019,${KEY},MAK,20,"the old one was ${IN_NOTE}"
`;
const OFFICE = 'office-proplus-2019';

describe('a product key stands', () => {
  let folder: string;
  let home: string;
  let commandLines: string[] = [];
  const said: [string, string][] = [];

  const keep = (args: readonly string[], done: Run): Run => {
    said.push([`${args.join(' ')} (exit ${done.code})`, done.stdout + done.stderr]);
    return done;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-promises-'));
    home = join(folder, 'home');
    mkdirSync(home);
    const watching = process.platform === 'linux' ? watchCommandLines() : { stop: () => [] };
    const program: Runner = async (args, options) => keep(args, await runProgram(home, args, options));
    const file = write(folder, 'stock.csv', INVENTORY);
    await ok(program, ['import', file, '--debug']);
    // It stays for a moment, so that whoever looks at command lines sees it.
    const print = 'echo "$KEY"; echo "$KEY" >&2; sleep 0.3';
    await ok(program, ['run', '--env', `KEY=${OFFICE}`, '--debug', '--', '/bin/sh', '-c', print]);
    commandLines = watching.stop();

    const here = inProcessAt(home);
    const say: Runner = async (args, options) =>
      keep(args, await here(args, options?.stdin === undefined ? {} : { stdin: options.stdin }));
    await say(['activate', OFFICE, '--via', 'manual', '--machine', 'pc-1', '--yes', '--debug']);
    await say(['usage', '--html', join(home, 'usage.html')]);
    await say(['activations', 'export', '--out-file', join(home, 'ledger.jsonl')]);
    for (const line of ['list', `show ${OFFICE}`, 'key --list', 'key --history', 'activations list', 'usage'])
      for (const more of ['--debug', '-o json', '-o csv'])
        await say([...line.split(' '), ...more.split(' ')]);
    for (const more of [[], ['-o', 'json'], ['--debug']]) {
      await say(['show', AS_NAME, ...more]);
      await say(['import', '-', ...more], { stdin: `${AS_NAME},${AS_NAME}\n${AS_NAME},1\n` });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const nothingIn = (name: string, bytes: Buffer): void =>
    expect([name, readableIn(bytes, HIDDEN)]).toEqual([name, []]);

  test('in no file in clear: database, settings, report, export', () => {
    const files = filesIn(home);
    for (const file of ['profiles/default/benefits.db', 'usage.html', 'ledger.jsonl'])
      expect(files).toContain(file);
    for (const file of files) nothingIn(file, readFileSync(join(home, file)));
  });

  test('in no answer, message or error, with --debug neither', () => {
    expect(said.length).toBeGreaterThan(25);
    for (const [command, text] of said) nothingIn(command, Buffer.from(text));
  });

  test('in the output of no program that was given it', () => {
    const [, text = ''] = said.find(([command]) => command.startsWith('run ')) ?? [];
    expect(text.match(/\[redacted\]/g)).toHaveLength(2);
    nothingIn('run', Buffer.from(text));
  });

  test.runIf(process.platform === 'linux')('in the command line of no process', () => {
    expect(commandLines.some((line) => line.includes('mpn-benefits.js'))).toBe(true);
    nothingIn('command lines', Buffer.from(commandLines.join('\n'), 'latin1'));
  });
});

test('no key in a URL: what was pasted in the place of a name is not sent', async () => {
  const service = await smallService();
  onTestFinished(() => service.close());
  service.answer = () => notFound(404, 'NOT_FOUND');
  const { run } = inProcess({
    env: { MPN_BENEFITS_SERVICE_URL: service.origin, MPN_BENEFITS_TOKEN: 'mpnb_made-up' },
  });
  const asking = [
    ['show'],
    ['usage'],
    ['machines', 'show'],
    ['activations', 'show'],
    ['activations', 'list', '--machine'],
  ];
  for (const key of [KEY, KEY.toLowerCase().replaceAll('-', ' '), KEY.replaceAll('-', ''), `pc ${KEY}`]) {
    for (const args of asking) {
      const done = await run([...args, key, '-o', 'json']);
      expect([args, done.code, done.error().hint]).toEqual([args, 3, expect.stringMatching(/name or id/)]);
      expect(readableIn(Buffer.from(done.stdout + done.stderr), HIDDEN)).toEqual([]);
    }
  }
  expect(service.asked).toEqual([]);
  await run(['machines', 'show', 'pc-1']);
  expect(service.asked.map(({ path }) => path)).toEqual(['/v1/machines/pc-1']);
});

test('Windows gets the key in standard input, never in a script or argument', async () => {
  const { run } = inProcess({ platform: 'win32', hostName: 'srv-01' });
  await run(['import', 'key', 'ws-standard-2019', '--type', 'mak'], { stdin: `${KEY}\n` });
  const application = '55c92734-d682-4d71-983e-d6ec3f16059f';
  const windows = madeUpWindows({ keys: [{ key: KEY, applicationId: application }] });
  const done = await run(['activate', 'ws-standard-2019', '--assume', 'new', '--reason', 'test', '--yes'], {
    powerShell: windows,
  });
  expect(done.code, done.stderr).toBe(0);
  expect(windows.inputs).toContain(`${KEY}\n`);
  expect(readableIn(Buffer.from(windows.scripts.join('\n')), HIDDEN)).toEqual([]);
});

test('a program that is run gets nothing that opens our doors', () => {
  const ours = { PATH: '/bin', MPN_BENEFITS_VAULT_KEY: VAULT_KEY, MPN_BENEFITS_TOKEN: 'mpnb_made-up' };
  expect(childEnvironment(ours, 'linux', { OFFICE_KEY: KEY })).toEqual({ PATH: '/bin', OFFICE_KEY: KEY });
});

test('a secret that is printed by accident prints its mask', () => {
  const secret = new Secret(KEY);
  const accidents = [
    `${secret}`,
    secret.toString(),
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9 }),
  ];
  for (const text of accidents) {
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('BCDFG');
  }
});

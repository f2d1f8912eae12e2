import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMAND_NAMES } from '../../src/command-line/names.ts';
import { parseCommandLine } from '../../src/command-line/parse.ts';
import { cleanEnvironment, PROGRAM, temporaryFolder } from '../helpers/cli.ts';
import { examplesOf as consoleExamplesOf } from '../helpers/console-blocks.ts';
import { blocksOf, commandsIn, inlineCodeOf, shellTextsIn } from '../helpers/doc-reader.ts';
import { startService, type TestService } from '../helpers/service.ts';
import { databaseOf, expectNoKey } from './key-world.ts';
import { write } from './support.ts';

Object.assign(globalThis, { __VERSION__: '0.0.0-test' });

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const markdown = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const PAGES = [...markdown('.'), ...markdown('docs'), ...markdown('docs/decisions')];
const SCREENS = readdirSync(join(import.meta.dirname, 'help')).map((name) => `test/process/help/${name}`);

interface Shown {
  readonly where: string;
  readonly words: readonly string[];
  /** Only mentioned: arguments may be missing. */
  readonly mentioned?: true;
}

/** What a container runs: the entry point, and the command that goes with it. */
function containerCommand(dockerfile: string): readonly (readonly string[])[] {
  const list = (name: string): string[] =>
    JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]');
  const [program, ...words] = [...list('ENTRYPOINT'), ...list('CMD')];
  return program === 'mpn-benefits' ? [words] : [];
}

function shownOn(page: string): Shown[] {
  const text = read(page);
  const inBlocks = blocksOf(text).flatMap((block) => {
    const typed =
      block.language === 'console'
        ? block.text.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
        : [block.text];
    const found = typed.flatMap(commandsIn);
    const words = block.language === 'dockerfile' ? [...found, ...containerCommand(block.text)] : found;
    return words.map((each) => ({ where: `${page}:${block.line}`, words: each }));
  });
  const inProse = inlineCodeOf(text).flatMap((code): Shown[] => {
    const [first = '', second] = code.split(' ');
    if (first === 'mpn-benefits') return commandsIn(code).map((words) => ({ where: page, words }));
    const isCommand = COMMAND_NAMES.some((name) => name === first) && second !== undefined;
    return isCommand
      ? commandsIn(`mpn-benefits ${code}`).map((words) => ({ where: page, words, mentioned: true }))
      : [];
  });
  return [...inBlocks, ...inProse];
}

/** The examples of a help screen; behind two blanks each says what it is for. */
function examplesOf(screen: string): string[] {
  const text = read(screen).replace(/\\\n\s*/g, '');
  return [...text.matchAll(/^ +\$ (mpn-benefits .*)$/gm)].map(
    ([, line = '']) => line.split(/ {2,}/)[0] ?? '',
  );
}

const ON_PAGES = PAGES.flatMap(shownOn);
const ON_SCREENS = SCREENS.flatMap((screen) =>
  examplesOf(screen)
    .flatMap(commandsIn)
    .map((words): Shown => ({ where: screen, words })),
);

/** Why the program does not take a command line; empty if it does. */
function refusal(words: readonly string[]): string {
  try {
    // A command of the reader's choice.
    const chosen = words.map((word) => (word === '<command>' ? 'list' : word));
    const { kind } = parseCommandLine(chosen, undefined);
    const asksForHelp = words[0] === 'help' || words.some((word) => /^--(help|version)$/.test(word));
    return kind === 'command' || asksForHelp ? '' : 'it prints a help';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('every command line that is shown is one that the program takes', () => {
  test('they are found', () => {
    for (const page of ['README.md', 'docs/pipelines.md', 'docs/team-service.md', 'docs/vault.md'])
      expect([page, ON_PAGES.filter(({ where }) => where.startsWith(page)).length > 4]).toEqual([page, true]);
    const lines = SCREENS.flatMap((screen) => read(screen).match(/\$ mpn-benefits/g) ?? []);
    expect(ON_SCREENS.length).toBe(lines.length);
    expect(lines.length).toBeGreaterThan(25);
  });

  test.each([...ON_PAGES, ...ON_SCREENS])('$where: $words', ({ words, mentioned }) => {
    if (mentioned === true) expect(refusal(words)).not.toMatch(/unknown|allowed choices/i);
    else expect(refusal(words)).toBe('');
  });

  test.each([
    'lsit x',
    'vault lsit',
    'list --nonsense',
    'serve token add --role boss',
    'key --format yaml x',
  ])('"%s" would be found, even as a mention', (line) => {
    expect(refusal(line.split(' '))).toMatch(/unknown|allowed choices/i);
  });
});

interface Place {
  readonly home: string;
  readonly bash: (
    text: string,
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string | undefined>> },
  ) => { readonly status: number | null; readonly stdout: string; readonly stderr: string };
  /** Puts a program where the shell finds it. */
  readonly program: (name: string, text: string) => void;
}

/** An empty home, and a shell in it that knows the program by its name. */
function newPlace(): Place {
  const home = temporaryFolder();
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string): void =>
    chmodSync(name.startsWith('./') ? write(home, name, text) : write(bin, name, text), 0o755);
  program('mpn-benefits', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  return {
    home,
    program,
    bash: (text, { input = '', env = {} } = {}) =>
      spawnSync('bash', ['-e', '-o', 'pipefail', '-c', text], {
        cwd: home,
        env: cleanEnvironment(home, { PATH: `${bin}:${process.env['PATH']}`, ...env }),
        input,
        encoding: 'utf8',
      }),
  };
}

/** What a person, a network or a clipboard has to answer, and what runs until it is stopped. */
const NOT_RUN = [
  /^key .* --copy$/,
  /^serve --/,
  /^auth login/,
  /^profile push/,
  /^troubleshoot( --resume| --checks .*)?$/,
  // The README and docs/pipelines.md are run by tests of their own.
  /^run /,
  // Of other days.
  / --against /,
  /^serve token revoke t-…$/,
];
const isRun = (line: string): boolean => !NOT_RUN.some((pattern) => pattern.test(line));

describe('the examples of the help screens', () => {
  const lines = SCREENS.flatMap(examplesOf).map((line) => line.replace('mpn-benefits ', ''));

  test('most can be run', () => {
    expect(lines.filter(isRun).length).toBeGreaterThan(18);
  });

  test.each(lines.filter(isRun))('$ mpn-benefits %s', (line) => {
    const { home, bash } = newPlace();
    const table = consoleExamplesOf(read('README.md')).find(({ command }) => command === 'cat benefits.txt');
    write(home, 'benefits.txt', `${table?.shown.join('\n')}\n`);
    write(home, 'stock.csv', 'Title,Licence key,Count\nWindows Server 2019 Standard,,3\n');
    copyFileSync(join(ROOT, 'fixtures/importers/keysexport-2018.xml'), join(home, 'KeysExport.xml'));
    copyFileSync(join(ROOT, 'fixtures/hardware/pc-17.json'), join(home, 'pc-17.json'));
    const ownProfile = /^(import|serve) /.test(line);
    if (line.startsWith('serve ') && line !== 'serve init')
      expect(bash('mpn-benefits serve init').status).toBe(0);
    if (line.startsWith('product alias')) {
      const ours = write(home, 'ours.csv', 'Product,Quantity\nOffice Pro Plus (ours),1\n');
      expect(bash(`mpn-benefits import '${ours}' -p sandbox`).status).toBe(0);
      if (line.endsWith('(ours)"'))
        expect(
          bash(`mpn-benefits ${lines.find((each) => each.startsWith('product alias'))} -p sandbox`).status,
        ).toBe(0);
    }
    const env = {
      GITHUB_ENV: write(home, 'github-env', ''),
      MPN_BENEFITS_PROFILE: ownProfile ? undefined : 'sandbox',
    };
    const yes = line.startsWith('activate') ? '--yes' : '';
    const { status, stderr } = bash(`mpn-benefits ${line} ${yes}`, { env });
    expect(status, stderr).toBe(0);
  });
});

test.each(['docs/vault.md', 'docs/team-service.md'])('the commands of %s, one after the other', (page) => {
  const { home, bash } = newPlace();
  let vaultKey = cleanEnvironment(home)['MPN_BENEFITS_VAULT_KEY'];
  const run = (line: string, input = '') => {
    const done = bash(`mpn-benefits ${line}`, { input, env: { MPN_BENEFITS_VAULT_KEY: vaultKey } });
    expect([line, done.status, done.stderr]).toEqual([line, 0, expect.anything()]);
    return done.stdout;
  };
  run('import key office-proplus-2019 --type mak', 'BCDFG-HJKMP-QRTVW-XY234-6789B\n');
  const blocks = blocksOf(read(page)).filter(({ language }) => /^(bash|sh)$/.test(language));
  const lines = blocks
    .flatMap(({ text }) => text.replace(/\\\n\s*/g, '').split('\n'))
    .flatMap((line) => /^mpn-benefits (.*?)( < \S+)?$/.exec(line)?.[1] ?? [])
    .filter(isRun);
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) {
    const isRotation = line.includes('rotate');
    const next = Buffer.alloc(32, 9).toString('base64');
    run(line, isRotation ? `${next}\n` : 'a passphrase of many words\n');
    if (isRotation) vaultKey = next;
    // A remote profile is chosen; the service's own commands work on the one of this machine.
    if (line === 'profile use team') run('profile use default');
  }
  expect(run('key office-proplus-2019')).toContain('6789B');
});

test('counting the changes of a restored SQLite profile on is a statement for its database', () => {
  const { home, bash } = newPlace();
  expect(bash('mpn-benefits serve init').status).toBe(0);
  const [, file, statement = ''] = /sqlite3 (\S+) '(UPDATE [^']+)'/.exec(read('docs/team-service.md')) ?? [];
  expect(databaseOf(home).endsWith(`profiles/default/${file}`)).toBe(true);
  const database = new DatabaseSync(databaseOf(home));
  expect(database.prepare(statement).run().changes).toBe(1);
  database.close();
  expect(bash('mpn-benefits serve token list').status).toBe(0);
});

describe('the pipelines of docs/team-service.md, with a service that has made-up data', () => {
  const page = read('docs/team-service.md');
  const blocks = blocksOf(page).filter(({ language }) => language === 'yaml');
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  test('each platform has one, and a rule or token for it', () => {
    expect(blocks.length).toBe(4);
    const audiences = [...page.matchAll(/--audience (\S+) /g)].map(([, audience = '']) => audience);
    expect(new Set(audiences)).toEqual(
      new Set(['https://benefits.example.com', 'api://AzureADTokenExchange']),
    );
    const asked = [...page.matchAll(/(?:&audience=|aud: )([^\s"]+)/g)].map(([, audience = '']) => audience);
    expect(asked).toEqual(['https://benefits.example.com', 'https://benefits.example.com']);
  });

  test.each(blocks)('line $line', ({ text }) => {
    expect(parse(text)).toBeTypeOf('object');
    const { home, program, bash } = newPlace();
    program('npm', '#!/bin/sh\n[ "$1 $2" = "install --global" ]\n');
    program(
      './install-office.sh',
      '#!/bin/sh\necho "$OFFICE_KEY" > key; echo "has $OFFICE_KEY"; env > environment\n',
    );
    // Answers as the platforms do, to whoever shows what they gave to the job, and not among its arguments.
    program(
      'curl',
      `#!/bin/sh
printf '%s\\n' "$@" > asked
case "$(cat)" in [Aa]uthorization:\\ [Bb]earer\\ of-the-job) ;; *) exit 22 ;; esac
echo '{"value":"${service.token}","oidcToken":"${service.token}"}'
`,
    );
    program(
      'jq',
      `#!${process.execPath}
const value = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))[process.argv[3].slice(1)];
if (process.argv[2] !== '-er' || value === undefined) process.exit(1);
console.log(value);
`,
    );
    const needsToken = /curl/.test(text);
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://platform.example/token?x=1',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
      SYSTEM_OIDCREQUESTURI: 'https://platform.example/token',
      SYSTEM_ACCESSTOKEN: 'of-the-job',
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: '1',
      MPN_BENEFITS_VAULT_KEY: undefined,
      MPN_BENEFITS_SERVICE_URL: service.origin,
      MPN_BENEFITS_TOKEN: needsToken ? undefined : service.token,
    };
    let printed = '';
    for (const script of shellTextsIn(text)) {
      const { status, stdout, stderr } = bash(script, { env });
      expect([script, status, stderr]).toEqual([script, 0, '']);
      printed += stdout;
    }
    const key = readFileSync(join(home, 'key'), 'utf8').trim();
    expect(key).toMatch(/^([A-Z0-9]{5}-){4}[A-Z0-9]{5}$/);
    expectNoKey(printed, key);
    expect(readFileSync(join(home, 'environment'), 'utf8')).not.toContain(service.token);
    // The token stands in the command that hides it, and nowhere else.
    expect(printed.replace(/^(::add-mask::|##vso\[task\.setsecret\]).*$/gm, '')).not.toContain(service.token);
    if (!needsToken) return;
    expect(printed).toContain(service.token);
    expect(readFileSync(join(home, 'asked'), 'utf8')).not.toContain('of-the-job');
  });
});

test('every container image and pipeline has the version that there is', () => {
  const { version } = JSON.parse(read('package.json'));
  for (const page of ['README.md', 'docs/pipelines.md', 'docs/team-service.md']) {
    const named = read(page).match(/mpn-benefits-[\d.]+\.tgz/g) ?? [];
    expect([page, new Set(named)]).toEqual([page, new Set([`mpn-benefits-${version}.tgz`])]);
  }
});

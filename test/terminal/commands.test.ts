import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import { KEYS, open, type Pty, type PtyOptions } from '../helpers/pty.ts';
import { newHome } from '../helpers/warm.ts';
import { answer, grid, type Json, ok, type Runner, write } from '../process/support.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const ESCAPE = '\u001B';

const onTerminal = (home: string, args: readonly string[], options: PtyOptions = {}): Pty =>
  open(process.execPath, [PROGRAM, ...args], {
    ...options,
    cwd: home,
    env: { ...cleanEnvironment(home), TERM: 'xterm-256color', ...options.env },
  });

/** The same in a shell that outlives Ctrl-C and reports the settings of its terminal before and after. */
const inShell = (home: string, args: readonly string[]): Pty =>
  open(
    '/bin/sh',
    [
      '-c',
      'trap : INT; stty -g; "$@"; echo "EXIT $?"; stty -g; echo END',
      'sh',
      process.execPath,
      PROGRAM,
      ...args,
    ],
    {
      cwd: home,
      env: { ...cleanEnvironment(home), TERM: 'xterm-256color' },
    },
  );

/** Both reports of `stty -g` are the same. */
function expectRestored(screen: string): void {
  const reports = screen.split('\n').filter((line) => /^[0-9a-f]+(:[0-9a-f]+)+$/.test(line.trim()));
  expect(reports).toHaveLength(2);
  expect(reports[1]?.trim()).toBe(reports[0]?.trim());
}

async function filled(): Promise<{ home: string; run: Runner }> {
  const { home, run } = newHome();
  const rows = [
    ['Windows Server 2022 Datacenter', 'Solutions Partner - Infrastructure', '32 licenses', 'Jun 30, 2031'],
    ['Office Professional Plus 2019', 'MAPS - Core', '10 activations', 'Dec 6, 2023'],
    ['製品の名前がとても長いソフトウェア', 'MAPS - Core', '1 licenses', 'Jun 30, 2031'],
  ] as const;
  await ok(run, ['import', '-'], { stdin: grid(rows) });
  await ok(run, ['import', 'key', 'office-proplus-2019', '--type', 'mak'], { stdin: KEY });
  return { home, run };
}

async function finished(pty: Pty): Promise<string> {
  expect((await pty.exit).exitCode).toBe(0);
  return pty.screen();
}

describe('list on a terminal', { timeout: 60_000 }, () => {
  test.each([120, 80, 40])(
    '%i columns: no line is wider, and no column is lost that matters',
    async (cols) => {
      const { home } = await filled();
      for (const env of [{}, { NO_COLOR: '1' }, { FORCE_COLOR: '1' }]) {
        const pty = onTerminal(home, ['list'], { cols, env });
        const screen = await finished(pty);
        const lines = screen.split('\n').filter((line) => line.trim() !== '');
        expect(lines).toHaveLength(4);
        expect(lines[0]).toMatch(/^Product/);
        expect(lines[0]).toMatch(/State$/);
        for (const state of ['available', 'expired']) expect(screen).toContain(state);
        if (cols !== 80) expect(lines[0]?.includes('Source')).toBe(cols === 120);
        expect(pty.raw().includes(ESCAPE)).toBe(!('NO_COLOR' in env));
      }
    },
  );

  test('what the colours say, the words say too: with and without, the text is the same', async () => {
    const { home } = await filled();
    const [coloured, plain, dumb] = ['', '--no-color', 'dumb'].map((how) =>
      onTerminal(home, how === '--no-color' ? ['list', how] : ['list'], {
        cols: 100,
        env: how === 'dumb' ? { TERM: 'dumb' } : {},
      }),
    );
    if (coloured === undefined || plain === undefined || dumb === undefined)
      throw new Error('three terminals');
    const screens = await Promise.all([coloured, plain, dumb].map(finished));
    expect(screens[1]).toBe(screens[0]);
    expect(plain.raw()).not.toContain(ESCAPE);
    expect(dumb.raw()).not.toContain(ESCAPE);
    expect(coloured.raw()).toContain(ESCAPE);
  });

  test('a table that goes elsewhere is neither cut nor coloured', async () => {
    const { home, run } = await filled();
    const { stdout } = await ok(run, ['list']);
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).toContain('製品の名前がとても長いソフトウェア');
    expect(stdout).toContain('Solutions Partner - Infrastructure');
    const pty = open('/bin/sh', ['-c', '"$@" | cat', 'sh', process.execPath, PROGRAM, 'list'], {
      cols: 200,
      env: { ...cleanEnvironment(home), TERM: 'xterm-256color' },
    });
    expect((await finished(pty)).replaceAll(/ +$/gm, '')).toBe(stdout.trimEnd().replaceAll(/ +$/gm, ''));
  });

  test('show breaks its lines at the width', async () => {
    const { home } = await filled();
    const screen = await finished(onTerminal(home, ['show', 'office-proplus-2019'], { cols: 80, rows: 100 }));
    expect(screen).toContain('What to do');
    expect(screen).not.toContain(KEY);
    expect(screen).toContain('6789B');
  });
});

describe('questions on a terminal', { timeout: 60_000 }, () => {
  test('import key asks for the key and never shows it', async () => {
    const { home, run } = newHome();
    const pty = onTerminal(home, ['import', 'key', 'office-proplus-2019']);
    await pty.waitFor(/Product key/);
    pty.type(KEY);
    pty.type(KEYS.enter);
    expect((await pty.exit).exitCode).toBe(0);
    expect(pty.screen()).toMatch(/The key …6789B for .*: stored\./);
    expect(pty.raw()).not.toContain('BCDFG');
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ last5: '6789B' }]);
    expect((await ok(run, ['key', 'office-proplus-2019'])).stdout).toBe(`${KEY}\n`);
  });

  test('what does not look like a key is stored only after a yes', async () => {
    const { home, run } = newHome();
    for (const answered of ['n', 'y']) {
      const pty = onTerminal(home, ['import', 'key', 'office-proplus-2019']);
      await pty.waitFor(/Product key/);
      pty.type(`BCDFG-HJKMP${KEYS.enter}`);
      await pty.waitFor(/Store it as a key of its own kind\? \(y\/N\)/);
      pty.type(`${answered}${KEYS.enter}`);
      expect((await pty.exit).exitCode).toBe(answered === 'y' ? 0 : 130);
      expect(pty.raw()).not.toContain('BCDFG');
      expect(await answer(run, ['key', '--list'])).toHaveLength(answered === 'y' ? 1 : 0);
    }
  });

  test('a product that nobody knows is made only after a yes', async () => {
    const { home } = newHome();
    const pty = onTerminal(home, ['import', 'key', 'Contoso Unheard Of']);
    await pty.waitFor(/as a new product\? \(y\/N\)/);
    pty.type(`n${KEYS.enter}`);
    expect((await pty.exit).exitCode).toBe(130);
  });

  test('a product that nobody knows is offered to be made', async () => {
    const { home, run } = newHome();
    const pty = onTerminal(home, ['import', 'key', 'Contoso Unheard Of']);
    await pty.waitFor(/as a new product\? \(y\/N\)/);
    pty.type('y');
    pty.type(KEYS.enter);
    await pty.waitFor(/Product key/);
    pty.type(`${KEY}${KEYS.enter}`);
    expect((await pty.exit).exitCode).toBe(0);
    expect(await answer(run, ['list'])).toMatchObject([{ name: 'Contoso Unheard Of', keyCount: 1 }]);
  });

  test('an ambiguous name offers a choice', async () => {
    const { home } = newHome();
    const pty = onTerminal(home, ['show', 'windows server'], { rows: 60 });
    const asked = await pty.waitFor(/Which product do you mean[\s\S]*❯ /);
    const [, first = ''] = /❯ (.*)/.exec(asked) ?? [];
    pty.type(KEYS.down);
    await pty.waitFor(new RegExp(`❯ (?!${first.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s)`));
    pty.type(KEYS.enter);
    await pty.waitFor(/What (to do|it is)/);
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('profile remove asks; Enter alone means no, y means yes', async () => {
    const { home, run } = newHome();
    await ok(run, ['profile', 'add', 'second']);
    const no = onTerminal(home, ['profile', 'remove', 'second']);
    await no.waitFor(/Delete the profile second .*\(y\/N\)/s);
    no.type(KEYS.enter);
    expect((await no.exit).exitCode).toBe(130);
    expect(await answer(run, ['profile', 'list'])).toHaveLength(2);
    const yes = onTerminal(home, ['profile', 'remove', 'second']);
    await yes.waitFor(/\(y\/N\)/);
    yes.type(`y${KEYS.enter}`);
    expect((await yes.exit).exitCode).toBe(0);
    expect(await answer(run, ['profile', 'list'])).toHaveLength(1);
  });

  test.each([
    ['Ctrl-C', KEYS.ctrlC],
    ['Escape', KEYS.escape],
    ['Ctrl-D', KEYS.ctrlD],
  ])('%s at a question: exit 130, nothing done, the terminal as it was', async (_, key) => {
    const { home, run } = newHome();
    await ok(run, ['profile', 'add', 'second']);
    for (const [args, question] of [
      [['profile', 'remove', 'second'], /\(y\/N\)/],
      [['import', 'key', 'office-proplus-2019'], /Product key/],
      [['show', 'windows server'], /Which product/],
    ] as const) {
      const pty = inShell(home, args);
      await pty.waitFor(question);
      pty.type(key);
      await pty.waitFor(/END/);
      expect(pty.screen()).toContain('EXIT 130');
      expectRestored(pty.screen());
      // The cursor that a prompt hides is shown again.
      expect(pty.raw().lastIndexOf(`${ESCAPE}[?25l`)).toBeLessThanOrEqual(
        pty.raw().lastIndexOf(`${ESCAPE}[?25h`),
      );
    }
    expect(await answer(run, ['profile', 'list'])).toHaveLength(2);
    expect(await answer(run, ['key', '--list'])).toEqual([]);
  });

  test.each([{ CI: 'true' }, { MPN_BENEFITS_NO_INPUT: '1' }])(
    'with %o nothing is asked although a terminal is there',
    async (env) => {
      const { home, run } = newHome();
      await ok(run, ['profile', 'add', 'second']);
      const pty = onTerminal(home, ['profile', 'remove', 'second'], { env });
      expect((await pty.exit).exitCode).toBe(2);
      expect(pty.screen()).toContain('--yes');
    },
  );
});

describe('a large import on a terminal', { timeout: 60_000 }, () => {
  const rows = Array.from(
    { length: 30_000 },
    (_, at) => [`Contoso ${at}`, 'MAPS - Core', '1 licenses', 'Jan 1, 2040'] as const,
  );

  test('a line tells how far it is, and is gone at the end', async () => {
    const { home } = newHome();
    const file = write(home, 'large.tsv', grid(rows));
    const pty = onTerminal(home, ['import', file], { cols: 100 });
    expect((await pty.exit).exitCode).toBe(0);
    expect(pty.raw()).toMatch(/large\.tsv: \d+ records read/);
    expect(pty.screen()).not.toContain('records read');
    expect(pty.screen()).toContain('30000 new');
  });

  test('Ctrl-C ends it with 130, nothing of the file is stored, the terminal is as it was', async () => {
    const { home, run } = newHome();
    const file = write(home, 'large.tsv', grid(rows));
    const pty = inShell(home, ['import', file]);
    await pty.waitFor(/records read/);
    pty.type(KEYS.ctrlC);
    await pty.waitFor(/END/);
    expect(pty.screen()).toContain('EXIT 130');
    expectRestored(pty.screen());
    expect(await answer<Json[]>(run, ['list'])).toEqual([]);
    expect(await answer(run, ['import', 'list'])).toEqual([]);
  });

  test('away from a terminal, or with --quiet, there is no such line', async () => {
    const { home, run } = newHome();
    const file = write(home, 'large.tsv', grid(rows.slice(0, 3000)));
    expect((await ok(run, ['import', file])).stderr).toBe('');
    const pty = onTerminal(home, ['import', file, '--quiet']);
    expect((await pty.exit).exitCode).toBe(0);
    expect(pty.raw()).not.toContain('records read');
  });
});

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { KEYS, open, type PtyOptions } from '../helpers/pty.ts';

const DRIVER = fileURLToPath(new URL('./driver.ts', import.meta.url));
const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

const drive = (args: readonly string[], options: PtyOptions = {}) =>
  open(process.execPath, [DRIVER, ...args], options);

/** A shell that reports the settings of its terminal before and after. */
const driveInShell = (args: readonly string[], options: PtyOptions = {}) =>
  open(
    '/bin/sh',
    ['-c', 'stty -g; "$@"; echo "EXIT $?"; stty -g; echo END', 'sh', process.execPath, DRIVER, ...args],
    options,
  );

// Node has to start and to load its libraries in each of these, on a machine that may be busy.
describe('prompts on a real terminal', { timeout: 60_000 }, () => {
  test('select: down, Enter; hostile names are shown without their escapes', async () => {
    const pty = drive(['select']);
    await pty.waitFor(/❯ SQL Server/);
    pty.type(KEYS.down);
    await pty.waitFor(/❯ Windows Server 2022 \]0;ownedDatacenter[\s\S]*Two cores each/);
    expect(pty.raw()).not.toContain('\u001B]0;');
    expect(pty.raw()).not.toContain('\u202E');
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER "windows"/);
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('confirm: Enter alone means no', async () => {
    const pty = drive(['confirm']);
    await pty.waitFor(/Activate SQL Server on srv-01\? \(y\/N\)/);
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER false/);
  });

  test('confirm: y', async () => {
    const pty = drive(['confirm']);
    await pty.waitFor(/\(y\/N\)/);
    pty.type('y');
    await pty.waitFor(/\(y\/N\) y/);
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER true/);
  });

  test('confirm: --yes has answered already', async () => {
    const pty = drive(['confirm', '--yes']);
    await pty.waitFor(/ANSWER true/);
    expect(pty.screen()).not.toContain('Activate');
  });

  test('hidden: neither the terminal nor a message shows what was typed', async () => {
    const pty = drive(['hidden']);
    await pty.waitFor(/Product key \[not shown\]/);
    pty.type(KEY);
    // The key that would reveal it in other programs.
    pty.type('\u0014');
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER \d+/);
    expect(pty.screen()).toContain('got [redacted]');
    expect(pty.raw()).not.toContain('BCDFG');
    expect(pty.raw()).not.toContain('*');
  });

  test('two questions in a row', async () => {
    const pty = drive(['both']);
    await pty.waitFor(/❯ SQL Server/);
    pty.type(KEYS.enter);
    await pty.waitFor(/Activate sql\? \(y\/N\)/);
    pty.type('y');
    await pty.waitFor(/\(y\/N\) y/);
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER \{"product":"sql","sure":true\}/);
  });

  test.each([
    ['Escape', KEYS.escape],
    ['Ctrl-C', KEYS.ctrlC],
    ['Ctrl-D', KEYS.ctrlD],
  ])('%s leaves every prompt with 130 and gives the terminal back', async (_, key) => {
    for (const [what, shown] of [
      ['confirm', /\(y\/N\)/],
      ['select', /❯ SQL Server/],
      ['hidden', /\[not shown\]/],
    ] as const) {
      const pty = driveInShell([what]);
      await pty.waitFor(shown);
      pty.type(key);
      const lines = (await pty.waitFor(/END/)).split('\n');
      expect(lines).toContain('EXIT 130');
      expect(lines.at(-2), 'settings of the terminal').toBe(lines[0]);
      expect(pty.raw()).not.toContain('ANSWER');
      // The cursor that a prompt hid is back.
      const raw = pty.raw();
      expect(raw.lastIndexOf('\u001B[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\u001B[?25l'));
    }
  });

  test.each([['select', /❯ SQL Server/] as const, ['confirm', /Activate SQL/] as const])(
    'no colour in %s with --no-color, NO_COLOR or TERM=dumb',
    async (what, shown) => {
      for (const [args, env] of [
        [['--no-color'], {}],
        [[], { NO_COLOR: '1' }],
        [[], { TERM: 'dumb' }],
      ] as const) {
        const pty = drive([what, ...args], { env });
        await pty.waitFor(env && 'TERM' in env ? /SQL Server/ : shown);
        pty.type(KEYS.enter);
        await pty.waitFor(/ANSWER/);
        expect(pty.raw()).not.toMatch(/\u001B\[[0-9;]*m/);
      }
    },
  );

  test('in 40 columns a choice and its question stay readable', async () => {
    const pty = drive(['both'], { cols: 40 });
    const shown = await pty.waitFor(/❯ SQL Server 2019 Standard/);
    for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
    pty.type(KEYS.down);
    await pty.waitFor(/❯ Windows Server 2022/);
    pty.type(KEYS.down);
    await pty.waitFor(/❯ Office 2019/);
    pty.type(KEYS.enter);
    await pty.waitFor(/Activate office\? \(y\/N\)/);
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER \{"product":"office","sure":false\}/);
    // Every redraw took the lines before it back.
    expect(pty.screen().match(/Which product\?/g)).toHaveLength(1);
  });

  test('names longer than a line of 40 columns leave nothing behind when the choice moves', async () => {
    const pty = drive(['long'], { cols: 40 });
    await pty.waitFor(/❯ Windows Server[\s\S]*short/);
    pty.type(KEYS.down);
    await pty.waitFor(/❯ 製品/);
    pty.type(KEYS.down);
    const shown = await pty.waitFor(/❯ short/);
    expect(shown.match(/Which of the products/g)).toHaveLength(1);
    expect(shown.match(/Windows Server/g)).toHaveLength(1);
    expect(shown.match(/❯/g)).toHaveLength(1);
    pty.type(KEYS.enter);
    await pty.waitFor(/ANSWER 2/);
  });

  test.each([
    ['--no-input', ['confirm', '--no-input'], {}],
    ['CI', ['confirm'], { CI: 'true' }],
  ])('with %s nothing is asked and the flag is named', async (_, args, env) => {
    const pty = drive(args, { env });
    await pty.waitFor(/error: An answer is needed: Activate SQL Server on srv-01\? Pass --yes\./);
    expect((await pty.exit).exitCode).toBe(2);
  });

  test('questions go to stderr: stdout is only data', async () => {
    const pty = open('/bin/sh', ['-c', '"$@" | sed "s/^/OUT /"', 'sh', process.execPath, DRIVER, 'confirm']);
    await pty.waitFor(/\(y\/N\)/);
    expect(pty.screen()).not.toContain('OUT');
    pty.type(KEYS.enter);
    await pty.waitFor(/OUT ANSWER false/);
  });
});

describe('tables and progress on a real terminal', { timeout: 60_000 }, () => {
  test('a table is fitted, coloured by us alone, and aligned with wide characters', async () => {
    const pty = drive(['table'], { cols: 40 });
    await pty.waitFor(/ANSWER/);
    const [header, first, second] = pty.screen().split('\n');
    expect(header).toBe('Product                     Used  State');
    expect(first).toBe('[31mWindows Server 2022 D…    12  active');
    expect(second).toBe('名前 製品                      3  lapsed');
    expect(pty.raw()).toContain('\u001B[32mactive\u001B[39m');
    expect(pty.raw()).not.toContain('\u001B[31mWindows');
  });

  test('a reader that has had enough ends an endless list silently with 0', async () => {
    const pty = open('/bin/bash', [
      '-c',
      'set -o pipefail; "$@" | head -n 2; echo "EXIT $?"',
      'bash',
      process.execPath,
      DRIVER,
      'endless',
    ]);
    const shown = await pty.waitFor(/EXIT/);
    expect(shown).toBe('{"number":0,"name":"row 0"}\n{"number":1,"name":"row 1"}\nEXIT 0');
  });

  test('a full disk is an error of its own', async () => {
    const pty = open('/bin/sh', [
      '-c',
      '"$@" > /dev/full; echo "EXIT $?"',
      'sh',
      process.execPath,
      DRIVER,
      'endless',
    ]);
    const shown = await pty.waitFor(/EXIT/);
    expect(shown).toContain('error: The output cannot be written (ENOSPC).');
    expect(shown).toContain('EXIT 6');
  });

  test('a progress line is one line, makes room for messages, and goes away', async () => {
    const pty = drive(['progress'], { cols: 40 });
    expect(await pty.waitFor(/skipped/)).toBe('warning: One record was skipped.');
    expect(pty.raw()).toContain(`Reading ${'x'.repeat(31)}\r\u001B[2K`);
    pty.type('\r');
    await pty.waitFor(/ANSWER "done"/);
  });
});

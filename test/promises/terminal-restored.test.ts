import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM, temporaryFolder, VAULT_KEY } from '../helpers/cli.ts';
import { KEYS, open } from '../helpers/pty.ts';

/** A shell that tells the settings of its terminal before and after. Every prompt by itself: test/terminal. */
async function interrupted(args: readonly string[], moment: RegExp, typed = ''): Promise<void> {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home, { mode: 0o700 });
  // The shell is asked to go on when it is interrupted too.
  const script = 'trap : INT; stty -g; "$@"; echo "EXIT $?"; stty -g; echo END';
  const pty = open('/bin/sh', ['-c', script, 'sh', process.execPath, PROGRAM, ...args], {
    cwd: home,
    env: { HOME: home, MPN_BENEFITS_HOME: home, MPN_BENEFITS_VAULT_KEY: VAULT_KEY },
  });
  await pty.waitFor(moment, 30_000);
  pty.type(typed);
  await new Promise((resolve) => setTimeout(resolve, 100));
  pty.type(KEYS.ctrlC);
  const lines = (await pty.waitFor(/END/, 30_000)).split('\n');
  expect(lines).toContain('EXIT 130');
  expect(lines.at(-2), 'settings of the terminal').toBe(lines[0]);
  const raw = pty.raw();
  // The cursor that something hid is back, no colour is left on, and no other screen or paste mode either.
  expect(raw.lastIndexOf('\u001B[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\u001B[?25l'));
  for (const mode of ['1049', '2004'])
    expect(raw.lastIndexOf(`\u001B[?${mode}l`)).toBeGreaterThanOrEqual(raw.lastIndexOf(`\u001B[?${mode}h`));
  const colours = [...raw.matchAll(/\u001B\[([0-9;]*)m/g)].map(([, code]) => code);
  expect(['', '0', '22', '39', '49', undefined]).toContain(colours.at(-1));
}

test('Ctrl-C at a question', () =>
  interrupted(
    [
      'activate',
      'office-proplus-2019',
      '-p',
      'sandbox',
      '--machine',
      'pc-1',
      '--assume',
      'new',
      '--reason',
      'x',
      '--via',
      'manual',
    ],
    /\(y\/N\)/,
  ));

test('Ctrl-C at a choice', () => interrupted(['troubleshoot'], /❯/));

test('Ctrl-C in hidden input, with a part of a key typed', () =>
  interrupted(['import', 'key', 'office-proplus-2019', '--type', 'mak'], /\[not shown\]/, 'BCDFG-HJK'));

test('Ctrl-C while it works, under a line of progress, waiting for a pipe that gives no more', async () => {
  const folder = temporaryFolder();
  const [rows, pipe] = [join(folder, 'rows.csv'), join(folder, 'stock.csv')];
  // Progress is told at the thousandth; by then nearly all has been read, and soon more is waited for.
  const lines = Array.from({ length: 1_500 }, (_, row) => `Contoso ${row} ${'x'.repeat(120)},1`);
  writeFileSync(rows, `Product,Quantity\n${lines.join('\n')}\n`);
  execFileSync('mkfifo', [pipe]);
  // Of another session: the Ctrl-C does not reach it.
  const writer = spawn('/bin/sh', ['-c', 'exec 3>"$2"; cat "$1" >&3; exec sleep 60', 'sh', rows, pipe], {
    stdio: 'ignore',
    detached: true,
  });
  try {
    await interrupted(['import', pipe], /records read/);
  } finally {
    writer.kill('SIGKILL');
  }
});

/**
 * Makes the pictures of the README from the real program, on a real terminal, with the sandbox and clock and chance held still:
 * `npm run build && npm run media`. The usage page is photographed with Chromium.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { screenSvg } from './media/screen-svg.ts';

const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, 'docs/media');
const NODE = [process.execPath, '--require', join(import.meta.dirname, 'media/still-world.cjs')];
const PROGRAM = join(ROOT, 'bin/mpn-benefits.js');

const ENTER = '\r';

interface Scene {
  readonly name: string;
  readonly title: string;
  readonly columns: number;
  readonly line: string;
  /** What is typed when the screen shows something. */
  readonly answers?: readonly (readonly [shown: RegExp, typed: string])[];
  /** The picture is taken when this is shown, the program then left; without it, when the program has ended. */
  readonly until?: RegExp;
}

const SCENES: readonly Scene[] = [
  {
    name: 'list',
    title: 'What a made-up partner is entitled to, as mpn-benefits lists it',
    columns: 146,
    line: 'list windows -p sandbox',
  },
  {
    name: 'troubleshoot',
    title: 'From an error code to what to do, one question at a time',
    columns: 104,
    line: 'troubleshoot -p sandbox',
    answers: [
      [/Which product is it about\?/, `office-2019${ENTER}`],
      [/❯ An error code/, ENTER],
      [/\? Code or text/, `0xC004C020${ENTER}`],
      [/❯ None/, ENTER],
    ],
    until: /Was this very machine[\s\S]*❯ Yes/,
  },
];

const home = mkdtempSync(join(tmpdir(), 'mpn-benefits-media-'));
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  MPN_BENEFITS_HOME: join(home, 'own'),
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  LC_ALL: 'en-US.UTF-8',
  TZ: 'UTC',
};

async function film({ name, title, columns, line, answers = [], until }: Scene): Promise<void> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 100, allowProposedApi: true });
  terminal.write(`\u001B[32m$\u001B[39m mpn-benefits ${line}\r\n`);
  const [node = '', ...options] = NODE;
  const child = pty.spawn(node, [...options, PROGRAM, ...line.split(' ')], {
    cols: columns,
    rows: 100,
    cwd: home,
    env,
  });
  child.onData((data) => terminal.write(data));
  terminal.onData((data) => child.write(data));
  let ended = false;
  const end = new Promise<void>((resolve) => child.onExit(() => terminal.write('', resolve)));
  void end.then(() => {
    ended = true;
  });
  for (const [shown, typed] of answers) {
    await shows(terminal, shown, name);
    child.write(typed);
  }
  if (until === undefined) await end;
  else await shows(terminal, until, name);
  writeFileSync(join(TARGET, `${name}.svg`), screenSvg(terminal, title));
  if (!ended) child.kill();
}

function textOf({ buffer: { active } }: xterm.Terminal): string {
  const lines = Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? '',
  );
  return lines.join('\n').trimEnd();
}

/** Waits until the screen shows something, and stays as it is for a moment. */
async function shows(terminal: xterm.Terminal, pattern: RegExp, name: string): Promise<void> {
  let before = '';
  for (let look = 0; look < 150; look += 1) {
    const now = textOf(terminal);
    if (now === before && pattern.test(now)) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${name}: no ${pattern} on the screen:\n${before}`);
}

/** The page for an auditor, as a browser shows it. */
function photographUsage(): void {
  const page = join(home, 'usage.html');
  const [node = '', ...options] = NODE;
  execFileSync(node, [...options, PROGRAM, 'usage', 'office-2019', '-p', 'sandbox', '--html', page], {
    env,
    cwd: home,
  });
  const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    existsSync,
  );
  if (browser === undefined) throw new Error('the picture of the usage page needs Chromium');
  const size = ['--window-size=1000,820', '--hide-scrollbars', '--force-device-scale-factor=1'];
  const headless = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    `--screenshot=${join(TARGET, 'usage.png')}`,
  ];
  execFileSync(
    browser,
    [...headless, ...size, `--user-data-dir=${join(home, 'browser')}`, `file://${page}`],
    {
      stdio: 'ignore',
      timeout: 60_000,
    },
  );
}

mkdirSync(TARGET, { recursive: true });
try {
  // Making the sandbox is nothing to be seen.
  const [node = '', ...options] = NODE;
  execFileSync(node, [...options, PROGRAM, 'list', '-p', 'sandbox'], { env, cwd: home });
  for (const scene of SCENES) await film(scene);
  photographUsage();
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, temporaryFolder } from '../helpers/cli.ts';
import { keyHome, OFFICE } from './key-world.ts';

const LAUNCHER = join(PROGRAM, '../too-old.js');

/** What an old Node runs: it hands over to the Node of the clone. Any Node can run it. */
function launch(home: string, args: readonly string[]): ChildProcess {
  const code = `require(${JSON.stringify(LAUNCHER)}).main('22.22.2', ${JSON.stringify(PROGRAM)})`;
  return spawn(process.execPath, ['-e', code, '--', PROGRAM, ...args], {
    env: cleanEnvironment(home, {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A program of the user that says which signal it got, and ends with 7. */
const LISTENER = `for s in INT QUIT TERM HUP USR1 USR2; do trap "echo got-$s; exit 7" $s; done; echo ready; while :; do sleep 0.05; done`;

test.each(['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)(
  'started by an older Node, %s reaches the program of run, and its exit code comes back',
  async (signal) => {
    const { home } = await keyHome();
    const child = launch(home, ['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', LISTENER]);
    let output = '';
    let errors = '';
    child.stderr?.on('data', (text) => {
      errors += text;
    });
    const ended = once(child, 'close');
    child.stdout?.on('data', (text) => {
      output += text;
      if (String(text).includes('ready')) child.kill(signal);
    });
    const [code] = await ended;
    expect([code, output, errors]).toEqual([7, `ready\ngot-${signal.slice(3)}\n`, '']);
  },
);

test('a clone that nobody has built says what is missing', async () => {
  const clone = temporaryFolder();
  cpSync(join(PROGRAM, '..'), join(clone, 'bin'), { recursive: true });
  for (const args of [['list'], ['--version']]) {
    const done = spawnSync(process.execPath, ['--', join(clone, 'bin', 'mpn-benefits.js'), ...args], {
      encoding: 'utf8',
    });
    expect([done.status, done.stdout]).toEqual([1, '']);
    expect(done.stderr).toMatch(/^error: .*not built yet\.\nhint: .*npm run build\n$/);
  }
});

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { newHome, PROGRAM } from '../helpers/cli.ts';
import { requires } from '../helpers/requires.ts';
import { ok } from './support.ts';

const python = spawnSync('python3', ['--version']).status === 0;

/** A pipe of one page that never makes its writer wait, and a reader who takes his time. */
const SLOW_READER = `
import fcntl, os, subprocess, sys, time
out, into = os.pipe()
fcntl.fcntl(into, 1031, 4096)
fcntl.fcntl(into, fcntl.F_SETFL, fcntl.fcntl(into, fcntl.F_GETFL) | os.O_NONBLOCK)
child = subprocess.Popen(sys.argv[1:], stdout=into)
os.close(into)
time.sleep(0.3)
while True:
    chunk = os.read(out, 1000)
    if not chunk: break
    os.write(1, chunk)
    time.sleep(0.001)
sys.exit(child.wait())
`;

test.skipIf(!requires('python3', python))(
  'a full pipe that does not wait loses nothing of the output',
  async () => {
    const { home, run } = newHome();
    const args = ['list', '-p', 'sandbox', '-o', 'json'];
    const { stdout } = await ok(run, args);
    const slow = spawnSync('python3', ['-c', SLOW_READER, process.execPath, '--', PROGRAM, ...args], {
      env: { PATH: process.env['PATH'], MPN_BENEFITS_HOME: home },
      encoding: 'utf8',
    });
    expect([slow.status, slow.stderr]).toEqual([0, '']);
    expect(slow.stdout.length).toBeGreaterThan(4096);
    expect(slow.stdout).toBe(stdout);
  },
);

test('output to a file, to a pipe and to nowhere is the same', async () => {
  const { home } = newHome();
  const shell = (script: string) =>
    spawnSync('/bin/sh', ['-c', script, 'sh', process.execPath, PROGRAM, home], {
      env: { PATH: process.env['PATH'], MPN_BENEFITS_HOME: home },
      encoding: 'utf8',
    });
  const list = '"$1" -- "$2" list -p sandbox';
  const piped = shell(`${list} | cat`);
  expect(piped.stdout).toContain('Advanced Threat Analytics');
  expect(shell(`${list} > "$3/answer" && cat "$3/answer"`).stdout).toBe(piped.stdout);
  expect(shell(`${list} > /dev/null && echo done`).stdout).toBe('done\n');
  expect(shell(`${list} 2>&1 >&- | cat; "$1" -- "$2" lst 2>&1 | cat`).stdout).toContain('Did you mean list?');
});

import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROGRAM, temporaryFolder } from '../helpers/cli.ts';

const NOBODY = 54_321;

/** Only root can become a user of whom the system knows nothing; anybody can name a home folder that is none. */
const isRoot = process.getuid?.() === 0;
const HOMELESS = isRoot ? [{}, { HOME: '' }, { HOME: 'somewhere' }] : [{ HOME: '/dev/null' }];

/** Runs the program as such a user, with this environment and no more. */
function asNobody(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  return spawnSync(process.execPath, ['--', PROGRAM, ...args], {
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    cwd: '/',
    env: { PATH, ...env },
    encoding: 'utf8',
  });
}

test.each(HOMELESS)(
  'a user without a home folder is told to name one; the folder of the start is never used: %j',
  (env) => {
    const done = asNobody(['list'], env);
    expect([done.status, done.stdout]).toEqual([6, '']);
    expect(done.stderr).toMatch(/^error: .*no home folder.*\nhint: .*MPN_BENEFITS_HOME.*\n$/);
    expect(asNobody(['--version'], env).status).toBe(0);
  },
);

test('with MPN_BENEFITS_HOME none is needed', () => {
  const home = temporaryFolder();
  chmodSync(home, 0o777);
  const env = { ...HOMELESS[0], MPN_BENEFITS_HOME: home };
  expect(asNobody(['list', '-p', 'sandbox'], env)).toMatchObject({ status: 0, stderr: '' });
  expect(asNobody(['config', 'set', 'output', 'json'], env)).toMatchObject({ status: 0, stderr: '' });
});

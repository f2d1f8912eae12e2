import { chmodSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import { type Json, ok, type Runner, write } from './support.ts';

/** What was found, by the ids of the checks; the exit code and the error say the same. */
async function doctor(run: Runner, args: readonly string[] = []): Promise<Readonly<Record<string, Json>>> {
  const done = await run(['doctor', '-o', 'json', ...args]);
  // The border: what is in it is compared.
  const { checks } = done.json() as { checks: { id: string; result: string }[] };
  const bad = checks.filter(({ result }) => result === 'fail' || result === 'crash').map(({ id }) => id);
  expect(done.code).toBe(bad.length === 0 ? 0 : 9);
  if (bad.length > 0) expect(done.error()).toMatchObject({ code: 'CHECK_FAILED', details: { failed: bad } });
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

const bad = (checks: Readonly<Record<string, Json>>): string[] =>
  Object.values(checks)
    .filter(({ result }) => result === 'fail' || result === 'crash')
    .map(({ id }) => String(id));

describe('a configuration file at fault is a finding, and everything else is looked at', () => {
  test.each([
    ['garbage', 'garbage', 'is not valid JSON'],
    ['a list', '[]', 'does not hold an object'],
    ['a format that there is not', '{"output":"xml"}', 'holds a value that output cannot have'],
    ['an impossible profile', '{"profile":"../x"}', 'holds a value that profile cannot have'],
    ['a profile that is not there', '{"profile":"gone"}', 'There is no profile called gone.'],
    ['profiles that are none', '{"profiles":[]}', 'holds no object for profiles'],
  ])('%s', async (_, content, evidence) => {
    const { home, run } = newHome();
    await ok(run, ['profile', 'add', 'default']);
    write(home, 'config.json', content);
    chmodSync(join(home, 'config.json'), 0o600);
    const checks = await doctor(run);
    expect(bad(checks)).toEqual(['configuration']);
    expect(checks['configuration']).toMatchObject({
      evidence: expect.stringContaining(evidence),
      fix: expect.any(String),
    });
    expect(checks['database']).toMatchObject({ result: content.includes('gone') ? 'skip' : 'ok' });
    expect(checks['folders']).toMatchObject({ result: 'ok' });
  });

  test('what can be read of it holds: a profile on a service stays one', async () => {
    const { home, run } = newHome();
    write(
      home,
      'config.json',
      '{"output":"xml","profile":"team","profiles":{"team":{"url":"https://benefits.example.com"}}}',
    );
    chmodSync(join(home, 'config.json'), 0o600);
    const checks = await doctor(run, ['--offline']);
    expect(bad(checks)).toEqual(['configuration']);
    expect(checks['database']).toMatchObject({ evidence: 'The service of this profile looks after it.' });
  });

  test('a profile that was asked for and is not there is a mistake of the caller', async () => {
    const { home, run } = newHome();
    const done = await run(['doctor', '-p', 'gone']);
    expect(done).toMatchObject({ code: 3, stdout: '' });
    // It may stand in the file that nobody can read.
    write(home, 'config.json', 'garbage');
    chmodSync(join(home, 'config.json'), 0o600);
    expect(bad(await doctor(run, ['-p', 'gone']))).toEqual(['configuration']);
  });
});

describe('config unset mends what doctor found', () => {
  test.each([
    ['output', '{"output":"xml","profile":"sandbox"}'],
    ['output', '{"output":7,"locale":"%%"}'],
    ['profile', '{"profile":"gone"}'],
  ])('%s in %s; the rest stays', async (key, content) => {
    const { home, run } = newHome();
    const file = write(home, 'config.json', content);
    await ok(run, ['config', 'unset', key]);
    const { [key]: _, ...others } = JSON.parse(content);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(others);
  });

  test('the hint of every other command names it', async () => {
    const { home, run } = newHome();
    write(home, 'config.json', '{"output":"xml"}');
    const done = await run(['list']);
    expect(done.code).toBe(8);
    expect(done.stderr).toContain('mpn-benefits config unset output');
  });

  test.each(['garbage', '{"profiles":[]}'])('%s is left alone', async (content) => {
    const { home, run } = newHome();
    const file = write(home, 'config.json', content);
    expect((await run(['config', 'unset', 'output'])).code).toBe(8);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });
});

test('a link in the place of the profiles is a finding, told once by each check that it stops', async () => {
  const { home, run } = newHome();
  symlinkSync(temporaryFolder(), join(home, 'profiles'));
  const checks = await doctor(run);
  expect(checks['folders']).toMatchObject({
    result: 'fail',
    evidence: expect.stringContaining('symbolic link'),
  });
});

test('a database that cannot be read is told once: nothing crashes over it', async () => {
  const { home, run } = newHome();
  await ok(run, ['profile', 'add', 'default']);
  const file = join(home, 'profiles/default/benefits.db');
  for (const beside of ['', '-wal', '-shm']) rmSync(`${file}${beside}`, { force: true });
  write(
    join(home, 'profiles/default'),
    'benefits.db',
    'no database, but long enough to look like one'.repeat(99),
  );
  chmodSync(file, 0o600);
  const checks = await doctor(run);
  expect(bad(checks)).toEqual(['database']);
  expect(checks['export']).toMatchObject({ result: 'skip' });
});

test('a database of 0 bytes was something else once, or never began: that is said', async () => {
  const { home, run } = newHome();
  await ok(run, ['profile', 'add', 'default']);
  const file = join(home, 'profiles/default/benefits.db');
  for (const beside of ['-wal', '-shm']) rmSync(`${file}${beside}`, { force: true });
  truncateSync(file);
  expect((await doctor(run))['database']).toMatchObject({
    result: 'warn',
    evidence: expect.stringContaining('0 bytes'),
  });
});

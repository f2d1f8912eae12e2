import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { filesIn, ok, type Runner } from './support.ts';

/** Commands that a help screen names, found by reading it: a new command is pinned without touching this file. */
function commandsIn(help: string): string[] {
  const listed = help.split('\nCommands:\n')[1] ?? '';
  return [...listed.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

async function allScreens(run: Runner): Promise<Map<string, string>> {
  const screens = new Map<string, string>();
  const visit = async (path: readonly string[]): Promise<void> => {
    const help = (await ok(run, [...path, '--help'])).stdout;
    screens.set(['mpn-benefits', ...path].join(' '), help);
    // One after the other, in one process.
    for (const name of commandsIn(help)) await visit([...path, name]);
  };
  await visit([]);
  return screens;
}

describe('help', { timeout: 180_000 }, () => {
  test('every screen is as it was when somebody last looked at it', async () => {
    const { home, run } = newHome();
    const screens = await allScreens(run);
    for (const name of [
      'import',
      'import key',
      'list',
      'show',
      'key',
      'run',
      'offer set',
      'profile remove',
      'config path',
    ]) {
      expect([...screens.keys()]).toContain(`mpn-benefits ${name}`);
    }
    for (const [name, screen] of screens) {
      await expect(screen).toMatchFileSnapshot(`help/${name.replaceAll(' ', '-')}.txt`);
    }
    expect(filesIn(home)).toEqual([]);
  });

  test('the program alone begins with what a first-time user needs', async () => {
    const { run } = newHome();
    const { stdout } = await ok(run, []);
    await expect(stdout).toMatchFileSnapshot('help/first-steps.txt');
    expect(stdout).toContain('mpn-benefits list -p sandbox');
  });

  test('help is an answer: the same by every way, on stdout', async () => {
    const { run } = newHome();
    const [option, short, command] = await Promise.all([
      ok(run, ['list', '--help']),
      ok(run, ['list', '-h']),
      ok(run, ['help', 'list']),
    ]);
    expect(short.stdout).toBe(option.stdout);
    expect(command.stdout).toBe(option.stdout);
    expect([option, short, command].map(({ stderr }) => stderr)).toEqual(['', '', '']);
    const deep = await ok(run, ['help', 'activations', 'adjust']);
    expect(deep.stdout).toBe((await ok(run, ['activations', 'adjust', '--help'])).stdout);
    expect((await ok(run, ['help', 'import', 'key'])).stdout).toContain('import key [options] <product>');
    expect((await ok(run, ['profile'])).stdout).toBe((await ok(run, ['profile', '--help'])).stdout);
  });

  test('the version is that of the package', async () => {
    const { run } = newHome();
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    for (const option of ['--version', '-V']) expect((await ok(run, [option])).stdout).toBe(`${version}\n`);
  });
});

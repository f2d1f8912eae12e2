import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import { type Block, blocksOf, commandsIn, shellTextsIn } from '../helpers/doc-reader.ts';
import { accessLog, expectNoKey, keyHome, OFFICE_KEY, spellings, storeKey } from './key-world.ts';
import { write } from './support.ts';

const PAGE = readFileSync(new URL('../../docs/pipelines.md', import.meta.url), 'utf8');
const BLOCKS = blocksOf(PAGE);

/** What is in pipelines and playbooks for a shell, with the programs it calls. */
const IN_YAML = BLOCKS.filter(({ language }) => language === 'yaml').flatMap((block) =>
  shellTextsIn(block.text).map((text): Block => {
    const programs = commandsIn(text).flatMap((words) => words.slice(words.indexOf('--') + 1)[0] ?? []);
    const stubs = programs.filter((program) => program.startsWith('./'));
    return { ...block, text, note: `stubs ${stubs.join(', ') || 'nothing'}` };
  }),
);
const EXAMPLES = [
  ...BLOCKS.filter(({ language, note }) => language === 'bash' && note !== null),
  ...IN_YAML.filter(({ text }) => text.startsWith('mpn-benefits ')),
];
const PROJECT_KEY = 'MPQRT-VWXY2-34678-9BCDF-GHJKM';

/** What stands behind `stubs` and `needs` in the comment in front of an example. */
function partsOf({ note }: Block): { readonly stubs: readonly string[]; readonly needs: readonly string[] } {
  const stubs = /^stubs ([^;]+)/.exec(note ?? '')?.[1] ?? '';
  const needs = /needs (\S+)$/.exec(note ?? '')?.[1];
  return {
    stubs: stubs === 'nothing' ? [] : stubs.split(', '),
    needs: needs === undefined ? [] : [needs],
  };
}

/** A program that tells what it got: arguments, environment, the files that variables name, standard input. */
const STUB = `#!/bin/sh
{ printf 'argument %s\\n' "$@"; env; [ -n "$KEY_FILE" ] && cat "$KEY_FILE"; cat; } > "$TOLD"
echo "stub has $PRODUCT_KEY $OFFICE_KEY"
`;

function executable(folder: string, name: string, text: string): void {
  chmodSync(write(folder, name, text), 0o755);
}

describe('the examples of docs/pipelines.md, run by bash with the real program', () => {
  test('there are some', () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(15);
  });

  test.each(EXAMPLES.map((block) => [`line ${block.line}: ${block.text.split('\n')[0]}`, block] as const))(
    '%s',
    async (_, block) => {
      const { home, run } = await keyHome();
      await storeKey(run, 'project-pro-2019', PROJECT_KEY);
      const { stubs, needs } = partsOf(block);
      const bin = join(home, 'bin');
      mkdirSync(bin);
      executable(bin, 'mpn-benefits', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
      for (const stub of stubs) executable(stub.startsWith('./') ? home : bin, stub.replace('./', ''), STUB);
      for (const name of needs) {
        const wanted = BLOCKS.find(({ text }) => text.startsWith(`# ${name}\n`));
        write(home, name, wanted?.text ?? '');
      }
      const runnerFiles = {
        GITHUB_ENV: write(home, 'github-env', ''),
        GITHUB_OUTPUT: write(home, 'github-output', ''),
      };
      const told = join(home, 'told');
      const env = cleanEnvironment(home, {
        ...runnerFiles,
        TOLD: told,
        PATH: `${bin}:${process.env['PATH']}`,
      });
      const done = spawnSync('bash', ['-c', block.text], { cwd: home, env, input: '', encoding: 'utf8' });
      expect(done.status, done.stderr).toBe(0);
      expect(accessLog(home).length).toBeGreaterThan(0);

      if (stubs.length > 0) {
        const got = readFileSync(told, 'utf8');
        expect(got).toContain(OFFICE_KEY);
        expectNoKey(
          got
            .split('\n')
            .filter((line) => line.startsWith('argument '))
            .join('\n'),
        );
        if (needs.length > 0) expect(got).toContain(PROJECT_KEY);
        // A shell that has the key itself is not masked; the page says so in its own way.
        if (block.text.includes('mpn-benefits run')) {
          expectNoKey(done.stdout + done.stderr, OFFICE_KEY, PROJECT_KEY);
          expect(done.stdout).toContain('stub has');
          expect(got).not.toContain('MPN_BENEFITS_VAULT_KEY=');
        }
      } else {
        const files = ['office.env', 'github-env', 'github-output']
          .map((name) => join(home, name))
          .filter((path) => existsSync(path))
          .map((path) => readFileSync(path, 'utf8'));
        const out = [done.stdout, ...files].join('\n');
        expect(spellings(OFFICE_KEY).some((spelling) => out.includes(spelling))).toBe(true);
      }
      expectNoKey(done.stderr, OFFICE_KEY, PROJECT_KEY);
    },
  );
});

test('every other shell text in a pipeline installs the version that there is, or uses what the step before got', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const others = IN_YAML.filter(({ text }) => !text.startsWith('mpn-benefits ')).map(({ text }) => text);
  expect(new Set(others)).toEqual(
    new Set([`npm install --global ./tools/mpn-benefits-${version}.tgz`, './install-office.sh']),
  );
});

test.each(BLOCKS.filter(({ language, text }) => language === 'yaml' && !text.includes('hosts:')))(
  'a pipeline installs the program with a Node that can run it before it calls it, line $line',
  ({ text }) => {
    const at = (what: RegExp): number => text.search(what);
    expect(at(/node-version: 24|version: 24\.x|image: node:24/)).toBeGreaterThan(0);
    expect(at(/npm install --global/)).toBeGreaterThan(at(/node-version: 24|version: 24\.x|image: node:24/));
    expect(at(/\bmpn-benefits (key|run)/)).toBeGreaterThan(at(/npm install --global/));
    expect(text).toContain('MPN_BENEFITS_SERVICE_URL: ');
  },
);

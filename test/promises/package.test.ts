import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnvironment } from '../helpers/cli.ts';
import { nodes } from '../helpers/nodes.ts';
import { requires } from '../helpers/requires.ts';
import { filesIn } from '../process/support.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const own = read(join(ROOT, 'package.json'));
const lock: { lockfileVersion: number; packages: Record<string, Record<string, unknown>> } = read(
  join(ROOT, 'package-lock.json'),
);

describe('what is locked', () => {
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

  test('nothing of ours or of what we install runs at installation', () => {
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
      expect(own.scripts).not.toHaveProperty(name);
    const running = packages.filter(([, each]) => each['hasInstallScript'] === true && each['dev'] !== true);
    expect(running.map(([path]) => path)).toEqual([]);
  });

  test('every package has its hash, and no address: whoever installs chooses the registry', () => {
    expect(packages.length).toBeGreaterThan(100);
    for (const [path, each] of packages) {
      if (each['inBundle'] === true) continue;
      expect([path, each['integrity']]).toEqual([path, expect.stringMatching(/^sha512-/)]);
      expect([path, each['resolved']]).toEqual([path, undefined]);
    }
  });

  test('every version is an exact one, and the lockfile has the same', () => {
    const wanted = { ...own.dependencies, ...own.devDependencies };
    for (const [name, version] of Object.entries<string>(wanted))
      expect([name, version]).toEqual([name, expect.stringMatching(/^(npm:@?[^@]+@)?\d+\.\d+\.\d+$/)]);
    const { dependencies, devDependencies } = lock.packages[''] ?? {};
    expect({ dependencies, devDependencies }).toEqual({
      dependencies: own.dependencies,
      devDependencies: own.devDependencies,
    });
  });
});

/** As npm packs and installs it: no test can tell more of what a user gets. */
describe('the packed program', () => {
  let folder: string;
  let app: string;
  let installed: string;

  const npm = (cwd: string, ...args: readonly string[]): string =>
    execFileSync('npm', [...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, npm_config_loglevel: 'error' },
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-packed-'));
    app = join(folder, 'app');
    mkdirSync(app);
    installed = join(app, 'node_modules/mpn-benefits');
    execFileSync(process.execPath, ['scripts/sbom.ts'], { cwd: ROOT });
    // Its one dependency as it is installed here, so that no registry is asked.
    const native = readdirSync(join(ROOT, 'node_modules/@napi-rs')).filter((name) =>
      name.startsWith('keyring-'),
    );
    const dependencies = ['keytar', ...native.map((name) => `@napi-rs/${name}`)];
    const sources = ['.', ...dependencies.map((name) => `./node_modules/${name}`)];
    // Not where they are: npm would take the folder's own scripts for those of the packages.
    const packed = npm(
      ROOT,
      'pack',
      '--ignore-scripts',
      '--silent',
      '--pack-destination',
      folder,
      ...sources,
    );
    const [ours = '', keytar = '', ...others] = packed
      .trim()
      .split('\n')
      .map((name) => join(folder, name));
    const offline = ['--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache')];
    npm(app, 'install', ...offline, ours, `keytar@file:${keytar}`, ...others);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is at most 12 packages and 12 MB', () => {
    const files = filesIn(join(app, 'node_modules'));
    const bytes = files.reduce((sum, file) => sum + statSync(join(app, 'node_modules', file)).size, 0);
    expect(bytes).toBeLessThanOrEqual(12 * 1024 * 1024);
    const packages = Object.keys(read(join(app, 'node_modules/.package-lock.json')).packages);
    expect(packages).toContain('node_modules/mpn-benefits');
    expect(packages.length).toBeLessThanOrEqual(12);
  });

  test('holds the program, what is said about it, and nothing else', () => {
    const files = filesIn(installed);
    expect(files.filter((file) => !/^(bin|dist)[\\/]/.test(file))).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      ...filesIn(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
      'package.json',
    ]);
    expect(
      files.filter((file) => /\.(map|ts|test\.\w+)$|(^|[\\/])(test|fixtures|node_modules)[\\/]/.test(file)),
    ).toEqual([]);
    for (const file of files.filter((name) => name.endsWith('.cjs')))
      expect([file, readFileSync(join(installed, file), 'utf8').includes('sourceMappingURL')]).toEqual([
        file,
        false,
      ]);
  });

  test('holds every page that a message names, or one of its pages points to', () => {
    const files = filesIn(installed);
    const text = (file: string): string => readFileSync(join(installed, file), 'utf8');
    const messages = files.filter((file) => /^dist[\\/].*\.c?js$/.test(file)).map(text);
    const inMessages = messages.flatMap((code) => code.match(/\bdocs\/[\w/-]+\.md\b/g) ?? []);
    expect(inMessages).toContain('docs/team-service.md');
    const pages = files.filter((file) => file.endsWith('.md'));
    const pointed = pages.flatMap((page) =>
      // Pictures are for those who read it in the repository.
      [...text(page).matchAll(/(?<!!\[[^\]]*)\]\((?![a-z]+:|#)([^)#]+)/g)].map(([, target = '']) =>
        posix.join(posix.dirname(page), target),
      ),
    );
    expect(pointed.length).toBeGreaterThan(12);
    const isThere = (path: string): boolean =>
      files.includes(path) || files.some((file) => file.startsWith(path.replace(/\/?$/, '/')));
    expect([...inMessages, ...pointed].filter((path) => !isThere(path))).toEqual([]);
  });

  test('has a bill of materials: all that is bundled or installed, with version, licence and hash', () => {
    const bill = read(join(installed, 'dist/sbom.cdx.json'));
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'mpn-benefits', version: own.version } },
    });
    const components: { name: string; licenses?: unknown[]; hashes: unknown[]; purl: string }[] =
      bill.components;
    // By the address of the package, for one may be installed under another name.
    const names = components.map(({ purl }) => decodeURIComponent(purl).replace(/^pkg:npm\/(.+)@.*$/, '$1'));
    for (const name of ['commander', 'undici', 'zod', '@napi-rs/keyring']) expect(names).toContain(name);
    for (const name of ['vitest', 'typescript', 'fast-check']) expect(names).not.toContain(name);
    for (const each of components) {
      expect(each).toMatchObject({ purl: expect.stringMatching(/^pkg:npm\//), hashes: [expect.anything()] });
      expect([each.name, each.licenses]).toEqual([each.name, [expect.anything()]]);
    }
    expect(readFileSync(join(installed, 'dist/third-party-licences.txt'), 'utf8')).toContain('commander@');
  });

  test('is found by npx', () => {
    const found = spawnSync('npx', ['--offline', 'mpn-benefits', '--version'], {
      cwd: app,
      encoding: 'utf8',
    });
    expect([found.status, found.stdout]).toEqual([0, `${own.version}\n`]);
  });

  describe.each(nodes())('on Node $version', ({ version, folder: bin, available }) => {
    const there = requires(`Node ${version}`, available);

    test.skipIf(!there)('lists, shows, hands a key to a pipe, and checks itself', () => {
      const home = join(folder, `home-${version}`);
      mkdirSync(home, { mode: 0o700 });
      const env = cleanEnvironment(home, {
        PATH: [bin, join(app, 'node_modules/.bin'), process.env['PATH']].join(':'),
        MPN_BENEFITS_PROFILE: 'sandbox',
      });
      const shell = (command: string): string => {
        const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
          cwd: app,
          env,
          encoding: 'utf8',
        });
        expect([command, status, stderr]).toEqual([command, 0, '']);
        return stdout;
      };
      expect(shell('node --version')).toBe(`v${version}\n`);
      expect(shell('mpn-benefits --version')).toBe(`${own.version}\n`);
      expect(JSON.parse(shell('mpn-benefits list -o json')).length).toBeGreaterThan(20);
      expect(shell('mpn-benefits show office-proplus-2019')).toContain('Office Professional Plus 2019');
      expect(shell('mpn-benefits key office-proplus-2019 | cat')).toMatch(/^([A-Z2-9]{5}-){4}[A-Z2-9]{5}\n$/);
      expect(shell('mpn-benefits doctor')).toContain(version);
    });
  });
});

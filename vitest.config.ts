import { configDefaults, defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

/**
 * Parts of the suite, those that take longest first. Everything that is no other part is a unit test. `apart` are files
 * that put something in the place of a module of Node; all others share a process with the files before them, which
 * saves loading everything for each.
 */
export const PARTS = [
  'process',
  'faults',
  'unit',
  'keychain',
  'terminal',
  'promises',
  'remote',
  'apart',
] as const;
export type Part = (typeof PARTS)[number];

const APART = 'test/**/*.apart.test.ts';
const folders = PARTS.filter((part) => part !== 'unit' && part !== 'apart');
const part = (name: string, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include, exclude: [...configDefaults.exclude, ...exclude], isolate: name === 'apart' },
});

export default defineConfig({
  define: { __VERSION__: JSON.stringify(manifest.version) },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests say themselves what of the environment they want.
    env: { NO_COLOR: '', FORCE_COLOR: '' },
    projects: [
      part('unit', ['test/**/*.test.ts'], [APART, ...folders.map((folder) => `test/${folder}/**`)]),
      part('apart', [APART]),
      ...folders.map((folder) => part(folder, [`test/${folder}/**/*.test.ts`])),
    ],
  },
});

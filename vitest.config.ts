import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Parts of the suite, in rows that run side by side: the first keeps processors busy, the second waits much. Everything
 * that is no other part is a unit test.
 */
export const ROWS = [
  ['unit', 'process', 'terminal'],
  ['promises', 'keychain', 'remote', 'faults'],
] as const;
export type Part = (typeof ROWS)[number][number];

const PARTS = ROWS.flat();

const folders = PARTS.filter((part) => part !== 'unit');
const part = (name: string, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include, exclude: [...configDefaults.exclude, ...exclude] },
});

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests say themselves what of the environment they want.
    env: { NO_COLOR: '', FORCE_COLOR: '' },
    projects: [
      part(
        'unit',
        ['test/**/*.test.ts'],
        folders.map((folder) => `test/${folder}/**`),
      ),
      ...folders.map((folder) => part(folder, [`test/${folder}/**/*.test.ts`])),
    ],
  },
});

import { configDefaults, defineConfig } from 'vitest/config';

/** Parts of the suite, in the order in which they run. Everything that is no other part is a unit test. */
export const PARTS = ['unit', 'promises', 'process', 'terminal', 'keychain', 'remote', 'faults'] as const;

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

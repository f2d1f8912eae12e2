import { createRequire } from 'node:module';
import { defineConfig } from 'rolldown';

const { version } = createRequire(import.meta.url)('./package.json') as { version: string };

/** Modules of src, by the beginning of their paths. */
const inRoom = (paths: string): RegExp =>
  new RegExp(`[\\\\/]src[\\\\/](${paths.replaceAll('/', '[\\\\/]')})`);

const READING = new RegExp(
  `${inRoom('backend/(open|backend|local/(local|entitlements|entitlement-rows|counting|products|profile-database))').source}|${inRoom('store|entitlements|activation/numbers|data/(catalogue|families|offers)|commands/shared/(cells|rows|product)').source}|data[\\\\/](catalogue|families|offers)\\.json`,
);

/**
 * CommonJS chunks start fastest, and each dynamic import() stays a file of its own that is read only when used. What
 * every command needs is one chunk, what most of them need a second: a dozen small files cost more than their code.
 */
export default defineConfig({
  input: { main: 'src/main.ts', 'clipboard-helper': 'src/provisioning/clipboard/helper.ts' },
  platform: 'node',
  external: [/^node:/, /^keytar/],
  transform: { define: { __VERSION__: JSON.stringify(version) } },
  resolve: { alias: { '@commander-js/extra-typings': 'commander' } },
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: true,
    cleanDir: true,
    codeSplitting: {
      groups: [
        {
          name: 'base',
          test: inRoom('errors|entitlements/types|importers/record|keys/(product-key|secret)'),
          priority: 3,
        },
        {
          name: 'command',
          test: inRoom('context|settings|keys/hidden|terminal/(?!prompts|progress|yaml|csv|query|error)'),
          priority: 2,
        },
        { name: 'reading', test: READING, priority: 1 },
      ],
    },
  },
});

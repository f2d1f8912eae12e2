import { createRequire } from 'node:module';
import { defineConfig, type Plugin } from 'rolldown';

const { version } = createRequire(import.meta.url)('./package.json') as { version: string };

/** Modules of src, by the beginning of their paths. */
const inRoom = (paths: string): RegExp =>
  new RegExp(`[\\\\/]src[\\\\/](${paths.replaceAll('/', '[\\\\/]')})`);

const READING = new RegExp(
  `${inRoom('backend/(open|backend|local/(local|entitlements|entitlement-rows|counting|products|profile-database))').source}|${inRoom('store|entitlements|activation/numbers|data/(catalogue|families|offers)|commands/shared/(cells|rows|product)').source}|data[\\\\/](catalogue|families|offers)\\.json`,
);

const COMMANDER = /[\\/]node_modules[\\/]commander[\\/]/;

/**
 * Commander starts executables as subcommands, for which it loads Node's child processes, networking and more; we
 * have none, so it gets Node's own modules on first use.
 */
const modulesOnFirstUse: Plugin = {
  name: 'modules-on-first-use',
  resolveId: (source, importer) =>
    source === 'node:child_process' && importer !== undefined && COMMANDER.test(importer)
      ? `\0${source}`
      : null,
  load: (id) =>
    id.startsWith('\0node:')
      ? `export default { get spawn() { return process.getBuiltinModule('${id.slice(1)}').spawn; } };`
      : null,
};

/**
 * CommonJS chunks start fastest, and each dynamic import() stays a file of its own that is read only when used. What
 * every command needs is one chunk, what most of them need a second: a dozen small files cost more than their code.
 */
export default defineConfig({
  input: { main: 'src/main.ts', 'clipboard-helper': 'src/provisioning/clipboard/helper.ts' },
  platform: 'node',
  external: [/^keytar/],
  transform: { define: { __VERSION__: JSON.stringify(version) } },
  resolve: { alias: { '@commander-js/extra-typings': 'commander' } },
  plugins: [modulesOnFirstUse],
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

import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import { type CatalogueData, catalogueNames } from './src/entitlements/catalogue.ts';
import { type ProgramsData, programNames } from './src/entitlements/programs.ts';

const { version } = createRequire(import.meta.url)('./package.json') as { version: string };

/** Modules of src, by the beginning of their paths. */
const inRoom = (paths: string): RegExp =>
  new RegExp(`[\\\\/]src[\\\\/](${paths.replaceAll('/', '[\\\\/]')})`);

const BASE = new RegExp(
  `${inRoom('errors|environment|version|entitlements/types|importers/record|keys/(product-key|secret)|provisioning/(child/environment|pipeline/formats)|terminal/formats').source}|^\\0node:`,
);

const READING = new RegExp(
  `${inRoom('backend/(open|rows|local/(local|entitlements|entitlement-rows|counting|products|profile-database))').source}|${inRoom('store/(?!postgres|own-file)|entitlements/(?!search|abbreviations|distance|explain)|activation/numbers|data/(catalogue|families|offers)|commands/shared/(cells|rows|product)').source}|data[\\\\/](catalogue|families|offers)\\.json`,
);

const PACKAGE = /[\\/]node_modules[\\/](?:commander|env-paths)[\\/]/;

/**
 * Default imports of Node's modules, in the packages that every command needs: the bundler would copy such a module
 * property by property. Commander also starts executables as subcommands, which we do not have: Node's child
 * processes, with networking and more behind them, wait until somebody asks.
 */
const nodeModulesAsTheyAre: Plugin = {
  name: 'node-modules-as-they-are',
  resolveId: (source, importer) =>
    /^node:(?:child_process|fs|os|path|process)$/.test(source) &&
    importer !== undefined &&
    PACKAGE.test(importer)
      ? `\0${source}`
      : null,
  load(id) {
    if (!id.startsWith('\0node:')) return null;
    const builtin = `process.getBuiltinModule('${id.slice(1)}')`;
    return id.endsWith('child_process')
      ? `export default { get spawn() { return ${builtin}.spawn; } };`
      : `export default ${builtin};`;
  },
};

/** JSON.parse reads a text faster than the compiler reads the same object written as code. */
const dataAsText: Plugin = {
  name: 'data-as-text',
  transform: {
    filter: { id: /\.json$/ },
    handler: (text, id) => ({
      code: `export default JSON.parse(${JSON.stringify(asciiOnly(JSON.stringify(prepared(JSON.parse(text), id))))});`,
      moduleType: 'js',
    }),
  },
};

/** What follows from data is computed here once, where a command would wait for it. */
function prepared(data: unknown, file: string): unknown {
  // The border: the shape of these files is checked by test/data/.
  switch (basename(file)) {
    case 'catalogue.json': {
      const catalogue = data as CatalogueData;
      return { ...catalogue, names: catalogueNames(catalogue.products) };
    }
    case 'offers.json': {
      const { programs } = data as ProgramsData;
      return { programs, names: programNames(programs) };
    }
    default:
      return data;
  }
}

/** One character that Latin-1 does not have makes Node keep a whole file in twice the memory, and read it slower. */
const plainCharacters: Plugin = {
  name: 'plain-characters',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = asciiOnly(file.code);
  },
};

function asciiOnly(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * CommonJS chunks start fastest, and each dynamic import() stays a file of its own that is read only when used. What
 * every command needs is one chunk, what most of them need a second: a dozen small files cost more than their code.
 */
export default defineConfig({
  input: {
    main: 'src/main.ts',
    'clipboard-helper': 'src/provisioning/clipboard/helper.ts',
    'ledger-verifier': 'src/backend/local/verify/worker.ts',
  },
  platform: 'node',
  external: [/^keytar/],
  transform: { define: { __VERSION__: JSON.stringify(version) } },
  resolve: { alias: { '@commander-js/extra-typings': 'commander' } },
  plugins: [nodeModulesAsTheyAre, dataAsText, plainCharacters],
  output: {
    dir: 'dist',
    format: 'cjs',
    // A real import() in a script that src/start/ runs makes Node warn on stderr.
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: true,
    cleanDir: true,
    codeSplitting: {
      groups: [
        {
          name: 'base',
          test: BASE,
          priority: 3,
        },
        {
          name: 'command',
          test: inRoom(
            'context|settings|keys/hidden|terminal/(?!prompts|progress|yaml|csv|query|error|paste)',
          ),
          priority: 2,
        },
        { name: 'reading', test: READING, priority: 1 },
      ],
    },
  },
});

/**
 * What comes before it, in a file of its own: it runs the files above, and shares none with them.
 * @param build a hash over what was built.
 */
export const startConfig = (build: string) =>
  defineConfig({
    input: { start: 'src/start/start.ts' },
    platform: 'node',
    transform: { define: { __BUILD__: JSON.stringify(build) } },
    plugins: [nodeModulesAsTheyAre, plainCharacters],
    output: { dir: 'dist', format: 'cjs', entryFileNames: '[name].cjs', minify: true },
  });

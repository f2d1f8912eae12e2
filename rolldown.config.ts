import { createRequire } from 'node:module';
import { defineConfig } from 'rolldown';

const { version } = createRequire(import.meta.url)('./package.json') as { version: string };

/** CommonJS chunks start fastest, and each dynamic import() stays a file of its own that is read only when used. */
export default defineConfig({
  input: { main: 'src/main.ts' },
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
  },
});

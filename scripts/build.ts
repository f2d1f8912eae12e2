/** Builds dist/. With --if-missing it does nothing where there is one, so that starting a clone needs no second command. */
import { existsSync } from 'node:fs';
import { rolldown } from 'rolldown';
import config from '../rolldown.config.ts';

if (!process.argv.includes('--if-missing') || !existsSync('dist/main.cjs')) {
  const { output, ...input } = config;
  const bundle = await rolldown(input);
  await bundle.write(Array.isArray(output) ? output[0] : output);
  await bundle.close();
}

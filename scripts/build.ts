/** Builds dist/. With --if-missing it does nothing where there is one, so that starting a clone needs no second command. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type RolldownOptions, rolldown } from 'rolldown';
import config, { startConfig } from '../rolldown.config.ts';

/** Writes a bundle, and tells what it consists of. */
async function build({ output, ...input }: RolldownOptions): Promise<string> {
  const bundle = await rolldown(input);
  const written = await bundle.write(Array.isArray(output) ? output[0] : output);
  await bundle.close();
  const hash = createHash('sha256');
  for (const file of written.output)
    hash.update(`${file.fileName}\0${file.type === 'chunk' ? file.code : file.source}\0`);
  return hash.digest('hex');
}

if (!process.argv.includes('--if-missing') || !existsSync('dist/start.cjs')) {
  const program = await build(config);
  await build(startConfig(program.slice(0, 16)));
}

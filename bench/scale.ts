import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CSV_MAP, newHome, productsCsv } from './homes.ts';
import { measure, observe, program, type Setup } from './measure.ts';
import { atMost, type Line, numberLine, rateLine, ratioLine } from './report.ts';

const COUNT = 100_000;

/** What many entitlements cost. */
export async function scaleGroup(setup: Setup): Promise<Line[]> {
  const home = newHome('scale', setup);
  const file = join(home.folder, 'many.csv');
  writeFileSync(file, productsCsv(COUNT, 100));
  home.run(['profile', 'add', 'many']);
  const importing = program('import', file, '-p', 'many', '--format', 'csv', '--map', CSV_MAP);
  const imported = await observe(importing, home.env);

  const { expiring, bare } = await measure(
    { expiring: program('list', '-p', 'many', '--expiring', '30'), bare: ['-e', '0'] },
    home.env,
    setup,
  );
  const whole = await observe(program('list', '-p', 'many', '-o', 'json'), home.env);
  return [
    ratioLine('`list --expiring 30`: 100 of 100,000', expiring, 2),
    numberLine(
      '`list -o json` of 100,000: memory',
      whole.peakMiB ?? Number.NaN,
      atMost(300, 'MiB'),
      whole.peakMiB,
    ),
    numberLine('`list -o json` of 100,000: first byte', whole.firstByte / bare.milliseconds, atMost(2, '×')),
    rateLine('`import` of a CSV, rows a second', COUNT, imported, 20_000),
  ];
}

/**
 * A small program for the tests on a real terminal: `node driver.ts <what> [option…]`. Says the answer, or the error
 * code, on stdout.
 */
import { AppError } from '../../src/errors.ts';
import { presentError } from '../../src/terminal/error.ts';
import { present } from '../../src/terminal/present.ts';
import { startProgress } from '../../src/terminal/progress.ts';
import { confirm, hidden, select } from '../../src/terminal/prompts.ts';
import type { JsonObject } from '../../src/terminal/result.ts';
import { createTerminal, type Terminal } from '../../src/terminal/terminal.ts';

type Scenario = (terminal: Terminal) => Promise<unknown>;

const products = [
  { name: 'SQL Server 2019 Standard', value: 'sql' },
  {
    name: 'Windows Server 2022 \u001B]0;owned\u0007Datacenter\u202E',
    value: 'windows',
    description: 'Two cores each',
  },
  { name: 'Office 2019', value: 'office' },
];

function* endlessRows(): Generator<JsonObject> {
  for (let number = 0; ; number += 1) yield { number, name: `row ${number}` };
}

const scenarios: Record<string, Scenario> = {
  confirm: (terminal) => confirm(terminal, { message: 'Activate SQL Server on srv-01?', flag: '--yes' }),
  select: (terminal) => select(terminal, { message: 'Which product?', choices: products, flag: '<product>' }),
  long: (terminal) =>
    select(terminal, {
      message: 'Which of the products that you are entitled to is it?',
      choices: [
        'Windows Server 2022 Datacenter for two processors and one terminal',
        '製品の名前'.repeat(6),
        'short',
      ].map((name, value) => ({ name, value })),
      flag: '<product>',
    }),
  hidden: async (terminal) => {
    const secret = await hidden(terminal, { message: 'Product key', flag: 'the key on standard input' });
    terminal.say(`got ${secret.reveal()}`);
    return secret.reveal().length;
  },
  both: async (terminal) => {
    const product = await select(terminal, {
      message: 'Which product?',
      choices: products,
      flag: '<product>',
    });
    const sure = await confirm(terminal, { message: `Activate ${product}?`, flag: '--yes' });
    return { product, sure };
  },
  table: async (terminal) => {
    await present(
      {
        kind: 'rows',
        rows: [
          {
            name: '\u001B[31mWindows Server 2022 Datacenter with a very long name',
            used: 12,
            state: 'active',
          },
          { name: '名前 製品', used: 3, state: 'lapsed' },
        ],
        fields: ['name', 'used', 'state'],
        columns: [
          { heading: 'Product', text: (row) => String(row['name']) },
          { heading: 'Used', align: 'right', text: (row) => String(row['used']) },
          {
            heading: 'State',
            text: (row) => String(row['state']),
            style: (cell, row, { palette }) =>
              row['state'] === 'active' ? palette.good(cell) : palette.bad(cell),
          },
        ],
        empty: 'Nothing there.',
      },
      { format: 'table' },
      terminal,
    );
    return 'done';
  },
  endless: async (terminal) => {
    await present(
      { kind: 'rows', rows: endlessRows(), fields: ['number', 'name'], columns: [], empty: '' },
      { format: 'jsonl' },
      terminal,
    );
    return 'done';
  },
  progress: async (terminal) => {
    const progress = startProgress(terminal, () => Number.POSITIVE_INFINITY);
    progress.update(`Reading ${'x'.repeat(200)}`);
    terminal.warn('One record was skipped.');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    progress.done();
    process.stdin.pause();
    return 'done';
  },
};

const [what = '', ...flags] = process.argv.slice(2);
const terminal = await createTerminal({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  streams: process,
  env: process.env,
  now: () => new Date(),
  options: {
    color: !flags.includes('--no-color'),
    noInput: flags.includes('--no-input'),
    yes: flags.includes('--yes'),
    json: flags.includes('--json'),
  },
});
try {
  const scenario = scenarios[what];
  if (scenario === undefined)
    throw new AppError('USAGE', `No scenario is called ${what}.`, { hint: 'See its table.' });
  const answer = await scenario(terminal);
  await terminal.writeOut(`ANSWER ${JSON.stringify(answer)}\n`);
} catch (error) {
  process.exitCode = presentError(error, terminal);
}

import { keyringAvailable, withKeyring } from '../test/helpers/keyring.ts';
import { addKey, fill, grantsCsv, newHome } from './homes.ts';
import { measure, median, observe, program, type Setup } from './measure.ts';
import { atMost, factLine, type Line, numberLine, ratioLine } from './report.ts';

const PRODUCT = 'windows-server-2019-standard';
const CHILD = ['-e', '0'];
/** As little as Node can do to run a child and pass on what it prints: what `run` cannot be below. */
const STARTER = [
  '-e',
  `const { stdout, stderr } = require('node:child_process').spawn(process.execPath, ${JSON.stringify(CHILD)});
  stdout.pipe(process.stdout);
  stderr.pipe(process.stderr);`,
];

/** What it costs to begin. */
export async function startUpGroup(setup: Setup): Promise<Line[]> {
  const home = newHome('start-up', setup);
  fill(home, 'thousand', grantsCsv(1_000));
  home.run(['profile', 'add', 'keys']);
  addKey(home, 'keys', PRODUCT, 1);
  home.run(['list', '-p', 'sandbox']);

  const measured = await measure(
    {
      version: program('--version'),
      help: program('--help'),
      list: program('list', '-p', 'sandbox'),
      show: program('show', '-p', 'sandbox', PRODUCT),
      thousand: program('list', '-p', 'thousand'),
      troubleshoot: program('troubleshoot', '0xC004C020'),
      key: program('key', '-p', 'keys', PRODUCT),
      run: program('run', '-p', 'keys', '--env', `KEY=${PRODUCT}`, '--', process.execPath, ...CHILD),
      child: CHILD,
      starter: STARTER,
    },
    home.env,
    setup,
  );
  const { key, run, child, starter } = measured;
  const delays: number[] = [];
  for (let round = 0; round < setup.rounds; round += 1) {
    const { lastByte, exit } = await observe(program('list', '-p', 'sandbox'), home.env);
    delays.push(exit - lastByte);
  }
  const added = run.milliseconds - key.milliseconds - child.milliseconds;
  return [
    ratioLine('`--version`', measured.version, 1.3),
    ratioLine('`--help`', measured.help, 1.3),
    ratioLine('`list`, sandbox', measured.list, 1.5),
    ratioLine('`show`, sandbox', measured.show, 1.5),
    ratioLine('`list`, 1,000 entitlements', measured.thousand, 1.8),
    ratioLine('`troubleshoot 0xC004C020`', measured.troubleshoot, 1.5),
    ratioLine('`key`, vault key from the environment', key, 1.7),
    ...(await keychainLines(setup)),
    numberLine('`run`: added to `key` and the child', added, atMost(20, 'ms'), run.peakMiB),
    factLine(
      '`run`: the least, added to Node and the child',
      starter.milliseconds - 2 * child.milliseconds,
      'ms',
    ),
    numberLine('last byte of `list` to exit', median(delays), atMost(50, 'ms')),
  ];
}

/** The same with a real Secret Service, where this machine has one. */
async function keychainLines(setup: Setup): Promise<Line[]> {
  if (!keyringAvailable()) return [];
  return withKeyring('unlocked', {}, async (keyring) => {
    const home = newHome('keychain', setup, { ...keyring.env });
    home.run(['profile', 'add', 'keys']);
    addKey(home, 'keys', PRODUCT, 1);
    const { key } = await measure({ key: program('key', '-p', 'keys', PRODUCT) }, home.env, setup);
    return [ratioLine('`key`, vault key from a keychain', key, 2)];
  });
}

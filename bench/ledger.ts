import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPlaces } from '../src/settings/places.ts';
import { databaseFile } from '../src/settings/profiles.ts';
import { writeEvents } from './big-ledger.ts';
import { addKey, type Home, newHome } from './homes.ts';
import { measure, observe, program, type Setup } from './measure.ts';
import { atLeast, atMost, factLine, type Line, numberLine, rateLine, ratioLine } from './report.ts';

const PRODUCT = 'windows-server-2019-standard';
const KEYS = 20;
const EVENTS = 1_000_000;
const PROCESSES = 8;
const SECONDS = 8;

/** What activations and their proof cost. */
export async function ledgerGroup(setup: Setup): Promise<Line[]> {
  const home = newHome('ledger', setup);
  home.run(['profile', 'add', 'keys']);
  addKey(home, 'keys', PRODUCT, 1);
  const durable = durableWritesPerSecond(join(home.folder, 'durable'));
  const pairs = await pairsPerSecond(home);

  const hardware = join(home.folder, 'hardware.json');
  writeFileSync(hardware, JSON.stringify(madeUpHardware()));
  await fillLedger(home);
  const measured = await measure(
    {
      dryRun: program('activate', PRODUCT, '-p', 'keys', '--hardware', hardware, '--dry-run'),
      usage: program('usage', '-p', 'events'),
      list: program('activations', 'list', '--limit', '50', '-p', 'events'),
    },
    home.env,
    setup,
  );
  const verified = await observe(program('activations', 'verify', '-p', 'events'), home.env);
  return [
    ratioLine('`activate --dry-run` with a hardware file', measured.dryRun, 2.5),
    numberLine(`reserve and settle, ${PROCESSES} processes on one file, pairs a second`, pairs, atLeast(300)),
    factLine('the disk alone: writes made durable, a second (a pair needs two)', durable),
    ratioLine('`usage`, 1,000,000 events', measured.usage, 4),
    ratioLine('`activations list --limit 50`, 1,000,000 events', measured.list, 2.5),
    rateLine('`activations verify`, events a second', EVENTS, verified, 100_000),
    numberLine(
      '`activations verify`, memory',
      verified.peakMiB ?? Number.NaN,
      atMost(200, 'MiB'),
      verified.peakMiB,
    ),
  ];
}

/** What a database that loses nothing cannot beat. */
function durableWritesPerSecond(path: string): number {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096);
  const end = Date.now() + 3_000;
  let writes = 0;
  for (; Date.now() < end; writes += 1) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  closeSync(file);
  return writes / 3;
}

/** As many as all processes together settle in the same seconds. */
async function pairsPerSecond(home: Home): Promise<number> {
  const driver = fileURLToPath(new URL('./pairs.ts', import.meta.url));
  const drivers = Array.from({ length: PROCESSES }, (_, number) =>
    fork(driver, [home.folder, 'keys', PRODUCT, String(number)], { env: home.env }),
  );
  await Promise.all(drivers.map(messageOf));
  const counts = drivers.map(async (child) => {
    child.send(SECONDS);
    return Number(await messageOf(child));
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0) / SECONDS;
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('A driver of the ledger ended early.');
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

async function fillLedger(home: Home): Promise<void> {
  home.run(['profile', 'add', 'events']);
  for (let number = 1; number <= KEYS; number += 1)
    addKey(home, 'events', `Made-up Server ${number}`, number);
  await writeEvents(databaseFile(findPlaces(home.folder), 'events'), EVENTS);
}

function madeUpHardware() {
  return {
    schema: 'mpn-benefits/hardware/1',
    machine: 'made-up',
    virtual: false,
    portable: false,
    characteristics: { baseboardSerial: ['abcde'], systemUuid: ['12345'], processorType: ['00fff'] },
  };
}

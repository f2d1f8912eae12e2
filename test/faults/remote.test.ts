import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CUTS, type Fault, NONE, type Seen, startProxy } from '../helpers/proxy.ts';
import { startService, type TestService, through } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { answer, type Json, ok, type Runner } from '../process/support.ts';

/**
 * Faults on the way between the program and a service, at the one request that matters. Whatever happens: no activation
 * is lost or counted twice, nothing is said that was not confirmed, and the command ends.
 */
let folder: string;
let service: TestService;
let product: string;
let machines = 0;
const proxies: { close: () => Promise<void> }[] = [];

const program: Runner = (args, options) => runProgram(join(folder, 'home'), args, options);
/** Past every proxy. */
const straight = through(program, () => service);

/** A way to the service of its own for one test: they wait for their faults side by side. */
async function spoiled(
  which: Which,
  fault: Fault,
  times: number,
): Promise<{ readonly run: Runner; readonly mend: () => void }> {
  const proxy = await startProxy({ target: service.origin });
  proxies.push(proxy);
  let left = times;
  proxy.plan((seen) => {
    if (!which(seen) || left === 0) return NONE;
    left -= 1;
    return fault;
  });
  return {
    run: through(program, () => ({ ...service, origin: proxy.origin })),
    mend: () => proxy.plan(() => NONE),
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-remote-faults-'));
  mkdirSync(join(folder, 'home'));
  service = await startService();
  const [row] = await answer<Json[]>(straight, ['list', 'Windows 11 Enterprise LTSC 2024']);
  product = String(row?.['productId']);
  // There must be room for every activation of this file.
  const reason = ['--reason', 'room for tests'];
  await ok(straight, ['activations', 'adjust', product, '--used', '0', '--allowed', '500', ...reason]);
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function newMachine(): string {
  machines += 1;
  return `machine-${machines}`;
}

type Which = (seen: Pick<Seen, 'method' | 'path'>) => boolean;
const isReserve: Which = ({ method, path }) => method === 'POST' && path === '/v1/activations';
const isSettle: Which = ({ path }) => path.endsWith('/settlements');
const isReveal: Which = ({ path }) => path.endsWith('/reveals');

const activate = (machine: string): string[] => [
  'activate',
  product,
  '--machine',
  machine,
  '--via',
  'manual',
  '--yes',
];

const activationsOf = (machine: string): Promise<Json[]> =>
  answer<Json[]>(straight, ['activations', 'list', '--machine', machine]);

const FAULTS: readonly [string, Fault][] = [
  ...CUTS.map((at): [string, Fault] => [`cut at the ${at}`, { kind: 'cut', at }]),
  ...[500, 502, 503, 429].flatMap((status): [string, Fault][] => [
    [`${status}`, { kind: 'status', status, done: false }],
    [`${status} after it was done`, { kind: 'status', status, done: true }],
  ]),
  ['half an answer', { kind: 'truncated' }],
  ['a page of a portal after it was done', { kind: 'page', done: true }],
];

test.concurrent('slowness is waited for', async () => {
  const machine = newMachine();
  const slow: Fault = { kind: 'slow', milliseconds: 700 };
  const { run } = await spoiled(() => true, slow, Number.POSITIVE_INFINITY);
  await answer(run, activate(machine));
  expect(await activationsOf(machine)).toHaveLength(1);
});

describe.concurrent.each(FAULTS)('%s', { timeout: 120_000 }, (name, fault) => {
  test('once: the activation is there once, and what is printed is what is stored', async () => {
    const machine = newMachine();
    const { run } = await spoiled(isReserve, fault, 1);
    const done = await answer(run, activate(machine));
    const stored = await activationsOf(machine);
    expect(stored).toHaveLength(1);
    expect(stored[0]).toMatchObject({ activationId: done['activationId'], status: 'pending', delta: 1 });
  });

  test('for ever: it fails, says nothing of success, and the command again makes it exactly one', async () => {
    const machine = newMachine();
    const { run, mend } = await spoiled(isReserve, fault, Number.POSITIVE_INFINITY);
    const failed = await run([...activate(machine), '-o', 'json']);
    expect([6, 8]).toContain(failed.code);
    expect(failed.stdout).toBe('');
    expect(failed.stderr).not.toContain('activationId');
    expect((await activationsOf(machine)).length).toBeLessThanOrEqual(1);
    mend();
    const done = await answer(run, activate(machine));
    const stored = await activationsOf(machine);
    expect(stored).toHaveLength(1);
    expect(stored[0]).toMatchObject({ activationId: done['activationId'], delta: 1 });
  });

  test('once while settling: it is settled once', async () => {
    const done = await answer(straight, activate(newMachine()));
    const id = String(done['activationId']);
    const { run } = await spoiled(isSettle, fault, 1);
    const settled = await answer(run, ['activations', 'settle', id, '--failed', '0xC004C020']);
    expect(settled).toMatchObject({ status: 'failed', delta: 0 });
    const shown = await answer(straight, ['activations', 'show', id]);
    expect((shown['events'] as Json[]).map(({ type }) => type)).toEqual(['reserved', 'failed']);
  });

  test('once while a key is taken out: it is in the access log once', async () => {
    const purpose = `meeting ${name}`;
    const { run } = await spoiled(isReveal, fault, 1);
    const { stdout } = await ok(run, ['key', product, '--yes', '--purpose', purpose]);
    expect(stdout).toMatch(/^[A-Z0-9]{5}(-[A-Z0-9]{5}){4}\n$/);
    const history = await answer<Json[]>(straight, ['key', '--history']);
    expect(history.filter((reveal) => reveal['purpose'] === purpose)).toHaveLength(1);
  });
});

test('after all of this the ledger is sound', async () => {
  expect(await answer(straight, ['activations', 'verify'])).toMatchObject({ ok: true, findings: [] });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../helpers/cli.ts';
import { type FaultyProxy, NONE, startProxy } from '../helpers/proxy.ts';
import { startService, type TestService, through } from '../helpers/service.ts';
import { answer, type Json, type Runner } from '../process/support.ts';

/** The longest wait there is has a file of its own: others run meanwhile. */
let home: string;
let service: TestService;
let proxy: FaultyProxy;

const program: Runner = (args, options) => runProgram(home, args, options);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mpn-benefits-remote-silence-'));
  service = await startService();
  proxy = await startProxy({ target: service.origin });
});
afterAll(async () => {
  await proxy?.close();
  await service?.stop();
  rmSync(home, { recursive: true, force: true });
});

// Without an end of its own the command would outlive the test.
test('silence for ever ends by itself, and is doubted', { timeout: 150_000 }, async () => {
  const straight = through(program, () => service);
  const spoiled = through(program, () => ({ ...service, origin: proxy.origin }));
  const [row] = await answer<Json[]>(straight, ['list', 'Windows 11 Enterprise LTSC 2024']);
  const isReserve = (method: string, path: string) => method === 'POST' && path === '/v1/activations';
  proxy.plan(({ method, path }) => (isReserve(method, path) ? { kind: 'silent' } : NONE));
  const activate = ['activate', String(row?.['productId']), '--machine', 'machine-1', '--via', 'manual'];
  const failed = await spoiled([...activate, '--yes', '-o', 'json']);
  expect(failed.code).toBe(6);
  expect(failed.error().hint).toContain('not known');
  const list = ['activations', 'list', '--machine', 'machine-1'];
  expect(await answer<Json[]>(straight, list)).toHaveLength(1);
});

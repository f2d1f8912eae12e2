import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../helpers/cli.ts';
import { type FaultyProxy, NONE, startProxy } from '../helpers/proxy.ts';
import { clientEnvironment, startService, type TestService } from '../helpers/service.ts';
import { answer, type Json, type Runner } from '../process/support.ts';

/** The longest wait there is has a file of its own: others run meanwhile. */
let home: string;
let service: TestService;
let proxy: FaultyProxy;

const over =
  (origin: () => string): Runner =>
  (args, options = {}) =>
    runProgram(home, args, {
      ...options,
      env: { ...clientEnvironment({ origin: origin(), token: service.token }), ...options.env },
    });

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

test('silence for ever ends within the stated minute, and is doubted', { timeout: 150_000 }, async () => {
  const straight = over(() => service.origin);
  const [row] = await answer<Json[]>(straight, ['list', 'Windows 11 Enterprise LTSC 2024']);
  const isReserve = (method: string, path: string) => method === 'POST' && path === '/v1/activations';
  proxy.plan(({ method, path }) => (isReserve(method, path) ? { kind: 'silent' } : NONE));
  const activate = ['activate', String(row?.['productId']), '--machine', 'machine-1', '--via', 'manual'];
  const begin = Date.now();
  const failed = await over(() => proxy.origin)([...activate, '--yes', '-o', 'json']);
  expect(failed.code).toBe(6);
  expect(failed.error().hint).toContain('not known');
  // The minute, and what a busy machine may add to starting.
  expect(Date.now() - begin).toBeLessThan(90_000);
  const list = ['activations', 'list', '--machine', 'machine-1'];
  expect(await answer<Json[]>(straight, list)).toHaveLength(1);
});

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestAuthority, testAuthority } from '../helpers/certificates.ts';
import { runProgram as runProgramAlone } from '../helpers/cli.ts';
import { type FaultyProxy, startProxy } from '../helpers/proxy.ts';
import { clientEnvironment, startService, type TestService, through } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { answer, failure, type Json, ok, type Runner } from '../process/support.ts';

/**
 * A remote profile whose service shows a certificate that cannot be trusted: the command ends and says why, nothing is
 * sent to whoever that is, and nothing is counted.
 */
let folder: string;
let service: TestService;
let ours: TestAuthority;
let product: string;
const ends: FaultyProxy[] = [];

/** Past every certificate. */
const straight = through(
  (args, options) => runProgram(join(folder, 'straight'), args, options),
  () => service,
);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-certificates-'));
  for (const name of ['straight', 'ours', 'theirs']) mkdirSync(join(folder, name));
  ours = testAuthority(join(folder, 'ours'));
  service = await startService();
  const [row] = await answer<Json[]>(straight, ['list', 'Windows 11 Enterprise LTSC 2024']);
  product = String(row?.['productId']);
});
afterAll(async () => {
  await Promise.all(ends.map((end) => end.close()));
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A home with the remote profile `team`, which trusts our authority and is at this end of the way to the service. */
async function profileAt(name: string, tls: { cert: string; key: string }) {
  const end = await startProxy({ target: service.origin, tls });
  ends.push(end);
  const home = join(folder, name);
  mkdirSync(home);
  const env = clientEnvironment({ origin: end.origin, token: service.token });
  await ok(
    (args) => runProgram(home, args),
    ['profile', 'add', 'team', '--url', end.origin, '--ca', ours.caFile],
  );
  const run: Runner = (args) => runProgram(home, [...args, '--profile', 'team'], { env });
  return { run, end };
}

const activate = (machine: string): string[] => {
  return ['activate', product, '--machine', machine, '--via', 'manual', '--yes'];
};

const countNow = async () => {
  const { numbers } = await answer(straight, ['show', product]);
  return { numbers, activations: await answer<Json[]>(straight, ['activations', 'list']) };
};

const WRONG: readonly [string, () => { cert: string; key: string }, RegExp][] = [
  [
    'of another authority',
    () => testAuthority(join(folder, 'theirs')).sign(['localhost']),
    /\((SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)\)/,
  ],
  ['that has ended', () => ours.sign(['localhost'], -1), /\(CERT_HAS_EXPIRED\)/],
  ['for another host', () => ours.sign(['elsewhere.example']), /\(ERR_TLS_CERT_ALTNAME_INVALID\)/],
];

describe.each(WRONG)('a certificate %s', (name, tls, reason) => {
  test.each([
    ['list', () => ['list']],
    ['activate', () => activate(`machine ${name}`)],
  ])('%s says so, sends nothing and counts nothing', async (command, args) => {
    const { run, end } = await profileAt(`${command} ${name}`, tls());
    const before = await countNow();

    const error = await failure(run, args(), 6);
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(`The certificate of ${end.origin} cannot be trusted`);
    expect(error.message).toMatch(reason);
    expect(error.hint).toContain('--ca <file>');
    expect(error.details).toMatchObject({ service: end.origin });

    const spoken = await run(args());
    expect(spoken).toMatchObject({ code: 6, stdout: '' });
    expect(spoken.stderr).toContain(error.message);
    expect(spoken.stderr).toContain('--ca <file>');
    expect(spoken.stderr).not.toMatch(/counted|reserved|activationId/i);

    expect(end.seen).toEqual([]);
    expect(await countNow()).toEqual(before);
  });
});

test('with the right certificate the same commands reach the service and count once', async () => {
  const { run, end } = await profileAt('right', ours.sign(['localhost']));
  await ok(run, ['list']);
  const done = await answer(run, activate('machine right'));
  expect(end.seen.length).toBeGreaterThan(0);
  const stored = await answer<Json[]>(straight, ['activations', 'list', '--machine', 'machine right']);
  expect(stored).toEqual([expect.objectContaining({ activationId: done['activationId'], delta: 1 })]);
});

test('a service that only the environment names is trusted by the authority that the environment names', async () => {
  const end = await startProxy({ target: service.origin, tls: ours.sign(['localhost']) });
  ends.push(end);
  const env = clientEnvironment({ origin: end.origin, token: service.token });
  // In a process of its own: Node reads that variable as it starts.
  const run: Runner = (args, options) =>
    runProgramAlone(join(folder, 'straight'), args, { env: { ...env, ...options?.env } });

  const { hint } = await failure(run, ['list'], 6);
  expect(hint).toContain('NODE_EXTRA_CA_CERTS');
  expect(hint).not.toContain('--ca');
  expect(end.seen).toEqual([]);

  await ok(run, ['list'], { env: { NODE_EXTRA_CA_CERTS: ours.caFile } });
  expect(end.seen.length).toBeGreaterThan(0);
});

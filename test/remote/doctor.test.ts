import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientEnvironment, startService, type TestService } from '../helpers/service.ts';
import { newHome } from '../helpers/warm.ts';
import type { Json } from '../process/support.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** What the check of the service found, and the exit code. */
async function look(env: Readonly<Record<string, string | undefined>>, ...args: string[]) {
  const done = await newHome().run(['doctor', '-o', 'json', ...args], { env });
  // The border: what is in it is compared.
  const { checks } = done.json() as { checks: Json[] };
  return { code: done.code, found: checks.find(({ id }) => id === 'service') };
}

test('doctor asks the service of a remote profile who we are', async () => {
  expect(await look(clientEnvironment(service))).toEqual({
    code: 0,
    found: {
      id: 'service',
      title: 'Team service',
      result: 'ok',
      evidence: expect.stringMatching(
        `^${service.origin} answers, and knows this credential as .* \\(admin, until `,
      ),
      fix: null,
    },
  });
});

test.each([
  [
    'a credential that it does not know',
    { MPN_BENEFITS_TOKEN: 'mpnb_unknown' },
    /not accept/,
    /MPN_BENEFITS_TOKEN/,
  ],
  ['no service', { MPN_BENEFITS_SERVICE_URL: 'http://127.0.0.1:9' }, /127\.0\.0\.1:9/, /network/],
])('%s is a finding with its remedy', async (_, change, evidence, fix) => {
  const { code, found } = await look({ ...clientEnvironment(service), ...change });
  expect(code).toBe(9);
  expect(found).toMatchObject({
    result: 'fail',
    evidence: expect.stringMatching(evidence),
    fix: expect.stringMatching(fix),
  });
});

test('nobody is asked with --offline, and of a profile of this machine nothing', async () => {
  expect(
    await look(clientEnvironment({ ...service, origin: 'http://127.0.0.1:9' }), '--offline'),
  ).toMatchObject({
    code: 0,
    found: { result: 'skip' },
  });
  expect((await look({})).found).toBeUndefined();
});

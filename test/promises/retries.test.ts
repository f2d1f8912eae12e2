import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { failure, madeUpClient, type SmallService, smallService } from '../client/service.ts';

/** Every kind of failure is in test/client/client.test.ts. */
let service: SmallService;
beforeAll(async () => {
  service = await smallService();
});
afterAll(() => service.close());

async function triesOf(
  what: 'read' | 'change',
): Promise<{ tries: number; pauses: number[]; ids: unknown[] }> {
  service.asked.length = 0;
  const pauses: number[] = [];
  const client = madeUpClient({
    origin: service.origin,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      // One that never gives up must not keep the test for ever.
      if (pauses.length > 20) throw new Error('it goes on and on');
    },
  });
  const asked =
    what === 'read'
      ? client.call('getSession')
      : client.call('settleActivation', {
          parameters: { activationId: 'a-1' },
          body: { outcome: 'succeeded', code: null, reason: null },
        });
  await expect(asked).rejects.toThrow(AppError);
  await client.close();
  return {
    tries: service.asked.length,
    pauses,
    ids: service.asked.map(({ headers }) => headers['ms-requestid']),
  };
}

test('a service that always fails is asked four times to read, six times to change, and with pauses', async () => {
  service.answer = () => failure(503, 'UNAVAILABLE');
  expect(await triesOf('read')).toMatchObject({
    tries: 4,
    pauses: [expect.any(Number), ...Array(2).fill(expect.any(Number))],
  });
  const change = await triesOf('change');
  expect(change.tries).toBe(6);
  for (const pause of change.pauses) expect(pause).toBeLessThanOrEqual(5_000);
});

test('all tries of one change carry the same request id', async () => {
  service.answer = () => failure(503, 'UNAVAILABLE');
  const { ids } = await triesOf('change');
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(ids).size).toBe(1);
});

test('what the service refuses is not asked again', async () => {
  service.answer = () => failure(403, 'FORBIDDEN');
  expect((await triesOf('read')).tries).toBe(1);
});

/** One client of a team's service: reserves and settles for its machines, and repeats what it got no answer to. */
import { AppError } from '../../src/errors.ts';
import { madeUpClient } from '../client/service.ts';
import { wireActivation } from '../helpers/activation-request.ts';

const [, , origin = '', token = '', name = '', count = '0', productId = ''] = process.argv;
const client = madeUpClient({ origin, token });

/** As a person would: the same command again, until there is an answer. */
async function until<T>(work: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round += 1) {
    try {
      return await work();
    } catch (error) {
      const lost = error instanceof AppError && error.code === 'UNAVAILABLE';
      const outrun = error instanceof AppError && error.code === 'CONFIRMATION_REQUIRED';
      if (!(lost || outrun) || round > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const given: { machine: string; activationId: string }[] = [];
let refused = 0;
for (let number = 0; number < Number(count); number += 1) {
  const machine = `${name}-${number}`;
  const request = wireActivation(machine, productId);
  try {
    const activationId = await until(async () => {
      const confirmed = await client.call('planActivation', { body: request });
      if (confirmed.status !== 'planned') throw new Error('nothing is counted');
      const { performed } = await client.call('reserveActivation', { body: { request, confirmed } });
      return performed.activationId;
    });
    await until(() =>
      client.call('settleActivation', {
        parameters: { activationId },
        body: { outcome: 'succeeded', code: null, reason: null },
      }),
    );
    given.push({ machine, activationId });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'ACTIVATION_LIMIT_REACHED') throw error;
    refused += 1;
  }
}
await client.close();
process.stdout.write(JSON.stringify({ given, refused }));

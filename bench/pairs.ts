/**
 * Reserves and settles, one machine after the other, for the seconds that the parent tells once all are ready, and
 * tells how many pairs it were.
 */
import { once } from 'node:events';
import { openBackend } from '../src/backend/open.ts';
import { findPlaces } from '../src/settings/places.ts';
import { findProfile } from '../src/settings/profiles.ts';
import { madeUpActivation } from '../test/helpers/activation-request.ts';

const [folder = '', profile = '', name = '', number = ''] = process.argv.slice(2);
const places = findPlaces(folder);
const backend = await openBackend({
  profile: findProfile(places, profile),
  places,
  env: process.env,
  platform: process.platform,
  now: () => new Date(),
  today: () => new Date().toISOString().slice(0, 10),
  policy: 'documented',
});
const product = await backend.entitlements.find(name);

async function pair(machine: string): Promise<void> {
  const request = {
    product,
    wish: {},
    ...madeUpActivation(machine),
  };
  const plan = await backend.activations.plan(request);
  if (plan.status !== 'planned') throw new Error(`nothing is counted: ${plan.status}`);
  const { performed } = await backend.activations.reserve(request, plan, null);
  await backend.activations.settle(performed.activationId, {
    outcome: 'succeeded',
    code: null,
    reason: null,
    actor: null,
  });
}

process.send?.('ready');
const [seconds] = await once(process, 'message');
const end = Date.now() + Number(seconds) * 1_000;
let pairs = 0;
for (; Date.now() < end; pairs += 1) await pair(`machine-${number}-${pairs}`);
await backend.close();
process.send?.(pairs);
process.disconnect();

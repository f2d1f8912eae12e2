import { describe, expect, it } from 'vitest';
import { ServiceCredential } from '../../src/credentials/service-credential.ts';

const ORIGIN = 'https://benefits.contoso.com';

/** A profile named team, of which nothing is kept. */
function credential(env: Readonly<Record<string, string>>): ServiceCredential {
  return new ServiceCredential({
    profile: 'team',
    origin: ORIGIN,
    env,
    place: async () => null,
    alone: (work) => work(),
    refresh: async (stored) => stored,
    now: () => new Date(),
  });
}

describe('a profile without a credential', () => {
  it('is signed in to', async () => {
    await expect(credential({}).token()).rejects.toMatchObject({
      code: 'AUTH_REQUIRED',
      hint: 'Sign in with: mpn-benefits auth login -p team',
    });
  });

  it.each([{}, { MPN_BENEFITS_SERVICE_URL: 'https://elsewhere.contoso.com' }])(
    'is told how the token of the environment is for its service: %j',
    async (more) => {
      const refused = credential({ MPN_BENEFITS_TOKEN: 'mpnb_made-up', ...more }).token();
      await expect(refused).rejects.toMatchObject({
        code: 'AUTH_REQUIRED',
        hint: expect.stringContaining(`set MPN_BENEFITS_SERVICE_URL=${ORIGIN} too`),
      });
    },
  );

  it('has the token of the environment where that names its address', async () => {
    const env = { MPN_BENEFITS_TOKEN: 'mpnb_made-up', MPN_BENEFITS_SERVICE_URL: ORIGIN };
    expect((await credential(env).token()).reveal()).toBe('mpnb_made-up');
  });
});

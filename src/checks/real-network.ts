import type { Network } from './network.ts';

const TIMEOUT_MS = 10_000;

/** The real network. Redirects are not followed, and nothing is sent but the request itself. */
export async function realNetwork(): Promise<Network> {
  const [{ lookup }, { request }] = await Promise.all([import('node:dns/promises'), import('node:https')]);
  return {
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    head: (host) =>
      new Promise((resolve, reject) => {
        const asking = request(
          { host, method: 'HEAD', path: '/', timeout: TIMEOUT_MS, agent: false },
          (answer) => {
            answer.resume();
            const date = new Date(answer.headers.date ?? Number.NaN);
            resolve({ status: answer.statusCode ?? 0, date: Number.isNaN(date.getTime()) ? null : date });
          },
        );
        asking.on('timeout', () =>
          asking.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
        );
        asking.on('error', reject);
        asking.end();
      }),
  };
}

import type { Connection } from '../client/dispatcher.ts';
import { fetchOver } from '../credentials/provider-fetch.ts';
import type { IssuerSetup } from './signed-token.ts';

/** What fetches from issuers, and lets go of its connections. */
export interface IssuerFetch extends IssuerSetup {
  readonly close: () => Promise<void>;
}

/**
 * Over the same connections as a person's sign-in: the keys of an issuer decide who is let in, so its certificate is
 * verified whatever the environment says, and an answer that is too large is not read to its end.
 */
export function issuerFetch(env: Readonly<Record<string, string | undefined>>): IssuerFetch {
  const connections = new Map<string, Promise<Connection>>();
  return {
    fetch: (url, { headers, signal }) => {
      const options = { method: 'GET', headers: Object.fromEntries(new Headers(headers)) };
      return fetchOver(connections, url, { ...options, signal: signal ?? undefined }, env);
    },
    close: async () => {
      const open = await Promise.allSettled(connections.values());
      await Promise.all(open.map(async (each) => each.status === 'fulfilled' && each.value.close()));
    },
  };
}

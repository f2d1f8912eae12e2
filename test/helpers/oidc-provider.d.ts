/** What the tests use of it; the package has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export type Configuration = Readonly<Record<string, unknown>> & {
    readonly findAccount?: (context: unknown, id: string) => unknown;
  };
  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
    on(
      event: 'grant.success',
      listener: (context: { readonly oidc: { readonly params?: Readonly<Record<string, unknown>> } }) => void,
    ): void;
  }
}

import { AppError } from '../errors.ts';
import { isLoopback } from '../settings/loopback.ts';

/** Where the service listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
}

export const STANDARD_LISTEN = '127.0.0.1:8710';

/** `host:port`, with an IPv6 address in brackets. Throws USAGE. */
export function readListening(typed: string): Listening {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(typed) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new AppError('USAGE', `"${typed.slice(0, 80)}" is not <host>:<port>.`, {
    hint: `For example ${STANDARD_LISTEN} or [::1]:8710`,
  });
}

/**
 * What others can reach is served over TLS, by us or by a proxy that is said to be there: keys and tokens never
 * cross a network in the open because somebody forgot. Throws USAGE.
 */
export function checkListening(
  { host }: Listening,
  how: { readonly tls: boolean; readonly behindProxy: boolean },
): void {
  if (how.tls && how.behindProxy) {
    throw new AppError('USAGE', 'Either this service has the certificate or the proxy in front of it.', {
      hint: 'Give --tls-cert and --tls-key, or --behind-proxy.',
    });
  }
  if (isLoopback(host) || how.tls || how.behindProxy) return;
  throw new AppError(
    'USAGE',
    `Keys would cross the network in the open: ${host} is not this machine alone.`,
    {
      hint: 'Give --tls-cert and --tls-key, or --behind-proxy if a proxy ends TLS in front of it.',
    },
  );
}

import { AppError } from '../errors.ts';
import type { Caller } from './call.ts';
import { ProtocolError } from './failure.ts';
import { header } from './reading-input.ts';
import type { Incoming, ServiceSetup } from './setup.ts';
import { IssuerUnavailable, TokenRefused } from './signed-token.ts';

/** Who asks; every refusal is logged with who it claims to be. Throws AUTH_REQUIRED, 429. */
export async function callerOf(setup: ServiceSetup, incoming: Incoming, confirming = false): Promise<Caller> {
  const { address, headers } = incoming;
  if (setup.refusalRate.isEmpty(address)) {
    setup.metrics.refused('rate');
    throw new ProtocolError(429, 'THROTTLED', 'Too many refused credentials came from this address.', 30);
  }
  try {
    const caller = await setup.authentication.callerOf(header(headers, 'authorization'), confirming);
    incoming.known(caller);
    const wait = setup.rate.take(caller.key);
    if (wait === 0) return caller;
    setup.metrics.refused('rate');
    throw new ProtocolError(429, 'THROTTLED', 'This credential has made too many requests.', wait);
  } catch (error) {
    throw refusalOf(setup, incoming, error);
  }
}

/** What is answered to a credential that is no good, and logged of it; every other error stays what it is. */
export function refusalOf(
  setup: ServiceSetup,
  { address, correlationId }: Incoming,
  error: unknown,
): unknown {
  if (error instanceof IssuerUnavailable) {
    setup.log({
      level: 'warn',
      message: 'issuer unavailable',
      reason: error.message,
      address,
      correlationId,
    });
    const sentence = 'The issuer of this credential cannot be asked at the moment.';
    return new ProtocolError(503, 'UNAVAILABLE', sentence, 5);
  }
  if (!(error instanceof TokenRefused)) return error;
  setup.refusalRate.take(address);
  setup.metrics.refused('credential');
  const { message, issuer, subject } = error;
  setup.log({
    level: 'warn',
    message: 'credential refused',
    reason: message,
    issuer,
    subject,
    address,
    correlationId,
  });
  return new AppError('AUTH_REQUIRED', 'The service does not accept this credential.', {
    hint: 'Sign in with: mpn-benefits auth login',
  });
}

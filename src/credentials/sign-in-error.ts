import { ProxyFailure, proxySays } from '../client/proxy-failure.ts';
import { AppError } from '../errors.ts';

const AGAIN = 'Sign in again with: mpn-benefits auth login -p <profile>';

/** AUTH_REQUIRED: what was signed in is signed in no longer. */
export function signInEnded(why: string): AppError {
  return new AppError('AUTH_REQUIRED', `The sign-in has ended: ${why}.`, {
    hint: AGAIN,
  });
}

/** What went wrong at the provider, without what it was given. */
export function signInError(error: unknown, origin: string, renewing: boolean): unknown {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error)) return error;
  const cause: unknown = error.cause;
  // What we threw on the way, as for a proxy that cannot be one, in the wrapping of the library.
  if (cause instanceof AppError) return cause;
  const inner = cause instanceof Error ? cause : error;
  if (inner instanceof ProxyFailure) {
    const { message, hint } = proxySays(inner, origin);
    const { proxy, reason } = inner;
    return new AppError('UNAVAILABLE', message, {
      hint,
      details: { issuer: origin, proxy, reason },
      cause: error,
    });
  }
  const code = 'error' in error && typeof error.error === 'string' ? error.error : undefined;
  if (code === 'invalid_grant' && renewing) return signInEnded('the provider does not renew it');
  if (code === 'access_denied') {
    return new AppError('AUTH_REQUIRED', 'The sign-in was refused.', {
      hint: `Nothing was stored. ${AGAIN}`,
      cause: error,
    });
  }
  if (code === 'expired_token')
    return new AppError('AUTH_REQUIRED', 'The code was not used in time.', {
      hint: AGAIN,
      cause: error,
    });
  if (code !== undefined) {
    return new AppError('AUTH_REQUIRED', `${origin} refuses the sign-in (${code.slice(0, 60)}).`, {
      hint: 'Those who run the service should look at how the client is registered.',
      cause: error,
    });
  }
  const name = 'code' in inner ? String(inner.code) : inner.name;
  if (
    name === 'AbortError' ||
    name === 'TimeoutError' ||
    name === 'OAUTH_ABORT' ||
    name === 'OAUTH_TIMEOUT'
  ) {
    return new AppError('AUTH_REQUIRED', 'Nobody signed in in time.', {
      hint: `Nothing was stored. ${AGAIN}`,
      cause: error,
    });
  }
  return new AppError('UNAVAILABLE', `The sign-in server ${origin} cannot be used (${name}).`, {
    hint: 'Check the network and try again.',
    details: { issuer: origin, reason: name },
    cause: error,
  });
}

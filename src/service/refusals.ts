import type { Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId } from '../contract/operations.ts';
import { AppError } from '../errors.ts';
import { type Scope, scopeOf } from './authorisation.ts';
import type { Caller } from './call.ts';
import { ProtocolError } from './failure.ts';
import { header } from './reading-input.ts';
import type { Asking, ServiceSetup } from './setup.ts';
import { IssuerMisnamed, IssuerUnavailable, TokenRefused } from './signed-token.ts';

/** Who may go on, and what of the profile there is for them. */
export interface Admitted {
  readonly caller: Caller;
  readonly scope: Scope;
}

const NOBODY: Caller = {
  key: 'nobody',
  subject: null,
  session: {
    kind: 'service-token',
    name: 'nobody',
    role: 'reader',
    products: null,
    expires: null,
    issuer: null,
  },
};

/** Who asks for an operation, if they may; nothing of the body is needed for it. Throws AUTH_REQUIRED, FORBIDDEN, 429. */
export async function admit(setup: ServiceSetup, id: OperationId, asking: Asking): Promise<Admitted> {
  const operation: Operation = OPERATIONS[id];
  const caller =
    operation.open === true ? NOBODY : await callerOf(setup, asking, operation.repeat === 'keyed');
  const scope = scopeOf(caller.session, id);
  if (scope !== undefined) return { caller, scope };
  setup.metrics.refused('role');
  const { subject, session } = caller;
  const { issuer, name, role } = session;
  setup.log({
    level: 'warn',
    message: 'operation refused',
    operation: id,
    role,
    actor: name,
    issuer,
    subject,
    correlationId: asking.correlationId,
  });
  throw new AppError('FORBIDDEN', `The role ${role} may not do this.`, {
    hint: 'Ask an administrator of the team profile.',
  });
}

/** Who asks; every refusal is logged with who it claims to be. Throws AUTH_REQUIRED, 429. */
export async function callerOf(setup: ServiceSetup, asking: Asking, confirming = false): Promise<Caller> {
  const { address, headers } = asking;
  const { authentication, metrics, rate, refusalRate } = setup;
  const credential = header(headers, 'authorization');
  // Many may share an address, so whoever guesses must not lock the others out. But a guess must not cost a look into
  // the database each, and nothing tells a good token that is new here from a guess: while the address is out of
  // refusals, a credential is looked at only if it was good the last time. Of those there are few, and one that is good
  // no more is known no more after that one look.
  const closed = refusalRate.wait(address);
  if (closed > 0 && !authentication.knows(credential)) {
    metrics.refused('rate');
    throw tooManyRefusals(closed);
  }
  try {
    const caller = await authentication.callerOf(credential, confirming);
    asking.known(caller);
    const wait = rate.take(caller.key);
    if (wait === 0) return caller;
    metrics.refused('rate');
    throw new ProtocolError(429, 'THROTTLED', 'This credential has made too many requests.', wait);
  } catch (error) {
    throw refusalOf(setup, asking, error);
  }
}

function tooManyRefusals(wait: number): ProtocolError {
  return new ProtocolError(429, 'THROTTLED', 'Too many refused credentials came from this address.', wait);
}

/** What is answered to a credential that is no good, and logged of it; every other error stays what it is. */
export function refusalOf(setup: ServiceSetup, { address, correlationId }: Asking, error: unknown): unknown {
  const isMisnamed = error instanceof IssuerMisnamed;
  const isRefused = isMisnamed || error instanceof TokenRefused;
  if (!isRefused && !(error instanceof IssuerUnavailable)) return error;
  const { message: reason, issuer, subject } = error;
  const message = isRefused ? 'credential refused' : 'issuer unavailable';
  setup.log({ level: 'warn', message, reason, issuer, subject, address, correlationId });
  if (!isRefused) {
    const sentence = 'The issuer of this credential cannot be asked at the moment.';
    return new ProtocolError(503, 'UNAVAILABLE', sentence, 5);
  }
  setup.metrics.refused('credential');
  const wait = setup.refusalRate.take(address);
  if (wait > 0) return tooManyRefusals(wait);
  if (isMisnamed) {
    const sentence =
      'The service cannot check this credential: its issuer describes itself under another name.';
    return new AppError('FORBIDDEN', sentence, {
      hint: 'Tell those who run the service. Often only a slash at the end is wrong, in the trust rule or at the issuer.',
    });
  }
  return new AppError('AUTH_REQUIRED', 'The service does not accept this credential.', {
    hint: 'Sign in with: mpn-benefits auth login',
  });
}

import { AppError } from '../errors.ts';

/** SQLSTATE of an error the server reported; undefined for one of the connection. */
function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/**
 * True for a statement that was refused for its values (data exceptions, constraints): the connection that it went
 * over is as good as before. Of other errors not all leave one.
 */
export function isOfValues(error: unknown): boolean {
  const state = stateOf(error instanceof AppError ? error.cause : error);
  return state !== undefined && /^2[23]/.test(state);
}

/** What states say about the server rather than about our statement; the most exact prefix that fits counts. */
const REASONS: readonly (readonly [prefix: string, reason: string])[] = [
  ['28', 'it does not accept this user'],
  ['3D', 'it has no database of that name'],
  ['42501', 'its user may not do this'],
  ['53100', 'its disk is full'],
  ['53300', 'it has too many connections'],
  ['53', 'it is out of resources'],
  ['25006', 'it is read-only'],
  ['55P03', 'others held it locked for 30 seconds'],
  ['57014', 'a statement took too long'],
  ['57', 'it is starting or stopping'],
  ['08', 'the connection was lost'],
  ['40', 'others changed the same rows at the same moment'],
  ['0A000', 'its schema was changed at this moment'],
  ['26000', 'its schema was changed at this moment'],
  ['25P03', 'a transaction waited too long'],
  ['58', 'reading or writing failed'],
];

const HINT =
  'Nothing was changed unless it was confirmed. Try again; if it stays, look at the database server.';

/** An error of the driver as ours. `server` is named without user and password. */
export function explainPostgres(error: unknown, server: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const state = stateOf(error);
  if (state === undefined)
    return isOfConnection(error) ? unavailable(server, connectionReason(error), error) : error;
  if (state === '22021' || state === '22P05') {
    return new AppError('INVALID_DATA', 'A text holds a character that PostgreSQL cannot store (NUL).', {
      hint: 'Remove it and try again; nothing was stored.',
      cause: error,
    });
  }
  if (state === 'XX001' || state === 'XX002') {
    return new AppError('INVALID_DATA', `The database ${server} is damaged.`, {
      hint: 'Restore it from a backup.',
      cause: error,
    });
  }
  const reason = REASONS.find(([prefix]) => state.startsWith(prefix))?.[1];
  return reason === undefined ? error : unavailable(server, reason, error);
}

/** Errors of sockets carry a word in capitals; the pool and the driver speak in sentences. */
function isOfConnection(error: Error): boolean {
  if ('code' in error && typeof error.code === 'string') return /^[A-Z_]+$/.test(error.code);
  return /connect|terminat|timeout|SSL|certificate|not queryable|server/i.test(error.message);
}

const SOCKET_REASONS = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['EAI_AGAIN', 'the name of its host cannot be looked up'],
  ['ETIMEDOUT', 'it does not answer'],
  ['ECONNRESET', 'the connection was lost'],
  ['EPIPE', 'the connection was lost'],
]);

function connectionReason(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (/does not support SSL/.test(error.message)) return 'it offers no TLS, which the address asks for';
  if (code === 'ENOENT' || code === 'EACCES') return 'a file that the address names cannot be read';
  if (/CERT|SIGNATURE|SSL|TLS/.test(code)) return `its certificate is not accepted (${code})`;
  if (/timeout/i.test(error.message)) return 'no connection was to be had in time';
  return SOCKET_REASONS.get(code) ?? 'the connection was lost';
}

function unavailable(server: string, reason: string, cause: Error): AppError {
  return new AppError('STORAGE_UNAVAILABLE', `Cannot use the database ${server}: ${reason}.`, {
    hint: HINT,
    details: { server },
    cause,
  });
}

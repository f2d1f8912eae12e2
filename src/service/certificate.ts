import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import { AppError, systemCode } from '../errors.ts';
import type { Log } from './setup.ts';

/** A certificate with its chain, and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A server with the certificate that it serves. */
export interface Certified {
  readonly server: Pick<Server, 'setSecureContext'>;
  readonly serving: Certificate;
}

/** Throws USAGE for a certificate with which nobody could connect. A server would take an empty file, too. */
export function checkCertificate({ cert, key }: Certificate): void {
  let reason = 'the key is that of another one';
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
  } catch (error) {
    reason = systemCode(error);
  }
  throw unusableCertificate(reason);
}

export function unusableCertificate(reason: string): AppError {
  return new AppError('USAGE', `The certificate and its key do not work (${reason}).`, {
    hint: 'Both must be PEM files, and the key must be that of the certificate.',
  });
}

/**
 * Looks whether the certificate's files hold another one, and serves that to whoever connects from here on; a
 * certificate ends while the service runs. Files that cannot be used change nothing: renewing writes one after the
 * other, so the next look may find them whole.
 * @returns what is served now
 */
export function renewCertificate(
  { server, serving }: Certified,
  read: () => Certificate,
  log: Log,
): Certificate {
  try {
    const found = read();
    if (found.cert === serving.cert && found.key === serving.key) return serving;
    checkCertificate(found);
    server.setSecureContext({ ...found, minVersion: 'TLSv1.2' });
    log({ level: 'info', message: 'certificate renewed' });
    return found;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    log({ level: 'warn', message: 'certificate files cannot be used; the last one stays', reason });
    return serving;
  }
}

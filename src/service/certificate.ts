import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
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
    // An empty file would be taken, and nobody could connect any more.
    if (!new X509Certificate(found.cert).checkPrivateKey(createPrivateKey(found.key)))
      throw new Error('the key is not that of the certificate');
    server.setSecureContext({ ...found, minVersion: 'TLSv1.2' });
    log({ level: 'info', message: 'certificate renewed' });
    return found;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    log({ level: 'warn', message: 'certificate files cannot be used; the last one stays', reason });
    return serving;
  }
}

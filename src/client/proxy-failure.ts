import { isCertificateReason, reasonOf } from './reason.ts';

/** A proxy that opened no tunnel: nothing was sent to the service. */
export class ProxyFailure extends Error {
  /** Its host and port; a user and password of it are never repeated. */
  readonly proxy: string;
  /** What it answered; undefined if it did not. */
  readonly status: number | undefined;
  readonly reason: string;

  constructor(proxy: string, status: number | undefined, cause?: unknown) {
    super(`the proxy ${proxy} opened no tunnel`, { cause });
    this.proxy = proxy;
    this.status = status;
    this.reason = status === undefined ? reasonOf(cause) : `status ${status}`;
  }
}

const DIRECTLY = 'name the host in NO_PROXY if it is reached without a proxy.';

/** What to say of it to whoever wanted to reach this origin: the proxy is named, so that nobody looks further. */
export function proxySays({ proxy, status, reason }: ProxyFailure, origin: string) {
  if (status === 407) {
    return {
      message: `The proxy ${proxy} wants a user and password (${reason}).`,
      hint: 'Give them in the address of the proxy, in HTTPS_PROXY: http://<user>:<password>@<host>:<port>. If they are there, they are not good.',
    };
  }
  if (status !== undefined) {
    return {
      message: `The proxy ${proxy} does not connect to ${origin} (${reason}).`,
      hint: `Ask those who run the proxy whether it may and can, or ${DIRECTLY}`,
    };
  }
  if (isCertificateReason(reason)) {
    return {
      message: `The certificate of the proxy ${proxy} cannot be trusted (${reason}).`,
      hint: 'For one of your own authority, name its file in NODE_EXTRA_CA_CERTS.',
    };
  }
  return {
    message: `The proxy ${proxy}, through which ${origin} is asked, cannot be reached (${reason}).`,
    hint: `Check the address of the proxy, in HTTPS_PROXY, or ${DIRECTLY}`,
  };
}

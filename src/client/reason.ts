/** Whether a reason says that the other side is not who it should be. */
export function isCertificateReason(reason: string): boolean {
  return /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT)/.test(
    reason,
  );
}

/** The system's or library's name for what went wrong. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  // Several addresses were tried: the first failure speaks for all.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const inner = 'code' in error ? undefined : error.cause;
  if (inner instanceof Error) return reasonOf(inner);
  return 'code' in error ? String(error.code) : error.name;
}

/** True for a host that only this machine can reach: a name or address, an IPv6 one in brackets or without. */
export function isLoopback(host: string): boolean {
  return /^(localhost|::1|\[::1\]|127(\.[0-9]{1,3}){3})$/.test(host);
}

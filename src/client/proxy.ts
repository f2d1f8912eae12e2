/**
 * The proxy that the environment names for an origin; undefined for none. Plain http is spoken to this machine only,
 * so it never goes through a proxy, which would see the credential.
 */
export function proxyFor(origin: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (origin.protocol !== 'https:') return undefined;
  const proxy = env['https_proxy'] || env['HTTPS_PROXY'];
  if (!proxy) return undefined;
  if (isExcepted(origin, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** `NO_PROXY`: names and addresses between commas or blanks, with what is below them; a port narrows one; `*` is all. */
function isExcepted(origin: URL, list: string): boolean {
  const host = origin.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const port = origin.port === '' ? '443' : origin.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', wanted] =
        /^\[?(.*?)\]?(?::(\d+))?$/.exec(isAddress6(entry) ? `[${entry}]` : entry) ?? [];
      const plain = name.replace(/^\*?\./, '');
      if (plain === '' || (wanted !== undefined && wanted !== port)) return false;
      return host === plain || host.endsWith(`.${plain}`);
    });
}

function isAddress6(entry: string): boolean {
  return entry.split(':').length > 2 && !entry.startsWith('[');
}

import { AppError } from '../errors.ts';

/**
 * The proxy that the environment names for an origin; undefined for none. Plain http is spoken to this machine only,
 * so it never goes through a proxy, which would see the credential. Throws USAGE for a value that names no proxy.
 */
export function proxyFor(origin: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (origin.protocol !== 'https:') return undefined;
  const variable = env['https_proxy'] ? 'https_proxy' : 'HTTPS_PROXY';
  const proxy = env[variable];
  if (!proxy) return undefined;
  if (isExcepted(origin, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return checked(proxy.includes('://') ? proxy : `http://${proxy}`, variable);
}

/** The value may hold a password, so it is never repeated. */
function checked(proxy: string, variable: string): string {
  const refuse = (why: string): never => {
    throw new AppError('USAGE', `The environment variable ${variable} ${why}.`, {
      hint: 'Expected an address such as http://name:password@proxy.example.com:3128, with odd characters of name and password percent-encoded.',
      details: { variable },
    });
  };
  const url = URL.canParse(proxy) ? new URL(proxy) : refuse('holds no address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refuse('names a proxy of another kind than http and https');
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    return refuse('holds a name or password that is not percent-encoded');
  }
  return proxy;
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

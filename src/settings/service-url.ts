import { AppError } from '../errors.ts';
import { isLoopback } from './loopback.ts';

/**
 * The origin of a service: https, or http to this machine, which is the only place where nobody can listen on the
 * way. A credential belongs to one origin, so an address has no path, name or password in it. Throws USAGE.
 */
export function serviceOrigin(text: string): string {
  const refuse = (why: string): never => {
    // Up to the last @, for a credential may hold anything; before the cut, for it may be of any length.
    const shown = text.replace(/^([a-z]+:\/\/)?.*@/is, '$1').slice(0, 200);
    throw new AppError('USAGE', `${shown} ${why}.`, {
      hint: 'Expected the address of a team service, such as https://benefits.contoso.com',
    });
  };
  const url = URL.canParse(text) ? new URL(text) : refuse('is not an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('is not an address of the web');
  if (url.username !== '' || url.password !== '')
    return refuse('holds a credential, which belongs in the keychain');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return refuse('has more than a host and a port');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return refuse('is not encrypted; plain http is for this machine only');
  }
  return url.origin;
}

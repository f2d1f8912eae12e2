import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestAuthority {
  /** The authority's certificate, as a file and as text. */
  readonly caFile: string;
  readonly ca: string;
  /** A certificate that it signs for these names, with its key. */
  /** A negative number of days: a certificate that has ended. */
  sign(names: readonly string[], days?: number): { readonly cert: string; readonly key: string };
}

/** A certificate authority of one's own, made by openssl. */
export function testAuthority(folder: string): TestAuthority {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  };
  const caFile = file('ca.pem');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    caFile,
    '-subj',
    '/CN=Test authority',
    '-days',
    '2',
  );
  let count = 0;
  return {
    caFile,
    ca: readFileSync(caFile, 'utf8'),
    sign(names, days = 2) {
      count += 1;
      const [key, asked, cert, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) =>
        file(`leaf-${count}.${end}`),
      );
      if (key === undefined || asked === undefined || cert === undefined || extensions === undefined)
        throw new Error();
      writeFileSync(
        extensions,
        `subjectAltName=${names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(',')}\n`,
      );
      openssl('req', ...newKey, '-keyout', key, '-out', asked, '-subj', `/CN=${names[0]}`);
      const validity = ['-days', String(days)];
      openssl(
        'x509',
        '-req',
        '-in',
        asked,
        '-CA',
        caFile,
        '-CAkey',
        file('ca.key'),
        '-CAcreateserial',
        '-out',
        cert,
        '-extfile',
        extensions,
        ...validity,
      );
      return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
    },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renewCertificate } from '../../src/service/certificate.ts';
import { type TestAuthority, testAuthority } from '../helpers/certificates.ts';

describe('a certificate that is renewed while the service runs', () => {
  let folder: string;
  let authority: TestAuthority;
  let server: Server;
  const log: string[] = [];
  const note = ({ message }: Readonly<Record<string, unknown>>) => void log.push(String(message));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-certificate-'));
    authority = testAuthority(folder);
  });
  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The serial number of what a new connection is shown. */
  function served(): Promise<string> {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.end();
      });
      socket.once('error', reject);
    });
  }

  it('is served to whoever connects from then on, and only once it can be', async () => {
    const first = authority.sign(['localhost']);
    const second = authority.sign(['localhost']);
    server = createServer(first, (_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const before = await served();

    expect(renewCertificate({ server, serving: first }, () => ({ ...first }), note)).toBe(first);
    expect(log).toEqual([]);
    for (const unusable of [
      // The key is written after its certificate.
      () => ({ cert: second.cert, key: first.key }),
      () => ({ cert: '', key: '' }),
      () => {
        throw new Error('there is no such file');
      },
    ]) {
      expect(renewCertificate({ server, serving: first }, unusable, note)).toBe(first);
      expect(await served()).toBe(before);
    }
    expect(log).toEqual(Array(3).fill('certificate files cannot be used; the last one stays'));

    expect(renewCertificate({ server, serving: first }, () => second, note)).toBe(second);
    expect(await served()).not.toBe(before);
    expect(log.at(-1)).toBe('certificate renewed');
  });
});

import { describe, expect, test } from 'vitest';
import { serviceOrigin } from '../../src/settings/service-url.ts';

test.each([
  ['https://benefits.contoso.com', 'https://benefits.contoso.com'],
  ['https://benefits.contoso.com:8443/', 'https://benefits.contoso.com:8443'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  // Wherever a service may listen in the open, a client may ask.
  ['http://127.3.2.1:3000', 'http://127.3.2.1:3000'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
  ['http://localhost:3000', 'http://localhost:3000'],
])('%s has the origin %s', (text, origin) => {
  expect(serviceOrigin(text)).toBe(origin);
});

test.each(['http://10.0.0.1', 'http://localhost.example.com', 'http://127.0.0.1.example.com', 'http://[::]'])(
  '%s is not this machine alone',
  (text) => {
    expect(() => serviceOrigin(text)).toThrow(/not encrypted/);
  },
);

describe('a credential in the address is refused and not repeated', () => {
  test.each([
    ['as it should be written', 'https://user:hunter2@host.example'],
    ['longer than what is shown', `https://user:${'hunter2'.repeat(50)}@host.example`],
    ['with a slash in it', 'https://user:hun/hunter2@host.example'],
    ['with an @ in it', 'https://user:hunter2@more@host.example'],
    ['without https', 'user:hunter2@host.example'],
  ])('%s', (_, text) => {
    const refused = () => serviceOrigin(text);
    expect(refused).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(refused).toThrow(/^(https:\/\/)?host\.example /);
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment, PROGRAM, temporaryFolder, VAULT_KEY } from '../helpers/cli.ts';
import { postgresAvailable, startPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';
import { clientEnvironment, type ServiceOptions, startService } from '../helpers/service.ts';
import { newHome } from '../helpers/warm.ts';

const NEW_KEY = Buffer.alloc(32, 9).toString('base64');

async function service(options: ServiceOptions) {
  const started = await startService(options);
  onTestFinished(async () => {
    await started.stop('SIGKILL');
  });
  return started;
}

describe('serve init', () => {
  it('sets a profile up once, and shows one token once', async () => {
    const { home, run } = newHome();
    expect(await run(['serve', '--listen', '127.0.0.1:0'])).toMatchObject({ code: 2, stdout: '' });
    const first = await run(['serve', 'init', '-o', 'json']);
    expect([first.code, Object.keys(first.json() as object)]).toEqual([0, ['token']]);
    const { token } = first.json() as { token: string };
    expect(token).toMatch(/^mpnb_[A-Za-z0-9_-]{43}$/);
    const again = await run(['serve', 'init', '-o', 'json']);
    expect([again.code, again.stdout, again.error().code]).toEqual([2, '', 'USAGE']);
    const stored = readFileSync(join(home, 'profiles', 'default', 'benefits.db'));
    expect(stored.includes(token)).toBe(false);
    expect(stored.includes(token.slice(5))).toBe(false);
  });
});

describe('serve token', () => {
  it('adds, lists and revokes, and never shows a token again', async () => {
    const { run } = newHome();
    await run(['serve', 'init']);
    const added = await run([
      'serve',
      'token',
      'add',
      '--role',
      'provisioner',
      '--products',
      'Office 2019',
      '--expires',
      '30d',
      '-o',
      'json',
    ]);
    const value = added.json() as {
      id: string;
      token: string;
      role: string;
      expires: string;
      products: string[];
    };
    expect(Object.keys(value)).toEqual(['id', 'token', 'role', 'expires', 'products']);
    expect(value).toMatchObject({ role: 'provisioner', products: ['office-proplus-2019'] });
    const days = (Date.parse(value.expires) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThan(30.1);
    const list = await run(['serve', 'token', 'list', '-o', 'json']);
    expect(list.stdout).not.toContain(value.token);
    expect(list.json()).toContainEqual(
      expect.objectContaining({ id: value.id, createdBy: expect.stringMatching(/./) }),
    );
    expect((await run(['serve', 'token', 'revoke', value.id])).code).toBe(0);
    expect((await run(['serve', 'token', 'list'])).stdout).toContain('revoked');
    expect((await run(['serve', 'token', 'revoke', 't-none'])).code).toBe(3);
  });

  it('says which products a provisioner has', async () => {
    const { run } = newHome();
    await run(['serve', 'init']);
    const add = ['serve', 'token', 'add', '--role', 'provisioner', '--expires', '30d'];
    expect((await run(add)).stdout).toContain('all products, since none was named with --products');
    expect((await run([...add, '--products', 'Office 2019'])).stdout).toContain(
      'these products only: office-proplus-2019',
    );
    const reader = await run(['serve', 'token', 'add', '--role', 'reader', '--expires', '30d']);
    expect([reader.code, reader.stdout.includes('products')]).toEqual([0, false]);
  });

  it.each([[['-p', 'team']], [[]]])(
    'for a profile elsewhere says where tokens are made: %j',
    async (named) => {
      const { run } = newHome();
      const env = { MPN_BENEFITS_SERVICE_URL: 'http://127.0.0.1:9' };
      await run(['profile', 'add', 'team', '--url', 'http://127.0.0.1:9', '--offline']);
      const add = ['serve', 'token', 'add', '--role', 'reader', '--expires', '30d', '-o', 'json'];
      const done = await run([...add, ...named], { env });
      expect(done).toMatchObject({ code: 2, stdout: '' });
      expect(done.error().message).toBe(
        'http://127.0.0.1:9 is served elsewhere: its tokens, rules and vault key are made on the machine of the service.',
      );
    },
  );

  it.each([
    ['an unknown product', ['--role', 'provisioner', '--products', 'no such thing', '--expires', '30d'], 3],
    [
      'products for somebody who has all',
      ['--role', 'admin', '--products', 'office-proplus-2019', '--expires', '30d'],
      2,
    ],
    ['more than a year', ['--role', 'reader', '--expires', '366d'], 2],
    ['no end', ['--role', 'reader'], 2],
    ['no role', ['--expires', '30d'], 2],
    ['an unknown role', ['--role', 'owner', '--expires', '30d'], 2],
  ])('refuses %s', async (_, args, code) => {
    const { run } = newHome();
    await run(['serve', 'init']);
    expect(await run(['serve', 'token', 'add', ...args])).toMatchObject({ code, stdout: '' });
  });
});

describe('serve trust', () => {
  it('adds, lists and removes rules, and refuses those that are too wide', async () => {
    const { run } = newHome();
    await run(['serve', 'init']);
    const common = [
      'serve',
      'trust',
      'add',
      '--issuer',
      'https://token.actions.githubusercontent.com',
      '--audience',
      'https://benefits.example.com',
      '--role',
      'provisioner',
    ];
    const wide = await run([...common, '--claim', 'repository_owner=contoso', '-o', 'json']);
    expect([wide.code, wide.error().code]).toEqual([2, 'USAGE']);
    const added = await run([
      ...common,
      '--claim',
      'repository_id=1',
      'ref=refs/heads/main',
      '--products',
      'office-proplus-2019',
      '-o',
      'json',
    ]);
    const rule = added.json() as { id: string };
    expect(rule).toMatchObject({
      claims: { repository_id: '1', ref: 'refs/heads/main' },
      products: ['office-proplus-2019'],
      createdBy: expect.stringMatching(/./),
    });
    const claims = ['ref=refs/heads/main', 'repository_id=1'];
    const again = await run([...common, '--claim', ...claims, '-o', 'json']);
    expect([again.code, again.error()]).toMatchObject([2, { message: expect.stringContaining(rule.id) }]);
    expect((await run(['serve', 'trust', 'list', '-o', 'json'])).json()).toEqual([rule]);
    expect((await run(['serve', 'trust', 'remove', rule.id])).code).toBe(0);
    const everything = ['serve', 'trust', 'add', '--issuer', 'https://login.example.com', '--audience', 'us'];
    const said = await run([...everything, '--claim', 'sub=job', '--role', 'provisioner']);
    expect(said.stdout).toMatch(/is provisioner for all products\.\n$/);
    await run(['serve', 'trust', 'remove', /^Rule (\S+):/.exec(said.stdout)?.[1] ?? '']);
    expect((await run(['serve', 'trust', 'list', '-o', 'json'])).json()).toEqual([]);
  });
});

describe('serve', () => {
  it.each([
    ['another address in the open', ['--listen', '0.0.0.0:0']],
    ['a certificate without its key', ['--tls-cert', 'c.pem']],
    ['a certificate that is not there', ['--tls-cert', 'c.pem', '--tls-key', 'k.pem']],
    ['an address that is none', ['--listen', 'everywhere']],
    ['a provider without a client', ['--oidc-issuer', 'https://login.example.com']],
    ['the sandbox itself', ['-p', 'sandbox']],
    ['a rate of nothing', ['--rate', '0']],
    ['made-up data and a database', ['--sandbox', '--database', 'postgres://localhost/x']],
    ['a mapping of roles without a provider', ['--oidc-role', 'Admins=admin']],
    ['scopes without a provider', ['--oidc-scope', 'openid']],
    ['a claim without a provider', ['--sandbox', '--oidc-role-claim', 'groups']],
    ['a database that is none', ['--database', 'mysql://x']],
  ])('refuses %s', async (_, args) => {
    const { run } = newHome();
    await run(['serve', 'init']);
    expect(await run(['serve', ...args])).toMatchObject({ code: 2, stdout: '' });
  });

  it('refuses a certificate with which nobody could connect, before it listens', async () => {
    const { home, run } = newHome();
    await run(['serve', 'init']);
    const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
    for (const file of [cert, key]) writeFileSync(file, '');
    const args = ['--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key, '-o', 'json'];
    const refused = await run(['serve', ...args]);
    expect([refused.code, refused.error()]).toMatchObject([
      2,
      { message: expect.stringContaining('The certificate and its key do not work') },
    ]);
  });

  it('ends when it is told to, also while its database does not answer', async () => {
    const { home } = newHome();
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const env = { MPN_BENEFITS_DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none` };
    const child = spawn(process.execPath, [PROGRAM, 'serve'], { env: cleanEnvironment(home, env) });
    const ended = once(child, 'exit');
    await Promise.race([once(silent, 'connection'), ended]);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('opens no debugger and goes on when it is sent other signals', async () => {
    const sandbox = await service({});
    const { run } = newHome();
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      sandbox.child.kill(signal);
      expect((await run(['list'], { env: clientEnvironment(sandbox) })).code).toBe(0);
    }
    expect(sandbox.child.signalCode).toBeNull();
    expect(await sandbox.stop()).toBe(0);
    expect(sandbox.log.join('\n')).not.toMatch(/debugger/i);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('tells its log and ends at %s', async (signal) => {
    const sandbox = await service({});
    expect(await sandbox.stop(signal)).toBe(0);
    expect(sandbox.log.slice(-2).map((line) => JSON.parse(line).message)).toEqual(['ending', 'ended']);
  });

  it('serves a throw-away sandbox that anybody can try with two commands, and leaves nothing', async () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('mpn-benefits-sandbox-'));
    const before = new Set(folders());
    const sandbox = await service({});
    const mine = folders().filter((name) => !before.has(name));
    expect(mine.length).toBeGreaterThanOrEqual(1);
    const { run } = newHome();
    const list = await run(['list', '-o', 'json'], { env: clientEnvironment(sandbox) });
    expect((list.json() as unknown[]).length).toBeGreaterThan(20);
    expect(await sandbox.stop()).toBe(0);
    expect(mine.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
    const log = sandbox.log.join('\n');
    expect(log).not.toContain(sandbox.token);
    for (const line of sandbox.log)
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  });

  it('serves over TLS with its own certificate, and not otherwise', async () => {
    const { home } = newHome();
    const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
      ],
      { stdio: 'ignore' },
    );
    const tls = await service({ home, listen: 'localhost:0', args: ['--tls-cert', cert, '--tls-key', key] });
    expect(tls.origin).toMatch(/^https:/);
    const { hostname, port } = new URL(tls.origin);
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: '/healthz', ca: readFileSync(cert) }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await expect(fetch(`http://${hostname}:${port}/healthz`)).rejects.toThrow();
  });

  it('says that something listens there already', async () => {
    const sandbox = await service({});
    const { run } = newHome();
    const second = await run(['serve', '--sandbox', '--listen', new URL(sandbox.origin).host, '-o', 'json']);
    expect([second.code, JSON.parse(second.stderr.trim().split('\n').at(-1) ?? '').error.code]).toEqual([
      6,
      'UNAVAILABLE',
    ]);
  });
});

it('an option that a subcommand does not have is refused by the name of that', async () => {
  const { run } = newHome();
  const done = await run(['serve', '--listen', 'x', 'init', '-o', 'json']);
  expect([done.code, done.error()]).toEqual([
    2,
    expect.objectContaining({
      message: "Unknown option '--listen' of serve init.",
      hint: 'See: mpn-benefits help serve init',
    }),
  ]);
});

describe('serve rotate-vault-key', () => {
  const databases = [
    { name: 'SQLite', available: true },
    { name: 'PostgreSQL', available: requires('postgresql', postgresAvailable()) },
  ];
  for (const { name, available } of databases) {
    it.skipIf(!available)(
      `seals everything with a new key in ${name}`,
      async () => {
        const { home, run } = newHome();
        const env: Record<string, string> = {};
        if (name === 'PostgreSQL') {
          const postgres = await startPostgres();
          onTestFinished(() => postgres.stop());
          env['MPN_BENEFITS_DATABASE_URL'] = await postgres.newDatabase();
        }
        const first = await service({ home, env });
        const client = { env: clientEnvironment(first), cwd: temporaryFolder() };
        writeFileSync(
          join(home, 'k.csv'),
          'Product,Key,Type\nOffice Professional Plus 2019,BCDFG-HJKMP-QRTVW-XY234-6789B,mak\n',
        );
        expect((await run(['import', join(home, 'k.csv')], client)).code).toBe(0);
        const reveal = ['key', 'office-proplus-2019', '--yes'];
        expect((await run(reveal, client)).stdout).toBe('BCDFG-HJKMP-QRTVW-XY234-6789B\n');
        const rotated = await run(['serve', 'rotate-vault-key', '-o', 'json'], { env, stdin: NEW_KEY });
        expect([rotated.code, rotated.json()]).toEqual([0, expect.objectContaining({ sealed: 1 })]);
        // A process that still has the old key hands nothing out, and says whose fault it is.
        const stale = await run([...reveal, '-o', 'json'], client);
        expect([stale.code, stale.stdout, stale.error()]).toEqual([
          6,
          '',
          expect.objectContaining({
            message: `${first.origin} failed: The service cannot open its vault at the moment.`,
            hint: expect.stringMatching(/^No key was handed out or stored\./),
          }),
        ]);
        expect((await run(['key', '--history', '-o', 'json'], client)).json()).toHaveLength(1);
        expect(first.log.join('\n')).toContain('"message":"failure"');
        await first.stop();
        const fresh = await service({
          home,
          token: first.token,
          env: { ...env, MPN_BENEFITS_VAULT_KEY: NEW_KEY },
        });
        const after = await run(reveal, { env: clientEnvironment(fresh) });
        expect(after.stdout).toBe('BCDFG-HJKMP-QRTVW-XY234-6789B\n');
        const log = fresh.log.join('\n');
        for (const secret of ['BCDFG-HJKMP', VAULT_KEY, NEW_KEY, first.token])
          expect(log).not.toContain(secret);
      },
      120_000,
    );
  }
});

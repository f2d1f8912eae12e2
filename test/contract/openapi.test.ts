import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { OPENAPI_FILE, openApiDocument } from '../../scripts/openapi.ts';
import { API_PREFIX } from '../../src/contract/conventions.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS } from '../../src/contract/operations.ts';

const document = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8'));
const operations: [string, Operation][] = Object.entries(OPERATIONS);

describe('the OpenAPI document', () => {
  it('is what the schemas say today; make it anew with: node scripts/openapi.ts', () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('satisfies an independent linter', () => {
    const cli = fileURLToPath(new URL('../../node_modules/@redocly/cli/bin/cli.js', import.meta.url));
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const env = {
      PATH: process.env['PATH'],
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    };
    expect(() =>
      execFileSync(process.execPath, [cli, 'lint', 'docs/openapi.json'], { cwd, env, stdio: 'pipe' }),
    ).not.toThrow();
  });

  it.each(operations)('names %s with its path, method and answers', (id, { path, method, status }) => {
    const found = document.paths[API_PREFIX + path]?.[method.toLowerCase()];
    expect(found).toMatchObject({ operationId: id });
    expect(Object.keys(found.responses)).toEqual(
      expect.arrayContaining([String(status), '429', '500', '503']),
    );
  });

  it('asks for a credential everywhere but where the way in is told', () => {
    const unguarded = operations.filter(([, { open }]) => open === true).map(([id]) => id);
    expect(unguarded).toEqual(['getSignIn']);
    expect(document.security).toEqual([{ bearer: [] }]);
  });

  it('puts an id under which it happens once on everything that changes something', () => {
    for (const [id, { method, repeat }] of operations) {
      const readsByPost = ['planActivation', 'verifyLedger'].includes(id);
      expect(repeat, id).toBe(method === 'GET' || readsByPost ? 'read' : 'keyed');
    }
  });

  it('has no key or token in any path or query', () => {
    for (const [id, { path, query = {} }] of operations) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).concat(Object.keys(query));
      for (const name of names) expect(['key', 'token', 'secret', 'password'], id).not.toContain(name);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { checkRule, fits, type NewTrustRule } from '../../src/service/trust-rules.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const rule = (claims: Record<string, string>, more: Partial<NewTrustRule> = {}): NewTrustRule => ({
  issuer: GITHUB,
  audience: 'https://benefits.example.com',
  claims,
  role: 'provisioner',
  products: null,
  ...more,
});

describe('a rule is taken', () => {
  it.each<[string, Record<string, string>]>([
    ['sub exactly', { sub: 'repo:contoso/web:environment:production' }],
    ['a repository and a branch', { repository_id: '123', ref: 'refs/heads/main' }],
    ['a repository and an environment', { repository_id: '123', environment: 'production' }],
    [
      'a repository and a workflow',
      { repository_id: '123', job_workflow_ref: 'contoso/web/.github/workflows/a.yml@refs/heads/main' },
    ],
    ['branches that begin alike', { repository_id: '123', ref: 'refs/heads/release/*' }],
    ['tags that begin alike', { repository_id: '123', ref: 'refs/tags/v*' }],
    [
      'pull requests, where they are named',
      { repository_id: '123', environment: 'x', event_name: 'pull_request' },
    ],
    ['an Azure Pipelines service connection', { sub: 'sc://contoso/web/benefits' }],
  ])('%s', (_, claims) => {
    expect(() => checkRule(rule(claims))).not.toThrow();
  });
});

describe('a rule is refused', () => {
  it.each<[string, Record<string, string>]>([
    ['no claims at all', {}],
    ['an owner alone', { repository_owner: 'contoso' }],
    ['an owner by id', { repository_owner_id: '1', ref: 'refs/heads/main' }],
    [
      'a repository by its name, which somebody else can have later',
      { repository: 'contoso/web', ref: 'refs/heads/main' },
    ],
    ['a repository alone', { repository_id: '123' }],
    ['a branch alone', { ref: 'refs/heads/main' }],
    ['an environment alone', { environment: 'production' }],
    ['an open sub', { sub: 'repo:contoso/*' }],
    ['an open repository id', { repository_id: '12*', ref: 'refs/heads/main' }],
    ['an open environment', { repository_id: '123', environment: 'prod*' }],
    ['any ref', { repository_id: '123', ref: '*' }],
    ['any kind of ref', { repository_id: '123', ref: 'refs/*' }],
    ['a ref that is open in the middle', { repository_id: '123', ref: 'refs/heads/*/main' }],
    ['a ref that is open twice', { repository_id: '123', ref: 'refs/*/*' }],
    ['pull requests by an open ref', { repository_id: '123', ref: 'refs/pull/*' }],
    [
      'an open workflow',
      { repository_id: '123', job_workflow_ref: 'contoso/*/.github/workflows/a.yml@refs/heads/main' },
    ],
    ['a workflow without a ref', { repository_id: '123', job_workflow_ref: 'contoso/web/.github/*' }],
    ['a repository id that is none', { repository_id: 'web', ref: 'refs/heads/main' }],
    ['an empty claim', { sub: '' }],
    ['a name that is none', { 'su b': 'x', sub: 'x' }],
  ])('%s', (_, claims) => {
    expect(() => checkRule(rule(claims))).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/\S/) }),
    );
  });

  it.each([
    'http://x.example',
    'https://x.example?a=b',
    'https://u:p@x.example',
    'x.example',
    'https://*.example',
    '',
  ])('an issuer like "%s"', (issuer) => {
    expect(() => checkRule(rule({ sub: 'x' }, { issuer }))).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/\S/) }),
    );
  });

  it.each(['', ' ', '*', 'https://*.example'])('an audience like "%s"', (audience) => {
    expect(() => checkRule(rule({ sub: 'x' }, { audience }))).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/\S/) }),
    );
  });

  it('products for a role that has all', () => {
    expect(() => checkRule(rule({ sub: 'x' }, { role: 'admin', products: ['a'] }))).toThrow(/not limited/);
  });
});

describe('a token fits a rule', () => {
  const release = { claims: { repository_id: '123', ref: 'refs/heads/release/*' } };
  it.each<[string, Record<string, unknown>, boolean]>([
    ['one of the branches', { repository_id: '123', ref: 'refs/heads/release/7' }, true],
    ['a branch below one of them', { repository_id: '123', ref: 'refs/heads/release/7/x' }, false],
    ['no branch behind the slash', { repository_id: '123', ref: 'refs/heads/release/' }, false],
    ['another branch', { repository_id: '123', ref: 'refs/heads/main' }, false],
    ['a branch that only looks alike', { repository_id: '123', ref: 'xrefs/heads/release/7' }, false],
    ['a branch with a line break', { repository_id: '123', ref: 'refs/heads/release/7\nx' }, false],
    ['another repository', { repository_id: '1234', ref: 'refs/heads/release/7' }, false],
    ['a number where a text is meant', { repository_id: 123, ref: 'refs/heads/release/7' }, false],
    ['several values', { repository_id: ['123'], ref: 'refs/heads/release/7' }, false],
    ['a claim missing', { ref: 'refs/heads/release/7' }, false],
    [
      'a pull request',
      { repository_id: '123', ref: 'refs/heads/release/7', event_name: 'pull_request' },
      false,
    ],
    [
      'a pull request with the rights of its target',
      { repository_id: '123', ref: 'refs/heads/release/7', event_name: 'pull_request_target' },
      false,
    ],
  ])('%s', (_, claims, expected) => {
    expect(fits(release, claims)).toBe(expected);
  });

  it('knows a pull request by its ref and subject too, and lets it in where it is named', () => {
    expect(
      fits(
        { claims: { sub: 'repo:a/b:ref:refs/heads/main' } },
        { sub: 'repo:a/b:ref:refs/heads/main', ref: 'refs/pull/7/merge' },
      ),
    ).toBe(false);
    expect(
      fits(
        { claims: { sub: 'repo:a/b:pull_request' } },
        { sub: 'repo:a/b:pull_request', event_name: 'pull_request' },
      ),
    ).toBe(true);
    expect(
      fits(
        { claims: { repository_id: '1', environment: 'x', event_name: 'pull_request' } },
        { repository_id: '1', environment: 'x', event_name: 'pull_request' },
      ),
    ).toBe(true);
  });

  it.each([
    'repo:a/b:environment:pull_request_x',
    'repo:a/b:environment:xpull_request',
    'repo:pull_request/b:environment:x',
    'repo:a/pull_request:environment:x',
  ])('does not take "%s" for the name of pull requests', (sub) => {
    expect(fits({ claims: { sub } }, { sub })).toBe(true);
    expect(fits({ claims: { sub } }, { sub, event_name: 'pull_request' })).toBe(false);
    expect(fits({ claims: { sub } }, { sub, ref: 'refs/pull/7/merge' })).toBe(false);
  });
});

/**
 * Threat model of this file: a pipeline's platform signs tokens for all of its customers, so a rule that is too wide
 * lets strangers in. A rule pins something that only one repository, project or identity can have; a part of it may
 * be open only where its owner alone decides about it, the last part of a branch or tag.
 */
import type { Role } from '../contract/access.ts';
import { AppError } from '../errors.ts';
import { checkLimit } from './stored.ts';

export interface TrustRule {
  readonly id: string;
  readonly issuer: string;
  readonly audience: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly role: Role;
  readonly products: readonly string[] | null;
  /** Under whose name it was made. */
  readonly createdBy: string;
}

export type NewTrustRule = Omit<TrustRule, 'id' | 'createdBy'>;

/** Claims that hold a ref, in which the last part may be open. */
const REFS = new Set(['ref', 'job_workflow_ref']);

/** Throws USAGE for a rule that would let in more than one could mean. */
export function checkRule(rule: NewTrustRule): void {
  const { issuer, audience, claims, role, products } = rule;
  if (!isIssuer(issuer)) {
    throw bad(
      'The issuer must be an https address without query or fragment, exactly as its tokens name it.',
    );
  }
  if (audience.trim() === '' || audience.includes('*')) throw bad('The audience must be one exact text.');
  for (const [name, value] of Object.entries(claims)) checkClaim(name, value);
  if (!isPinned(claims)) {
    throw bad(
      'The rule does not pin one identity.',
      'Give sub exactly, or for GitHub repository_id together with ref, environment or job_workflow_ref. An owner alone is not enough.',
    );
  }
  checkLimit(role, products);
}

/** An issuer's address as it has to be: over TLS, and nothing that a text comparison could trip over. */
export function isIssuer(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s\\*]/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

function checkClaim(name: string, value: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.:/-]{0,99}$/.test(name))
    throw bad(`"${name.slice(0, 40)}" is no name of a claim.`);
  if (value === '' || value.length > 1000) throw bad(`The claim ${name} needs a value.`);
  if (!value.includes('*')) return;
  if (!REFS.has(name)) {
    throw bad(
      `The claim ${name} must be exact.`,
      'Only the last part of ref or job_workflow_ref may hold a *.',
    );
  }
  const ref = name === 'ref' ? value : (value.split('@')[1] ?? '');
  const parts = ref.split('/');
  const open = parts.at(-1) ?? '';
  const closed = value.slice(0, value.length - open.length);
  if (closed.includes('*') || !/^refs\/(heads|tags)\/./.test(ref)) {
    throw bad(`Only the last part of ${name} may hold a *.`, 'For example refs/heads/release/*');
  }
}

const isExact = (value: string | undefined): boolean => value !== undefined && !value.includes('*');

function isPinned(claims: Readonly<Record<string, string>>): boolean {
  if (isExact(claims['sub'])) return true;
  const place = ['ref', 'environment', 'job_workflow_ref'].some((name) => claims[name] !== undefined);
  return /^[0-9]+$/.test(claims['repository_id'] ?? '') && place;
}

function bad(message: string, hint = 'See the example in: mpn-benefits serve trust add --help'): AppError {
  return new AppError('USAGE', message, { hint });
}

/** True if a token's claims are those of the rule: each exactly, but for the open last part of a ref. */
export function fits(rule: Pick<TrustRule, 'claims'>, claims: Readonly<Record<string, unknown>>): boolean {
  if (isOfPullRequest(claims) && !isOfPullRequest(rule.claims)) return false;
  return Object.entries(rule.claims).every(([name, wanted]) => {
    const value = claims[name];
    return typeof value === 'string' && (wanted.includes('*') ? matches(wanted, value) : value === wanted);
  });
}

/** Anybody can open a pull request, so what runs for one is let in only where a rule says so, in the same claims. */
function isOfPullRequest(claims: Readonly<Record<string, unknown>>): boolean {
  const { event_name: event, ref, sub } = claims;
  return (
    (typeof event === 'string' && event.startsWith('pull_request')) ||
    (typeof ref === 'string' && ref.startsWith('refs/pull/')) ||
    (typeof sub === 'string' && /(^|:)pull_request($|:)/.test(sub))
  );
}

function matches(pattern: string, value: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[^/\\s]+')}$`).test(value);
}

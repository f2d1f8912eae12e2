import { AppError } from '../errors.ts';
import { type Row, type Sql, text, textOrNull } from '../store/sql.ts';
import { namesOf, roleOf } from './stored.ts';
import { checkRule, type NewTrustRule, type TrustRule } from './trust-rules.ts';

/**
 * Adds a rule after checking it. Throws USAGE, also for one that is there: the first that fits decides, so a second
 * would give nothing, and would stay behind when the first is removed.
 */
export async function addRule(
  sql: Sql,
  rule: NewTrustRule,
  by: { readonly actor: string; readonly now: Date; readonly id: string },
): Promise<TrustRule> {
  checkRule(rule);
  const { issuer, audience, claims, role, products } = rule;
  // Whoever adds one at the same time waits here, and then sees this one.
  await sql.run('UPDATE profile SET changes = changes');
  const same = (await rulesOf(sql, issuer)).find(
    (each) => each.audience === audience && sameClaims(each.claims, claims),
  );
  if (same !== undefined) {
    throw new AppError('USAGE', `There is a rule for such tokens already: ${same.id}.`, {
      hint: `To give them something else, remove it first: mpn-benefits serve trust remove ${same.id}`,
      details: { id: same.id },
    });
  }
  await sql.run(
    `INSERT INTO trust_rule (id, issuer, audience, claims, role, products, created, created_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    by.id,
    issuer,
    audience,
    JSON.stringify(claims),
    role,
    products === null ? null : JSON.stringify(products),
    by.now.toISOString(),
    by.actor,
  );
  return { id: by.id, ...rule, createdBy: by.actor };
}

function sameClaims(first: TrustRule['claims'], second: TrustRule['claims']): boolean {
  const names = Object.keys(first);
  return names.length === Object.keys(second).length && names.every((name) => first[name] === second[name]);
}

/** In the order in which they were made. */
export async function listRules(sql: Sql): Promise<TrustRule[]> {
  return (await sql.all('SELECT * FROM trust_rule ORDER BY created, id')).map(toRule);
}

/** Rules for tokens of this issuer. */
export async function rulesOf(sql: Sql, issuer: string): Promise<TrustRule[]> {
  return (await sql.all('SELECT * FROM trust_rule WHERE issuer = ? ORDER BY created, id', issuer)).map(
    toRule,
  );
}

/** Throws NOT_FOUND. */
export async function removeRule(sql: Sql, id: string): Promise<TrustRule> {
  const row = await sql.first('SELECT * FROM trust_rule WHERE id = ?', id);
  if (row === undefined) {
    throw new AppError('NOT_FOUND', `There is no trust rule ${id.slice(0, 40)}.`, {
      hint: 'See: mpn-benefits serve trust list',
    });
  }
  await sql.run('DELETE FROM trust_rule WHERE id = ?', id);
  return toRule(row);
}

function toRule(row: Row): TrustRule {
  const products = textOrNull(row, 'products');
  const claims: unknown = JSON.parse(text(row, 'claims'));
  if (typeof claims !== 'object' || claims === null) throw new Error('stored claims are none');
  return {
    id: text(row, 'id'),
    issuer: text(row, 'issuer'),
    audience: text(row, 'audience'),
    claims: Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, String(value)])),
    role: roleOf(text(row, 'role')),
    products: products === null ? null : namesOf(products),
    createdBy: text(row, 'created_by'),
  };
}

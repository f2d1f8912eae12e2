/**
 * Threat model of this file: a service token opens the team's keys, so what is stored must open nothing. A token is a
 * prefix (by which leaked ones are found) and 256 random bits; the database holds its SHA-256 only, which nobody can
 * turn back. It ends by itself within a year, and at once when it is revoked. Not covered: whoever can write to the
 * database can make themselves a token.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { MOST_DAYS, type Role } from '../contract/access.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import { type Row, type Sql, text, textOrNull } from '../store/sql.ts';
import { checkLimit, namesOf, roleOf } from './stored.ts';

export const TOKEN_PREFIX = 'mpnb_';
const DAY_MS = 86_400_000;

/** A service token without what opens anything. */
export interface TokenEntry {
  readonly id: string;
  readonly name: string | null;
  readonly role: Role;
  readonly products: readonly string[] | null;
  readonly created: string;
  /** Under whose name it was made. */
  readonly createdBy: string;
  readonly expires: string;
  readonly revoked: string | null;
  readonly lastUsed: string | null;
}

export interface TokenWish {
  readonly name: string | null;
  readonly role: Role;
  readonly products: readonly string[] | null;
  readonly expiresInDays: number;
}

function newSecret(): Secret {
  return new Secret(TOKEN_PREFIX + randomBytes(32).toString('base64url'), `${TOKEN_PREFIX}…`);
}

/** What is stored of a token. */
export function hashOf(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Makes a token. The secret is in the answer and nowhere else. Throws USAGE. */
export async function addToken(
  sql: Sql,
  wish: TokenWish,
  by: { readonly actor: string; readonly now: Date; readonly id: string },
): Promise<{ readonly token: Secret; readonly entry: TokenEntry }> {
  const { name, role, products, expiresInDays } = wish;
  if (!Number.isInteger(expiresInDays) || expiresInDays < 1 || expiresInDays > MOST_DAYS) {
    throw new AppError('USAGE', `A token lasts from 1 to ${MOST_DAYS} days.`, {
      hint: 'Say how long with --expires, such as 30d, and make another one before it ends.',
    });
  }
  checkLimit(role, products);
  const token = newSecret();
  const created = by.now.toISOString();
  const expires = new Date(by.now.getTime() + expiresInDays * DAY_MS).toISOString();
  await sql.run(
    `INSERT INTO service_token (id, hash, name, role, products, created, created_by, expires)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    by.id,
    hashOf(token.reveal()),
    name,
    role,
    products === null ? null : JSON.stringify(products),
    created,
    by.actor,
    expires,
  );
  return {
    token,
    entry: {
      id: by.id,
      name,
      role,
      products,
      created,
      createdBy: by.actor,
      expires,
      revoked: null,
      lastUsed: null,
    },
  };
}

/**
 * Another secret for a token whose first one was lost on its way, and so was never seen: the request that made it
 * was repeated.
 */
export async function replaceSecret(sql: Sql, id: string): Promise<Secret> {
  const token = newSecret();
  await sql.run('UPDATE service_token SET hash = ? WHERE id = ?', hashOf(token.reveal()), id);
  return token;
}

const COLUMNS = 'id, name, role, products, created, created_by, expires, revoked, last_used';

/** Newest first. */
export async function listTokens(sql: Sql): Promise<TokenEntry[]> {
  const rows = await sql.all(`SELECT ${COLUMNS} FROM service_token ORDER BY created DESC, id`);
  return rows.map(toEntry);
}

/** Throws NOT_FOUND. A token that is revoked already stays so. */
export async function revokeToken(sql: Sql, id: string, now: Date): Promise<TokenEntry> {
  await sql.run(
    'UPDATE service_token SET revoked = ? WHERE id = ? AND revoked IS NULL',
    now.toISOString(),
    id,
  );
  const row = await sql.first(`SELECT ${COLUMNS} FROM service_token WHERE id = ?`, id);
  if (row !== undefined) return toEntry(row);
  throw new AppError('NOT_FOUND', `There is no service token ${id.slice(0, 40)}.`, {
    hint: 'See: mpn-benefits serve token list',
  });
}

/** Why a token is not taken. */
export type TokenRefusal = 'unknown' | 'revoked' | 'expired';

/** Whose token it is that has this hash. Nothing tells from outside which of the reasons applied. */
export async function checkToken(
  sql: Sql,
  hash: string,
  now: Date,
): Promise<TokenEntry | { readonly refused: TokenRefusal; readonly id: string | null }> {
  const row = await sql.first(`SELECT hash, ${COLUMNS} FROM service_token WHERE hash = ?`, hash);
  if (row === undefined || !sameHash(text(row, 'hash'), hash)) return { refused: 'unknown', id: null };
  const entry = toEntry(row);
  if (entry.revoked !== null) return { refused: 'revoked', id: entry.id };
  if (Date.parse(entry.expires) <= now.getTime()) return { refused: 'expired', id: entry.id };
  return entry;
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Notes that a token was used; every few minutes is enough to know which ones are forgotten. */
export async function noteUse(sql: Sql, id: string, now: Date): Promise<void> {
  await sql.run('UPDATE service_token SET last_used = ? WHERE id = ?', now.toISOString(), id);
}

function toEntry(row: Row): TokenEntry {
  const role = text(row, 'role');
  const products = textOrNull(row, 'products');
  return {
    id: text(row, 'id'),
    name: textOrNull(row, 'name'),
    role: roleOf(role),
    products: products === null ? null : namesOf(products),
    created: text(row, 'created'),
    createdBy: text(row, 'created_by'),
    expires: text(row, 'expires'),
    revoked: textOrNull(row, 'revoked'),
    lastUsed: textOrNull(row, 'last_used'),
  };
}

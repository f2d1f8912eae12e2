import { bytes, type Sql, text } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import { sealedTextId } from './sealed-text.ts';

/**
 * Seals and fingerprints every record anew, in the caller's transaction; gives back how many. One record at a time,
 * so that only one key is open at any moment. Throws INVALID_DATA for a record that cannot be opened.
 */
export async function reseal(sql: Sql, from: Vault, to: Vault): Promise<number> {
  const keys = await idsIn(sql, 'SELECT id FROM product_key');
  for (const id of keys) {
    const key = from.open(id, await sealedOf(sql, 'SELECT sealed FROM product_key WHERE id = ?', id));
    await sql.run(
      'UPDATE product_key SET sealed = ?, fingerprint = ? WHERE id = ?',
      to.seal(id, key),
      to.fingerprint(key),
      id,
    );
  }
  const texts = await idsIn(sql, 'SELECT id FROM sealed_text');
  for (const id of texts) {
    const original = from.open(id, await sealedOf(sql, 'SELECT sealed FROM sealed_text WHERE id = ?', id));
    const next = sealedTextId(to, original);
    await sql.run(
      'UPDATE sealed_text SET id = ?, sealed = ? WHERE id = ?',
      next,
      to.seal(next, original),
      id,
    );
  }
  return keys.length + texts.length;
}

async function idsIn(sql: Sql, statement: string): Promise<string[]> {
  return (await sql.all(statement)).map((row) => text(row, 'id'));
}

async function sealedOf(sql: Sql, statement: string, id: string): Promise<Uint8Array> {
  const row = await sql.first(statement, id);
  if (row === undefined) throw new Error('a record that was just listed is gone');
  return bytes(row, 'sealed');
}

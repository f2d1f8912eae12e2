import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserve, SERVER, startTeam, type Team } from './team.ts';

describe('a list that is counted at once', () => {
  let team: Team;
  beforeAll(async () => {
    team = await startTeam();
  });
  afterAll(() => team.stop());

  it('has the numbers of products that are counted one by one', async () => {
    // A key of two products, one without any grant, and one that is marked.
    const { database } = team.data;
    await database.write(async (sql) => {
      const [key] = await sql.all("SELECT key_id FROM key_product WHERE product_id = 'ws-standard-2019'");
      await sql.run(
        "INSERT INTO key_product (key_id, product_id, added_by) VALUES (?, 'visio-pro-2019', 1)",
        String(key?.['key_id']),
      );
      await sql.run("DELETE FROM entitlement WHERE product_id = 'project-pro-2019'");
      await sql.run(
        "UPDATE product_key SET mark = 'blocked' WHERE id IN (SELECT key_id FROM key_product WHERE product_id = 'office-proplus-2019')",
      );
    });
    const { body } = await team.ask('listEntitlements', { query: { size: 10_000 } });
    expect(body.items.length).toBeGreaterThan(30);
    expect(body.items.some(({ source }: { source: string }) => source === 'keys only')).toBe(true);
    const seen = new Map<string, unknown[]>();
    for (const { aliases: _aliases, ...row } of body.items) {
      seen.set(row.productId, [...(seen.get(row.productId) ?? []), row]);
    }
    for (const [productId, rows] of seen) {
      const { body: view } = await team.ask('getProduct', { parameters: { productId } });
      if (view.entitlements.length > 0) expect(rows).toEqual(view.entitlements);
      else expect(rows).toMatchObject([{ activations: view.activations, keyCount: view.keys.length }]);
    }
  });

  it('is put together once for each state and each who sees it, and never shown after a change', async () => {
    const list = (token?: string, query = {}) =>
      team.ask('listEntitlements', {
        query: { size: 10_000, ...query },
        ...(token === undefined ? {} : { token }),
      });
    const first = await list();
    const again = await list();
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    const few = await list(undefined, { size: 3 });
    expect(few.body.items).toEqual(first.body.items.slice(0, 3));
    const own = await list(await team.token('provisioner', [SERVER]));
    expect(own.body.items.length).toBeGreaterThan(0);
    for (const { productId } of own.body.items) expect(productId).toBe(SERVER);
    await reserve(team, 'pc-of-this-test', {}, SERVER);
    const pendingOf = (items: { productId: string; activations: { pending: number } }[]) =>
      items.find(({ productId }) => productId === SERVER)?.activations.pending;
    const after = await list();
    expect(pendingOf(after.body.items)).toBe((pendingOf(first.body.items) ?? 0) + 1);
    expect(after.headers.get('etag')).not.toBe(first.headers.get('etag'));
  });
});

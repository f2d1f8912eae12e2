import { randomId } from '../../backend/local/crypto.ts';
import { type Call, type Handlers, productOf } from '../call.ts';
import { behind, pageOf } from '../paging.ts';
import { addToken, listTokens, replaceSecret, revokeToken, type TokenEntry } from '../tokens.ts';

export const accessHandlers = {
  getSignIn: async ({ facts }) => facts.signIn,
  getSession: async ({ caller }) => caller.session,
  listTokens: async (call) => {
    const list = behind(await listTokens(call.sql), ({ id }) => id, call.after);
    return pageOf('listTokens', call, list);
  },
  addToken: async (call) => {
    for (const id of call.body.products ?? []) await productOf(call, id);
    const by = { actor: call.caller.session.name, now: call.facts.now(), id: `t-${randomId()}` };
    const { token, entry } = await addToken(call.sql, call.body, by);
    return { token: token.reveal(), entry };
  },
  revokeToken: async (call) => {
    await revokeToken(call.sql, call.parameters.tokenId, call.facts.now());
    return undefined;
  },
} satisfies Partial<Handlers>;

/** The answer with the first secret was lost, so nobody has seen it: another one takes its place. */
export async function tokenAgain({ sql }: Pick<Call<'addToken'>, 'sql'>, stored: unknown) {
  const { entry } = stored as { readonly entry: TokenEntry };
  return { token: (await replaceSecret(sql, entry.id)).reveal(), entry };
}

import { beginChange } from '../backend/local/changes.ts';
import { randomId } from '../backend/local/crypto.ts';
import type { Context } from '../context.ts';
import { MOST_DAYS } from '../contract/access.ts';
import { AppError } from '../errors.ts';
import { makeVault } from '../service/data.ts';
import { addToken, listTokens } from '../service/tokens.ts';
import type { Result } from '../terminal/result.ts';
import { type DatabaseOptions, operatorOf, withData } from './shared/team-data.ts';

/** Sets up a team's profile: schema, vault key, and the one token with which everything else is done. */
export async function run(options: DatabaseOptions, context: Context): Promise<Result> {
  return withData(options, context, true, async (data) => {
    const { now } = context.surroundings;
    await makeVault(data);
    const { token } = await data.database.write(async (sql) => {
      // Locks the profile: of two who set up at once, one is told that it is done.
      await beginChange(sql);
      const valid = (await listTokens(sql)).filter(
        ({ role, revoked, expires }) =>
          role === 'admin' && revoked === null && Date.parse(expires) > now().getTime(),
      );
      if (valid.length > 0) throw alreadyThere();
      const wish = {
        name: 'first administrator',
        role: 'admin',
        products: null,
        expiresInDays: MOST_DAYS,
      } as const;
      return addToken(sql, wish, { actor: operatorOf(context), now: now(), id: `t-${randomId()}` });
    });
    const value = { token: token.reveal() };
    return {
      kind: 'record',
      value,
      render: () =>
        [
          'The team profile is set up. This token is shown once; it may do everything, for a year:',
          '',
          `  ${value.token}`,
          '',
          'Start the service with: mpn-benefits serve',
        ].join('\n'),
    };
  });
}

function alreadyThere(): AppError {
  return new AppError('USAGE', 'The team profile is set up already, with a valid administrator token.', {
    hint: 'Make another token with: mpn-benefits serve token add --role admin --expires 30d',
  });
}

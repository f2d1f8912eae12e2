import type { MovingProfile, MovingRow } from '../backend/backend.ts';
import { checkSize } from '../client/failure.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import { findProfile } from '../settings/profiles.ts';
import { confirm } from '../terminal/prompts.ts';
import type { Result } from '../terminal/result.ts';
import { keyValues } from '../terminal/text.ts';
import { accessBy } from './shared/key-access.ts';

export interface PushOptions {
  /** Name of the remote profile. */
  readonly remote: string;
}

/** Moves a profile of this machine into an empty one of a team's service: entitlements, keys and ledger. */
export async function run({ remote }: PushOptions, context: Context): Promise<Result> {
  const from = context.profile();
  const to = findProfile(context.places, remote);
  if (from.remote !== undefined) {
    throw new AppError('USAGE', `What would be moved is on ${from.location} already.`, {
      hint: 'Name the profile of this machine that is to be moved with -p.',
    });
  }
  const opened = await context.remoteOf(to);
  const { client } = await opened.remote();
  // Asked before anything is opened; the service itself decides once more when it stores.
  const { empty } = await client.call('getProfile');
  if (!empty) {
    throw new AppError('USAGE', `The profile on ${to.location} is not empty, so none can move in.`, {
      hint: 'Set up a new database for the service with: mpn-benefits serve init',
    });
  }
  const message = `Send the benefits, keys and ledger of ${from.name} to ${to.location}?`;
  if (!(await confirm(context.terminal, { message, flag: '--yes' }))) {
    throw new AppError('CANCELLED', 'Nothing was sent.');
  }
  const { copies } = await context.backend();
  const { productId: __, ...access } = accessBy(context, {
    productId: null,
    purpose: null,
    way: 'moved',
    target: to.location,
  });
  const contents = await copies.moveOut(access, (bytes) => checkSize('moveIn', bytes));
  const moved = await client.call('moveIn', { body: wireContents(contents) });
  const { ledger, head, entitlements, keys, events } = moved;
  // The move was confirmed: a cache that cannot be written must not look like a failure of it.
  await opened.cache
    ?.expire()
    .catch((error: Error) => context.terminal.warn(`The cache could not be written: ${error.message}`));
  context.terminal.note(
    `The profile ${from.name} is still on this machine. Do not count in both: remove it, or keep it as a copy only.`,
  );
  return {
    kind: 'record',
    value: {
      profile: from.name,
      remote: to.name,
      service: to.location,
      ledger,
      head,
      entitlements,
      keys,
      events,
    },
    render: (view) =>
      `Moved ${from.name} to ${to.location}; its ledger was verified there.\n${keyValues(
        [
          ['Entitlements', String(entitlements)],
          ['Keys', String(keys)],
          ['Events', String(events)],
          ['Head', head],
        ],
        view,
      )}`,
  };
}

function wireContents({ schema, ledger, head, tables }: MovingProfile) {
  return {
    schema,
    ledger,
    head,
    tables: Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.map(wireRow)])),
  };
}

/** Keys cross the network here, encrypted by TLS, to be sealed anew on the other side. */
function wireRow(row: MovingRow): Record<string, string | number | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}

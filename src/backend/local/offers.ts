import { type EventBody, PROFILE_CHAIN } from '../../activation/events.ts';
import { type PolicyId, policyNamed } from '../../activation/policy.ts';
import {
  type OfferName,
  offerDates,
  offerFacts,
  offerStatus,
  parseOffer,
} from '../../entitlements/offers.ts';
import type { Programs } from '../../entitlements/programs.ts';
import { AppError } from '../../errors.ts';
import { maskKeys } from '../../keys/hidden.ts';
import { type Row, text, textOrNull } from '../../store/sql.ts';
import type { OfferChanges, Offers } from '../backend.ts';
import type { OfferView } from '../rows.ts';
import { beginChange } from './changes.ts';
import { type LedgerSetup, openChain, recordEvent } from './ledger.ts';
import type { ProfileDatabase } from './profile-database.ts';

export interface OfferSetup {
  readonly database: ProfileDatabase;
  readonly programs: Programs;
  readonly today: () => string;
  /** The policy of offers that have none of their own. */
  readonly policy: PolicyId;
  readonly ledger: LedgerSetup;
}

export function localOffers(setup: OfferSetup): Offers {
  return {
    async list() {
      const rows = await setup.database.reading().all('SELECT * FROM offer ORDER BY program, part');
      return rows.map((row) => toView(row, setup));
    },
    set: (typed, changes, actor) => setOffer(typed, changes, actor, setup),
  };
}

/**
 * An offer that is to be kept, as it was typed.
 * @throws AppError USAGE for a program that is not known, and for a name with a product key in it, which would be shown.
 */
export function offerToStore(typed: string, programs: Programs): OfferName {
  if (maskKeys(typed).found > 0) {
    throw new AppError('USAGE', 'The name of this offer holds a product key.', {
      hint: 'Name it by its program, such as action-pack:core or other:<name>.',
    });
  }
  return parseOffer(typed, programs);
}

async function setOffer(
  typed: string,
  changes: OfferChanges,
  actor: string | null,
  setup: OfferSetup,
): Promise<OfferView> {
  const offer = offerToStore(typed, setup.programs);
  if (changes.purchased !== undefined && changes.purchased > setup.today()) {
    throw new AppError('USAGE', `${changes.purchased} is in the future.`, {
      hint: 'Give the day on which the offer was bought or last renewed.',
    });
  }
  return setup.database.write(async (sql) => {
    await beginChange(sql);
    await sql.run(
      'INSERT INTO offer (id, program, part, source) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
      offer.id,
      offer.program,
      offer.part,
      '',
    );
    if (changes.purchased !== undefined) {
      await sql.run('UPDATE offer SET purchased = ? WHERE id = ?', changes.purchased, offer.id);
    }
    if (changes.policy !== undefined) {
      await sql.run('UPDATE offer SET policy = ? WHERE id = ?', changes.policy, offer.id);
    }
    await openChain(sql, PROFILE_CHAIN, null, setup.ledger);
    const { purchased = null, policy = null } = changes;
    const body: EventBody = { type: 'offer-set', delta: 0, actor, offer: offer.id, purchased, policy };
    await recordEvent(sql, PROFILE_CHAIN, body, setup.ledger);
    const row = await sql.first('SELECT * FROM offer WHERE id = ?', offer.id);
    if (row === undefined) throw new Error('the offer that was just written is gone');
    return toView(row, setup);
  });
}

function toView(row: Row, setup: OfferSetup): OfferView {
  const program = text(row, 'program');
  const purchased = textOrNull(row, 'purchased');
  const facts = offerFacts({ program, purchased, source: text(row, 'source') }, setup.programs);
  const stored = textOrNull(row, 'policy');
  return {
    program,
    part: text(row, 'part'),
    ...offerDates(purchased),
    status: offerStatus(facts, setup.today(), setup.programs),
    policy: policyNamed(stored, setup.policy),
  };
}

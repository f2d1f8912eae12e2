import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { NO_FACTS } from '../../troubleshooting/facts.ts';
import type { WalkState } from '../../troubleshooting/types.ts';
import { seenLast5 } from '../../troubleshooting/values.ts';
import type { WalkContext } from '../../troubleshooting/walk.ts';
import { gatherFacts } from './facts.ts';
import type { Given } from './given.ts';
import { isUnreadable } from './ledger.ts';
import type { TroubleshootOptions } from './options.ts';
import { saveWalk } from './saved-walks.ts';

/** A walk under way: its state, and what goes with it. */
export interface Walking {
  readonly context: Context;
  readonly options: TroubleshootOptions;
  /** The text that it began with, if it did. */
  readonly given: Given | undefined;
  state: WalkState;
  walk: WalkContext;
  /** A folder that cannot be written to is told of once; the walk goes on. */
  saving: boolean;
}

/** Takes the state over and saves it. */
export function keep(walking: Walking, state: WalkState, ended: boolean): void {
  walking.state = state;
  if (!walking.saving) return;
  try {
    saveWalk(walking.context.places.stateFolder, state, ended);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    walking.saving = false;
    walking.context.terminal.warn(`${error.message} This walkthrough cannot be resumed later.`);
  }
}

/**
 * Looks up anew what the ledger knows, of the key that was seen last. A ledger that cannot be read, or no longer, is no
 * reason to end: what was known stays, but not of another key.
 */
export async function learn(walking: Walking): Promise<void> {
  const { context, state, walk } = walking;
  const { product, programs, checks } = walk.facts;
  const about = { product, seenLast5: seenLast5(state), checks };
  try {
    walking.walk = { ...walk, facts: await gatherFacts(about, context) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    if (isOfOtherKey(walking)) walking.walk = { ...walk, facts: { ...NO_FACTS, ...about, programs } };
  }
}

/** Whether an answer, or taking one back, made it another key than the one that is known of. */
export function isOfOtherKey({ state, walk }: Walking): boolean {
  return seenLast5(state) !== walk.facts.seenLast5;
}

export function now({ surroundings }: Context): string {
  return surroundings.now().toISOString();
}

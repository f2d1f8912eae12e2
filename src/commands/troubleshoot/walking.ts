import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { WalkState } from '../../troubleshooting/types.ts';
import type { WalkContext } from '../../troubleshooting/walk.ts';
import type { Given } from './given.ts';
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

export function now({ surroundings }: Context): string {
  return surroundings.now().toISOString();
}

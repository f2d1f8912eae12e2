import { evidenceLines } from '../../troubleshooting/evidence.ts';
import { replay } from '../../troubleshooting/replay.ts';
import { seenText } from '../../troubleshooting/values.ts';
import type { Walking } from './walking.ts';

/** Where a saved walkthrough stood, in a few lines: what was seen, of which product, and what was tried. */
export function recap({ state, walk }: Walking): readonly string[] {
  const { facts, knowledge } = walk;
  const { events, code } = replay(state, facts, knowledge);
  const { codes, status } = state.entry;
  const begun = codes.length > 0 || status !== null ? [`Begun with: ${seenText(state.entry)}.`] : [];
  const now = code === null || codes.includes(code) ? [] : [`Now it is ${code}.`];
  return [
    `Walkthrough ${state.id} of ${state.startedAt.slice(0, 10)} goes on.`,
    ...begun,
    ...now,
    ...evidenceLines(['product', 'tried'], facts, knowledge, events),
  ];
}

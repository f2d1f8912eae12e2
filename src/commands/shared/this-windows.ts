import type { Context } from '../../context.ts';
import { windowsVariable } from '../../environment.ts';

/** The texts of slmgr on this Windows; undefined if it speaks English, and where there is no Windows. */
export async function labelsOfThisWindows({ surroundings }: Context): Promise<string | undefined> {
  const root = windowsVariable(surroundings.env, 'SystemRoot');
  if (surroundings.platform !== 'win32' || root === undefined) return undefined;
  return (await import('./slmgr-labels.ts')).slmgrLabels(root);
}

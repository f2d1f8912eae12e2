import type { Session } from '../contract/access.ts';
import { type Check, failed, type Verdict } from './check.ts';

export interface TeamServiceSetup {
  readonly origin: string;
  readonly offline: boolean;
  /** Asks the service who we are. Throws AUTH_REQUIRED, FORBIDDEN, UNAVAILABLE, INVALID_DATA. */
  readonly ask: () => Promise<Session>;
}

/** Whether the service of a remote profile can be reached, is who it should be, and knows us. */
export function teamServiceCheck(setup: TeamServiceSetup): Check {
  return { id: 'service', title: 'Team service', look: () => look(setup) };
}

async function look({ origin, offline, ask }: TeamServiceSetup): Promise<Verdict> {
  if (offline) return { result: 'skip', evidence: `${origin} was not asked: --offline was given.` };
  try {
    const { name, role, expires } = await ask();
    const until = expires === null ? '' : `, until ${expires}`;
    return {
      result: 'ok',
      evidence: `${origin} answers, and knows this credential as ${name} (${role}${until}).`,
    };
  } catch (error) {
    return failed(error);
  }
}

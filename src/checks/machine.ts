import { counted } from '../counted.ts';
import type { CheckDescription } from '../troubleshooting/checks.ts';
import { type Check, said, type Verdict } from './check.ts';
import type { Network } from './network.ts';
import type { WindowsSetup } from './windows/windows-checks.ts';

/** Activations as the ledger has them. */
export interface LedgerState {
  readonly pending: number;
  /** Products that used more than they may. */
  readonly overUsed: readonly string[];
  /** What verifying found. */
  readonly problems: number;
  readonly events: number;
}

export interface MachineSetup {
  readonly platform: NodeJS.Platform;
  /** `--online`: checks may use the network. */
  readonly online: boolean;
  readonly now: () => Date;
  /** Loaded only for checks that need them. */
  readonly windows: () => Promise<WindowsSetup>;
  readonly network: () => Promise<Network>;
  readonly virtual: () => Promise<{ readonly virtual: boolean; readonly on: string }>;
  /** Bytes free on the system disk, and of how many. */
  readonly disk: () => { readonly free: number; readonly size: number };
  /** Null if the profile has none yet. */
  readonly ledger: () => Promise<LedgerState | 'not allowed' | null>;
}

/** The checks of this machine, in the order of their descriptions. They change nothing. */
export function machineChecks(descriptions: readonly CheckDescription[], setup: MachineSetup): Check[] {
  return descriptions.map((description) => ({
    id: description.id,
    title: description.title,
    look: async () => withFix(await lookAt(description, setup), description),
  }));
}

/** What is wrong has something to do about it: its own, or that of the description. */
function withFix(verdict: Verdict, { fix }: CheckDescription): Verdict {
  const wrong = verdict.result === 'warn' || verdict.result === 'fail';
  return wrong && verdict.fix === undefined ? { ...verdict, fix } : verdict;
}

async function lookAt({ id, platform, online }: CheckDescription, setup: MachineSetup): Promise<Verdict> {
  if (online) {
    if (!setup.online) return said('skip', 'It uses the network; add --online.');
    const { NETWORK_LOOKS } = await import('./network.ts');
    return known(NETWORK_LOOKS[id], id)(await setup.network(), setup.now);
  }
  const anywhere = ANYWHERE[id];
  if (anywhere !== undefined) return anywhere(setup);
  if (setup.platform !== 'win32') {
    return said(
      'skip',
      platform === 'windows'
        ? 'It looks at Windows, and this is not Windows.'
        : 'Rights matter where Windows or Office is activated, and this is not Windows.',
    );
  }
  const [{ LICENCE_LOOKS }, { SYSTEM_LOOKS }] = await Promise.all([
    import('./windows/licences.ts'),
    import('./windows/system.ts'),
  ]);
  return known(LICENCE_LOOKS[id] ?? SYSTEM_LOOKS[id], id)(await setup.windows());
}

function known<T>(look: T | undefined, id: string): T {
  if (look === undefined) throw new RangeError(`nothing looks at ${id}`);
  return look;
}

const ANYWHERE: Readonly<Record<string, (setup: MachineSetup) => Promise<Verdict> | Verdict>> = {
  'virtual-machine': async ({ virtual }) => {
    const { virtual: is, on } = await virtual();
    const evidence = is ? `It is virtual${on === '' ? '' : `, on ${on}`}.` : 'It is physical.';
    return { result: 'ok', evidence, shareable: is ? 'It is virtual.' : evidence };
  },
  'disk-space': ({ disk }) => {
    const { free, size } = disk();
    const evidence = `${gigabytes(free)} of ${gigabytes(size)} GB free`;
    const result = free < GIGABYTE ? 'fail' : free < 5 * GIGABYTE ? 'warn' : 'ok';
    return said(result, evidence);
  },
  ledger: async ({ ledger }) => {
    const state = await ledger();
    if (state === null) return said('skip', 'Nothing is recorded yet.');
    if (state === 'not allowed')
      return said('skip', 'Your role on the team service may not read the ledger.');
    return ledgerVerdict(state);
  },
};

const GIGABYTE = 1_000_000_000;

function gigabytes(bytes: number): string {
  return (bytes / GIGABYTE).toFixed(1);
}

function ledgerVerdict({ pending, overUsed, problems, events }: LedgerState): Verdict {
  if (problems > 0) {
    const evidence = `${counted(problems, 'problem')} in ${counted(events, 'event')}.`;
    return said('fail', evidence, 'See which: mpn-benefits activations verify');
  }
  const notes = [
    pending > 0 ? `${pending === 1 ? 'one activation is' : `${pending} activations are`} not settled` : '',
    overUsed.length > 0 ? `more used than allowed: ${overUsed.join(', ')}` : '',
  ].filter((note) => note !== '');
  const evidence = [`${counted(events, 'event')}, all sound`, ...notes].join('; ');
  return said(notes.length === 0 ? 'ok' : 'warn', evidence);
}

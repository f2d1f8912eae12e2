import { counted } from '../counted.ts';
import { said, type Verdict } from './check.ts';

/** The part of the network that checks use. */
export interface Network {
  /** Addresses of a name. Throws if it does not resolve. */
  resolve(host: string): Promise<readonly string[]>;
  /** Asks for nothing but the head of an answer, over HTTPS. Throws if none comes. */
  head(host: string): Promise<{ readonly status: number; readonly date: Date | null }>;
}

/** Hosts that an activation over the internet speaks to. */
const ACTIVATION_HOSTS = ['activation.sls.microsoft.com', 'go.microsoft.com'] as const;

type NetworkLook = (network: Network, now: () => Date) => Promise<Verdict>;

/** Checks that use the network, by their ids. */
export const NETWORK_LOOKS: Readonly<Record<string, NetworkLook>> = {
  dns: async (network) => {
    const outcomes = await Promise.all(
      ACTIVATION_HOSTS.map((host) =>
        attempt(host, async () => counted((await network.resolve(host)).length, 'address', 'addresses')),
      ),
    );
    return together(outcomes);
  },
  'activation-hosts': async (network) => {
    // Any answer will do: that there is one shows that the way is free.
    const outcomes = await Promise.all(
      ACTIVATION_HOSTS.map((host) =>
        attempt(host, async () => `answers with ${(await network.head(host)).status}`),
      ),
    );
    return together(outcomes);
  },
  clock: async (network, now) => {
    const [, host] = ACTIVATION_HOSTS;
    const asked = now().getTime();
    let date: Date | null;
    try {
      ({ date } = await network.head(host));
    } catch (error) {
      // Nothing is known of the clock then; a failing check would say that it is wrong.
      return timeUnknown(`${host} could not be asked for the time (${reasonOf(error)}).`);
    }
    const arrived = now().getTime();
    if (date === null) return timeUnknown('The server did not say what time it is.');
    // The server's time was read somewhere on the way, and has whole seconds.
    return clockVerdict(Math.round(((asked + arrived) / 2 - date.getTime()) / 1000));
  },
};

function timeUnknown(evidence: string): Verdict {
  return said(
    'skip',
    evidence,
    'Compare the clock with another one by eye. The way to the server: mpn-benefits troubleshoot --checks dns activation-hosts --online',
  );
}

/** Kerberos gives up at five minutes, KMS at four hours; a minute is worth a word. */
function clockVerdict(seconds: number): Verdict {
  const far = Math.abs(seconds);
  const evidence =
    far <= 2
      ? 'It agrees with the server.'
      : `It is ${duration(far)} ${seconds > 0 ? 'ahead of' : 'behind'} the server.`;
  return said(far <= 60 ? 'ok' : far <= 300 ? 'warn' : 'fail', evidence);
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}

interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

async function attempt(host: string, act: () => Promise<string>): Promise<Outcome> {
  try {
    return { ok: true, text: `${host}: ${await act()}` };
  } catch (error) {
    return { ok: false, text: `${host}: ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
}

function together(outcomes: readonly Outcome[]): Verdict {
  const evidence = outcomes.map(({ text }) => text).join('; ');
  return said(outcomes.every(({ ok }) => ok) ? 'ok' : 'fail', evidence);
}

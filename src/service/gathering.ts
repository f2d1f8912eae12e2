import { lockChain, shareChains } from '../backend/local/ledger.ts';
import type { Database, Transaction } from '../store/sql.ts';

/** What a piece of work takes for itself. */
export interface Takes {
  /** Chains that nobody else may append to meanwhile. */
  readonly chains: readonly string[];
  /** A chain that several may append to, one behind the other; it is taken last. */
  readonly shared: string;
  /** Whatever else it must be alone with: what only one of them may begin. */
  readonly names: readonly string[];
}

export type Gather = <T>(takes: Takes, work: (sql: Transaction) => Promise<T>) => Promise<T>;

interface Waiting {
  readonly takes: Takes;
  /** Does the work and remembers what came of it; throws if it failed. */
  readonly attempt: (sql: Transaction) => Promise<void>;
  /** What the last attempt brought is the answer: its transaction is on the disk. */
  readonly confirm: () => void;
  /** By itself, in a transaction of its own. */
  readonly alone: () => Promise<void>;
}

/** More of them would wait for each other longer than they save. */
const MOST = 8;

/**
 * Transactions that several requests share: those that come while one is under way go together in the next, where they
 * take what all of them append to once, and wait for the disk once. If one fails, nothing of it has happened, and each
 * is done by itself.
 */
export function gathering(write: Database['write']): Gather {
  const waiting: Waiting[] = [];
  let busy = false;

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    while (waiting.length > 0) await together(takeCompatible(waiting));
    busy = false;
  }

  async function together(group: readonly Waiting[]): Promise<void> {
    if (group.length === 1) return void (await group[0]?.alone());
    try {
      await write(async (sql) => {
        // In one order everywhere, so that no two of such transactions wait for each other. What is shared stays the
        // last even where a client names it as a chain of its own.
        const shared = new Set(group.map(({ takes }) => takes.shared));
        const own = group.flatMap(({ takes }) => takes.chains).filter((chain) => !shared.has(chain));
        const chains = [...own.sort(), ...shared];
        const locks = chains.map((chain) => lockChain(sql, chain));
        shareChains(sql);
        // All to their ends: nothing may still be under way when the transaction ends.
        const outcomes = await Promise.allSettled([...locks, ...group.map(({ attempt }) => attempt(sql))]);
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      });
      for (const { confirm } of group) confirm();
    } catch {
      await Promise.all(group.map(({ alone }) => alone()));
    }
  }

  return <T>(takes: Takes, perform: (sql: Transaction) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      let confirm = (): void => {};
      waiting.push({
        takes,
        attempt: async (sql) => {
          const result = await perform(sql);
          confirm = () => resolve(result);
        },
        confirm: () => confirm(),
        alone: () => write(perform).then(resolve, reject),
      });
      void work();
    });
}

/** The first of those who wait, and others behind it that take nothing that it or they take. */
function takeCompatible(waiting: Waiting[]): readonly Waiting[] {
  const taken = new Set<string>();
  const group: Waiting[] = [];
  for (const each of [...waiting]) {
    const wanted = [...each.takes.chains, ...each.takes.names];
    if (wanted.some((name) => taken.has(name))) continue;
    for (const name of wanted) taken.add(name);
    group.push(each);
    waiting.splice(waiting.indexOf(each), 1);
    if (group.length === MOST) break;
  }
  return group;
}

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Sha256Hex } from '../../../activation/chain.ts';
import type { EarlierLedger, LedgerReport } from '../../../activation/verify.ts';
import { AppError, systemCode } from '../../../errors.ts';
import { ledgerId } from '../ledger.ts';
import type { ProfileDatabase } from '../profile-database.ts';
import { momentOf } from './moment.ts';
import { chainClaims, type VerifiedPart } from './part.ts';
import { ALL_CHAINS, inParts } from './range.ts';
import { reportOn, verifyWhole } from './verify.ts';
import type { WorkerAnswer, WorkerOrder, WorkerTask } from './worker.ts';

/** What is needed to verify in threads. */
export interface VerifierSetup {
  /** The file of the thread's program. */
  readonly program: string;
  readonly databaseFile: string;
  /** Ledgers of fewer events are verified before a thread is ready. */
  readonly fromEvents: number;
  /** What the heap of a thread may hold. */
  readonly heapMiB: number;
}

/** Two keep two processors busy; more would want more memory than they save time on most machines. */
const THREADS = 2;
/** Room for new things. Small: what is read is soon garbage. */
const YOUNG_MIB = 8;
/** Somebody who writes without a pause comes between two snapshots now and then, not always. */
const MOST_ROUNDS = 100;

/**
 * Verifies a profile's ledger in threads, each with a range of its chains and all with the same state of the database.
 * Goes on alone where the ledger is small, where its keys are too large for the limit on memory, or where others write
 * so fast that no two snapshots are the same.
 */
export async function verifyLocal(
  database: ProfileDatabase,
  earlier: EarlierLedger | undefined,
  sha256Hex: Sha256Hex,
  setup: VerifierSetup | undefined,
): Promise<LedgerReport> {
  const alone = () => database.settled((sql) => verifyWhole(sql, earlier, sha256Hex));
  const sql = database.reading();
  if (setup === undefined || (await momentOf(sql)) < setup.fromEvents) return alone();
  const ledger = await ledgerId(sql);
  const ranges = inParts(await chainClaims(sql, ALL_CHAINS), THREADS);
  const threads = ranges.map(
    (range) => new VerifierThread(setup, { databaseFile: setup.databaseFile, ledger, range, earlier }),
  );
  const endAll = () => Promise.all(threads.map((thread) => thread.end()));
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const report = await database.snapshot(async (own) => {
        const moment = await momentOf(own);
        const theirs = await Promise.all(threads.map((thread) => thread.begin()));
        if (theirs.some((other) => other !== moment)) return undefined;
        const parts = await Promise.all(threads.map((thread) => thread.verify()));
        // Their memory is needed for what they found.
        await endAll();
        return reportOn(own, parts, { ledger, earlier, sha256Hex });
      });
      if (report !== undefined) return report;
    }
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
  } finally {
    await endAll();
  }
  return alone();
}

function isOutOfMemory(error: unknown): boolean {
  return systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY';
}

class VerifierThread {
  readonly #worker: Worker;
  /** Rejects when the thread is no more. */
  readonly #gone: Promise<never>;

  constructor({ program, heapMiB }: VerifierSetup, task: WorkerTask) {
    this.#worker = new Worker(program, {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: YOUNG_MIB },
      // Node 22 warns of its own SQLite in each thread.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#gone = new Promise((_, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => reject(new Error('a thread ended early')));
    });
    // It matters to whoever asks the thread something, and to nobody else.
    this.#gone.catch(() => {});
  }

  async begin(): Promise<number> {
    const answer = await this.#ask('begin');
    if (answer.kind !== 'began') throw new Error('a thread verified what it was not told to');
    return answer.moment;
  }

  async verify(): Promise<VerifiedPart> {
    const answer = await this.#ask('verify');
    if (answer.kind !== 'verified') throw new Error('a thread did not verify what it was told to');
    return answer.part;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(order: WorkerOrder): Promise<Exclude<WorkerAnswer, { readonly kind: 'failed' }>> {
    this.#worker.postMessage(order);
    // The border: worker.ts says nothing else.
    const [answer] = (await Promise.race([once(this.#worker, 'message'), this.#gone])) as [WorkerAnswer];
    if (answer.kind !== 'failed') return answer;
    const { code, message, hint, details } = answer.error;
    throw new AppError(code, message, { hint, details });
  }
}

/** A thread of its own that verifies a part of a profile's ledger, with a limit on its memory. */
import { on } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../errors.ts';
import { hold } from '../../../store/sqlite-header.ts';
import { sha256Hex } from '../crypto.ts';
import { ProfileFile } from '../profile-database.ts';
import { momentOf } from './moment.ts';
import { type PartToVerify, type VerifiedPart, verifyPart } from './part.ts';

/** What the thread is started with. */
export interface WorkerTask extends PartToVerify {
  readonly databaseFile: string;
}

/** `begin`: take a snapshot, and tell of which moment. `verify`: verify what the last snapshot sees. */
export type WorkerOrder = 'begin' | 'verify';

export type WorkerAnswer =
  | { readonly kind: 'began'; readonly moment: number }
  | { readonly kind: 'verified'; readonly part: VerifiedPart }
  | { readonly kind: 'failed'; readonly error: Pick<AppError, 'code' | 'message' | 'hint' | 'details'> };

async function serve(port: MessagePort, { databaseFile, ...part }: WorkerTask): Promise<void> {
  const answer = (what: WorkerAnswer): void => port.postMessage(what);
  // The thread that started this one has it open.
  hold(databaseFile);
  const database = new ProfileFile(databaseFile);
  const orders = on(port, 'message');
  const next = async (): Promise<WorkerOrder | undefined> => (await orders.next()).value?.[0];
  try {
    let order = await next();
    while (order === 'begin') {
      order = await database.snapshot(async (sql) => {
        answer({ kind: 'began', moment: await momentOf(sql) });
        const after = await next();
        if (after === 'verify') answer({ kind: 'verified', part: await verifyPart(sql, part, sha256Hex) });
        return after;
      });
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    answer({ kind: 'failed', error: { code, message, hint, details } });
  } finally {
    await database.close();
  }
}

// The border: the thread is started by threads.ts alone, with what it says there.
if (parentPort !== null) void serve(parentPort, workerData as WorkerTask);

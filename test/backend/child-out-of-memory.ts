/** A thread that never has enough memory. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => {
  const kept: string[][] = [];
  for (;;) kept.push(Array.from({ length: 1_000 }, (_, number) => `${number} ${kept.length}`));
});

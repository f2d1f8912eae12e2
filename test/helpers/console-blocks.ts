import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cleanEnvironment, PROGRAM } from './cli.ts';

/** One `$ command` of a document, with what stands below it. */
export interface Example {
  readonly command: string;
  readonly shown: readonly string[];
}

/** The examples of all ```console blocks of a Markdown text, in their order. */
export function examplesOf(markdown: string): Example[] {
  const examples: { command: string; shown: string[] }[] = [];
  for (const [, body = ''] of markdown.matchAll(/^```console\n(.*?)^```$/gms)) {
    for (const line of body.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) examples.push({ command: line.slice(2), shown: [] });
      else examples.at(-1)?.shown.push(line);
    }
  }
  return examples;
}

/** A folder in which a shell finds the program under its own name. */
export function shellIn(folder: string): (command: string) => string {
  const bin = join(folder, '.bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'mpn-benefits'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(join(bin, 'mpn-benefits'), 0o755);
  const home = join(folder, '.home');
  mkdirSync(home, { mode: 0o700 });
  const environment = cleanEnvironment(home);
  let activation = '';
  return (shown) => {
    // A document cannot know an activation's id: `a-…` is the one that was printed last.
    const command = shown.replaceAll('a-…', activation);
    const { stdout, stderr } = spawnSync('bash', ['-c', command], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...environment, PATH: `${bin}:${environment['PATH'] ?? ''}` },
    });
    activation = /\ba-[0-9a-z]{12}\b/.exec(stdout)?.[0] ?? activation;
    return stdout + stderr;
  };
}

/**
 * Runs an example. `cat file` makes the file from what is shown. Else every line shown must come, in this order; in
 * it `…` stands for anything, and columns may be wider or narrower.
 */
export function check(example: Example, shell: (command: string) => string, folder: string): void {
  const file = /^cat (\S+)$/.exec(example.command)?.[1];
  if (file !== undefined) {
    writeFileSync(join(folder, file), `${example.shown.join('\n')}\n`);
    return;
  }
  const output = shell(example.command).split('\n').map(squeeze);
  let at = 0;
  for (const line of example.shown) {
    if (line.trim() === '' || line.trim() === '…') continue;
    const pattern = new RegExp(`^${squeeze(line).split('…').map(literally).join('.*')}$`);
    const found = output.findIndex((each, index) => index >= at && pattern.test(each));
    expect(
      found,
      `${example.command}\nshould print: ${line}\nprinted:\n${output.join('\n')}`,
    ).toBeGreaterThanOrEqual(0);
    at = found + 1;
  }
}

const squeeze = (line: string): string => line.replace(/ {2,}/g, '  ').trimEnd();
const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { relaySignals } from '../../../src/provisioning/child/signals.ts';

let source: EventEmitter;
let got: string[];
let ended: number;
const child = { kill: (signal: string) => got.push(signal) } as unknown as ChildProcess;

function relay(platform: NodeJS.Platform, terminal: boolean) {
  return relaySignals(source, { platform, terminal, atExit: () => (ended += 1) });
}

beforeEach(() => {
  source = new EventEmitter();
  got = [];
  ended = 0;
});

/** Timers, limits and others that end a process. */
const RARE = [
  ...['SIGALRM', 'SIGVTALRM', 'SIGPROF', 'SIGXCPU', 'SIGXFSZ'],
  ...['SIGABRT', 'SIGTRAP', 'SIGIO', 'SIGPWR', 'SIGSTKFLT'],
];
const ALL = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGBREAK', ...RARE];

test.each<[NodeJS.Platform, boolean, readonly string[]]>([
  ['linux', false, ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', ...RARE]],
  ['linux', true, ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', ...RARE]],
  ['win32', false, ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']],
  ['win32', true, ['SIGTERM', 'SIGHUP']],
])('on %s, with a terminal %s: %j', (platform, terminal, expected) => {
  relay(platform, terminal).to(child);
  for (const signal of ALL) source.emit(signal);
  expect(got).toEqual(expected);
});

test('a signal from a terminal is heard all the same: it must not end us before the child', () => {
  relay('linux', true).to(child);
  expect(source.emit('SIGINT')).toBe(true);
});

test('what comes before there is a child reaches it later', () => {
  const { to } = relay('linux', false);
  source.emit('SIGTERM');
  expect(got).toEqual([]);
  to(child);
  expect(got).toEqual(['SIGTERM']);
});

test('the end of the process is told, and nothing is left when it stops', () => {
  const { to, stop } = relay('linux', false);
  to(child);
  source.emit('exit');
  expect(ended).toBe(1);
  stop();
  expect(source.eventNames()).toEqual([]);
});

/** Offers troubleshooting as a failed activation does; the last line says that the activation's own failure comes next. */
import '../helpers/version.ts';
import { hostname } from 'node:os';

// What the build puts in has to be there when the program's files are loaded.
Object.assign(globalThis, { __VERSION__: '0.0.0-test' });
const { offerTroubleshooting } = await import('../../src/commands/shared/offer-troubleshooting.ts');
const { createContext } = await import('../../src/context.ts');

const context = await createContext(
  { profile: 'sandbox', yes: process.argv.includes('--yes') },
  {
    env: process.env,
    stdin: process.stdin,
    stdinIsTerminal: () => process.stdin.isTTY,
    stdout: process.stdout,
    stderr: process.stderr,
    streams: process,
    now: () => new Date(),
    nodeVersion: process.versions.node,
    platform: process.platform,
    userName: () => null,
    hostName: hostname,
    signals: process,
    clipboardHelper: { node: '', entry: '' },
    powerShell: () => Promise.reject(new Error('no Windows here')),
  },
);
const product = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? 'visio-pro-2019';
await offerTroubleshooting(context, '0xC004C020', product);
await context.close();
process.stdout.write('at the failure again\n');

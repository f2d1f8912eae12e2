/**
 * The made-up Windows as a program: takes the arguments and the standard input that PowerShell takes. The machine is
 * the JSON in MADE_UP_WINDOWS; `pauseMs` lets it hang, `record` names a file for what it was given.
 */
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type MadeUpMachine, madeUpWindows } from './made-up-windows.ts';

interface Settings extends MadeUpMachine {
  readonly pauseMs?: number;
  readonly record?: string;
}

const settings = JSON.parse(process.env['MADE_UP_WINDOWS'] ?? '{}') as Settings;
const argv = process.argv.slice(2);
const stdin = await text(process.stdin);
if (settings.record !== undefined) {
  writeFileSync(settings.record, JSON.stringify({ argv, env: process.env, stdin }));
}
if (settings.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, settings.pauseMs));
const script = Buffer.from(argv[argv.indexOf('-EncodedCommand') + 1] ?? '', 'base64').toString('utf16le');
const answer = await madeUpWindows(settings).run(script, stdin, 0);
process.stdout.write(answer.stdout);
process.stderr.write('#< CLIXML\r\n<Objs Version="1.1.0.1" />');
process.exitCode = answer.exitCode ?? 1;

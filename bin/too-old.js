import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Hands over to the Node that a clone carries as a development dependency; where there is none, says what is needed. */
export function main(oldest, program) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const own = fileURLToPath(new URL('../node_modules/node/bin/' + file, import.meta.url));
  if (!existsSync(own)) {
    const message =
      'error: mpn-benefits needs Node ' + oldest + ' or newer; this is ' + process.versions.node;
    process.stderr.write(message + '.\n');
    process.exitCode = 1;
    return;
  }
  const args = [fileURLToPath(program)].concat(process.argv.slice(2));
  const child = spawn(own, args, { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself; this process only has to outlive it.
  process.on('SIGINT', () => {});
  ['SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal);
    });
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code;
  });
}

#!/usr/bin/env node
// Runs on any Node, however old, to say kindly what is missing; so it uses nothing new.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 22, 2];

function isTooOld() {
  const parts = process.versions.node.split('.').map(Number);
  for (let i = 0; i < OLDEST.length; i++) {
    if (parts[i] !== OLDEST[i]) return parts[i] < OLDEST[i];
  }
  return false;
}

if (isTooOld()) {
  // A clone carries its own Node as a development dependency.
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const own = fileURLToPath(new URL('../node_modules/node/bin/' + file, import.meta.url));
  if (existsSync(own)) {
    const child = spawn(own, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: 'inherit' });
    // Ctrl-C reaches the child by itself; this process only has to outlive it.
    process.on('SIGINT', function () {});
    ['SIGTERM', 'SIGHUP'].forEach(function (signal) {
      process.on(signal, function () {
        child.kill(signal);
      });
    });
    child.on('exit', function (code, signal) {
      if (signal) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      } else process.exitCode = code;
    });
  } else {
    process.stderr.write(
      'error: mpn-benefits needs Node ' + OLDEST.join('.') + ' or newer; this is ' + process.versions.node + '.\n',
    );
    process.exitCode = 1;
  }
} else {
  createRequire(import.meta.url)('../dist/main.cjs').main();
}

// biome-ignore-all lint/style/useNodejsImportProtocol: Node this old does not know it.
const spawn = require('child_process').spawn;
const existsSync = require('fs').existsSync;
const join = require('path').join;
const isatty = require('tty').isatty;

/** Hands over to the Node that a clone carries as a development dependency; where there is none, says what is needed. */
exports.main = (oldest, program) => {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const own = join(__dirname, '../node_modules/node/bin', file);
  if (!existsSync(own)) {
    const message =
      'error: mpn-benefits needs Node ' + oldest + ' or newer; this is ' + process.versions.node + '.\n';
    const hint = 'hint: Install a newer Node.js. A clone brings its own with: npm ci\n';
    process.stderr.write(message + hint);
    process.exitCode = 1;
    return;
  }
  const child = spawn(own, ['--', program].concat(process.argv.slice(2)), { stdio: 'inherit' });
  // What a terminal sends reaches the child by itself; this process only has to outlive it.
  const terminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'].forEach((signal) => {
    const isFromTerminal = signal === 'SIGINT' || signal === 'SIGQUIT';
    process.on(signal, () => {
      if (!terminal || !isFromTerminal) child.kill(signal);
    });
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code;
  });
};

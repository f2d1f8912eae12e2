/** Runs one command with made-up keys, as `run` does: node driver.ts '{"env":[],"file":[]}' command args… */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { planVariables } from '../../../src/provisioning/child/assignments.ts';
import { findCommand } from '../../../src/provisioning/child/find-command.ts';
import { runChild } from '../../../src/provisioning/child/run-child.ts';

const KEYS: Readonly<Record<string, string>> = {
  office: 'BCDFG-HJKMP-QRTVW-XY234-6789B',
  sql: 'GFDCB-PMKJH-WVTRQ-432YX-B9876',
};

const [variables = '{}', name = '', ...args] = process.argv.slice(2);
const { keys, plain } = planVariables(JSON.parse(variables));
const command = findCommand(name, { env: process.env, platform: process.platform });
if (command.found) {
  try {
    const { exitCode, problem } = await runChild({
      command: { path: command.path, name },
      args,
      env: process.env,
      plain,
      keys: keys.map(({ variable, way, product }) => ({
        variable,
        way,
        key: productKeySecret(KEYS[product] ?? product),
      })),
      terminals: {
        stdin: process.stdin.isTTY,
        stdout: process.stdout.isTTY,
        stderr: process.stderr.isTTY,
      },
      stdout: () => process.stdout,
      stderr: () => process.stderr,
      signals: process,
      platform: process.platform,
      temporaryFolder: tmpdir(),
      pipesFolder: join(process.env['TOLD'] ?? tmpdir(), 'pipes'),
    });
    if (problem !== null) process.stderr.write(`${problem}\n`);
    process.exitCode = exitCode;
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 99;
  }
} else {
  process.stderr.write(`${command.message}\n`);
  process.exitCode = command.exitCode;
}

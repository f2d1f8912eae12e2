import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, temporaryFolder } from '../helpers/cli.ts';
import { KEYS, open, type Pty } from '../helpers/pty.ts';

const DRIVER = fileURLToPath(new URL('./driver-offer.ts', import.meta.url));
const SECONDS = 30_000;

function failedActivation(args: readonly string[] = []): Pty {
  const home = temporaryFolder();
  const env = { ...cleanEnvironment(home), NO_COLOR: '1', NODE_NO_WARNINGS: '1' };
  const pty = open(process.execPath, [DRIVER, ...args], { cwd: home, env });
  onTestFinished(() => pty.kill());
  return pty;
}

test('a failed activation can be looked into at once, with its code, product and counts', async () => {
  const pty = failedActivation();
  await pty.waitFor(/The activation failed with 0xC004C020\. Look for the cause now\?/, SECONDS);
  pty.type(`y${KEYS.enter}`);
  const screen = await pty.waitFor(/How many activations does Partner Center[\s\S]*q quits/, SECONDS);
  expect(screen).toContain('1 of 1 used by the ledger, 0 left.');
  pty.type(`q${KEYS.enter}`);
  await pty.waitFor(/at the failure again/, SECONDS);
  expect(pty.screen()).toContain('mpn-benefits troubleshoot --resume');
});

test.each([
  ['a no', `n${KEYS.enter}`],
  ['Ctrl-C', KEYS.ctrlC],
])('%s leaves the failure as it is', async (_, keys) => {
  const pty = failedActivation();
  await pty.waitFor(/Look for the cause now\?/, SECONDS);
  pty.type(keys);
  await pty.waitFor(/at the failure again/, SECONDS);
  expect(pty.screen()).not.toContain('troubleshoot --resume');
});

test('a search that fails is a warning: the failure of the activation comes first', async () => {
  const pty = failedActivation(['no-such-product']);
  await pty.waitFor(/Look for the cause now\?/, SECONDS);
  pty.type(`y${KEYS.enter}`);
  const screen = await pty.waitFor(/at the failure again/, SECONDS);
  expect(screen).toMatch(/warning: The search for the cause has failed: .*no-such-product/);
});

test('nobody is asked with --yes, or away from a terminal', async () => {
  const pty = failedActivation(['--yes']);
  await pty.exit;
  expect(pty.screen()).toBe('at the failure again');
  const home = temporaryFolder();
  const { stdout } = await promisify(execFile)(process.execPath, [DRIVER], {
    cwd: home,
    env: { ...cleanEnvironment(home), NODE_NO_WARNINGS: '1' },
  });
  expect(stdout).toBe('at the failure again\n');
});

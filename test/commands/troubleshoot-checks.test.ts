import { expect, test } from 'vitest';
import { madeUpWindows } from '../checks/windows/made-up-windows.ts';
import { type Json, ok } from '../process/support.ts';
import { inProcess } from './in-process.ts';

const LICENCE = { Name: 'Windows(R), ServerStandard edition', PartialProductKey: 'XY234', LicenseStatus: 1 };

test('a ledger out of reach keeps Windows from being compared with it, and from nothing else', async () => {
  const powerShell = madeUpWindows({ cim: { SoftwareLicensingProduct: [LICENCE] } });
  const { run } = inProcess({ platform: 'win32', powerShell });
  await ok(run, ['profile', 'add', 'team', '--url', 'http://127.0.0.1:9']);
  const { stdout, code } = await run([
    ...['troubleshoot', '--checks', 'license-status', 'keys-match', 'pending-restart'],
    ...['-p', 'team', '-o', 'json'],
  ]);
  expect(code).toBe(9);
  const { checks } = JSON.parse(stdout) as { checks: Json[] };
  expect(checks.map(({ id, result }) => [id, result])).toEqual([
    ['license-status', 'ok'],
    ['keys-match', 'crash'],
    ['pending-restart', 'ok'],
  ]);
});

import type { Secret } from '../../keys/secret.ts';
import { type LicenceTarget, licensingProgram } from './licensing-program.ts';
import { powerShellComment, powerShellLiteral } from './powershell-text.ts';
import { RESULT_MARK } from './result-line.ts';

export interface ScriptRequest extends LicenceTarget {
  readonly key: Secret;
  readonly activationId: string;
  readonly productName: string;
  readonly machine: string;
}

/**
 * A PowerShell file that activates the machine it is run on and prints one result line, which `activations settle`
 * reads. It holds the product key in clear: the caller writes it owner-only and names it in the ledger. Plain ASCII.
 */
export function activationScriptFile(request: ScriptRequest): string {
  const { key, activationId, productName, machine } = request;
  return [
    '# Activates one product on one machine. Made by mpn-benefits.',
    `# Product: ${powerShellComment(productName)}`,
    `# Machine: ${powerShellComment(machine)}`,
    `# Activation: ${powerShellComment(activationId)}`,
    '#',
    '# This file holds a product key: keep others from reading it, and delete it when the activation is settled.',
    '#',
    '# 1. On the machine, in PowerShell as administrator:',
    '#      powershell -NoProfile -ExecutionPolicy Bypass -File <this file> > result.txt',
    '# 2. Where mpn-benefits runs:',
    `#      mpn-benefits activations settle ${powerShellComment(activationId)} result.txt`,
    '',
    `$activationId = ${powerShellLiteral(activationId)}`,
    `$machine = ${powerShellLiteral(machine)}`,
    `$key = ${powerShellLiteral(key.reveal())}`,
    licensingProgram(request, 'activate'),
    PRINT,
  ].join('\n');
}

const PRINT = `
$thisMachine = [System.Environment]::MachineName
if ($thisMachine -ne ($machine -split '\\.')[0]) {
  [Console]::Error.WriteLine("note: this script was made for $machine and ran on $thisMachine")
}
if (-not $report['elevated']) {
  [Console]::Error.WriteLine('error: run this script as administrator; nothing was done')
}
$result = [ordered]@{ activationId = $activationId }
foreach ($name in $report.Keys) { $result[$name] = $report[$name] }
Write-Output ('${RESULT_MARK} ' + (ConvertTo-Json -InputObject $result -Compress))
if ($report['licenseStatus'] -eq 1) { exit 0 }
exit 1
`;

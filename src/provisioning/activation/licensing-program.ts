import { powerShellLiteral } from './powershell-text.ts';

/** Which of the licences on a machine is meant (facts of SoftwareLicensingProduct). */
export const APPLICATION_IDS = {
  windows: '55c92734-d682-4d71-983e-d6ec3f16059f',
  office: '0ff1ce15-a989-479d-af46-f275c6370663',
} as const;
export type ApplicationId = (typeof APPLICATION_IDS)[keyof typeof APPLICATION_IDS];

/** The licence that a key belongs to: the application, and the last five characters, which is all a machine tells. */
export interface LicenceTarget {
  readonly applicationId: ApplicationId;
  readonly last5: string;
}

/** `look` changes nothing; `activate` expects the key in `$key`. */
export type ProgramMode = 'look' | 'activate';

/**
 * The PowerShell that does the work, for Windows PowerShell 5.1 and later; it leaves its findings in `$report`. It
 * asks the CIM classes and not slmgr or ospp: those print the whole key, take it as an argument, and ospp ends with
 * 0 whatever happened (T12). No text is read, so the language of Windows does not matter.
 */
export function licensingProgram(target: LicenceTarget, mode: ProgramMode): string {
  return [
    "$ErrorActionPreference = 'Stop'",
    "$ProgressPreference = 'SilentlyContinue'",
    `$applicationId = ${powerShellLiteral(target.applicationId)}`,
    `$last5 = ${powerShellLiteral(target.last5)}`,
    FUNCTIONS,
    mode === 'look' ? LOOK : ACTIVATE,
  ].join('\n');
}

/** The code of an error as PowerShell has it: in its id or its words, else its result. */
export const CODE_FUNCTIONS = `
function Format-Code($number) {
  '0x{0:X8}' -f $number
}

function Get-ErrorCode($record) {
  foreach ($text in @([string]$record.FullyQualifiedErrorId, [string]$record.Exception.Message)) {
    if ($text -match '0x[0-9a-fA-F]{8}') { return $Matches[0] }
  }
  Format-Code $record.Exception.HResult
}
`;

/*
 * Rows are filtered by application, because Office brings rows of its own, and by the last five characters. After an
 * upgrade in place several rows may be left: the licensed one is meant, else one that is not at 0, else it is unclear.
 */
const FUNCTIONS = `
$report = [ordered]@{
  v = 1; step = 'elevation'; elevated = $false; last5 = $last5; rows = 0
  licenseStatus = $null; licenseStatusReason = $null; error = $null; activated = $false
}

${CODE_FUNCTIONS}
function Test-Elevation {
  $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object -TypeName System.Security.Principal.WindowsPrincipal -ArgumentList $identity
  $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Find-License {
  $filter = "ApplicationID = '$applicationId' AND PartialProductKey IS NOT NULL"
  $found = @(Get-CimInstance -ClassName SoftwareLicensingProduct -Filter $filter)
  $rows = @($found | Where-Object { $_.PartialProductKey -eq $last5 })
  $report['rows'] = $rows.Count
  $licensed = @($rows | Where-Object { $_.LicenseStatus -eq 1 })
  if ($licensed.Count -gt 0) { return $licensed[0] }
  $begun = @($rows | Where-Object { $_.LicenseStatus -ne 0 })
  if ($begun.Count -gt 0) { return $begun[0] }
  if ($rows.Count -eq 1) { return $rows[0] }
  return $null
}

function Read-License {
  $report['licenseStatus'] = $null
  $report['licenseStatusReason'] = $null
  $row = Find-License
  if ($null -eq $row) { return $null }
  $report['licenseStatus'] = [int]$row.LicenseStatus
  $report['licenseStatusReason'] = Format-Code ([uint32]$row.LicenseStatusReason)
  return $row
}

function Assert-Done($answer) {
  if ($null -eq $answer -or $answer.ReturnValue -eq 0) { return }
  $report['error'] = Format-Code ([uint32]$answer.ReturnValue)
  throw 'the method failed'
}

function Update-License($service) {
  try { $null = Invoke-CimMethod -InputObject $service -MethodName RefreshLicenseStatus } catch { }
}
`;

const LOOK = `
try {
  $report['elevated'] = [bool](Test-Elevation)
  $report['step'] = 'look'
  $null = Read-License
  $report['step'] = 'done'
} catch {
  if ($null -eq $report['error']) { $report['error'] = Get-ErrorCode $_ }
}
`;

/* A licence may come back with its key, without any activation: so the status is read before activating. */
const ACTIVATE = `
try {
  $report['elevated'] = [bool](Test-Elevation)
  if ($report['elevated']) {
    $report['step'] = 'look'
    $null = Read-License
    if ($report['licenseStatus'] -ne 1) {
      $report['step'] = 'install'
      $service = Get-CimInstance -ClassName SoftwareLicensingService
      Assert-Done (Invoke-CimMethod -InputObject $service -MethodName InstallProductKey -Arguments @{ ProductKey = $key })
      Update-License $service
      $report['step'] = 'status'
      $row = Read-License
      if ($null -ne $row -and $report['licenseStatus'] -ne 1) {
        $report['step'] = 'activate'
        $report['activated'] = $true
        Assert-Done (Invoke-CimMethod -InputObject $row -MethodName Activate)
        Update-License $service
        $report['step'] = 'status'
        $null = Read-License
      }
    }
    $report['step'] = 'done'
  }
} catch {
  if ($null -eq $report['error']) { $report['error'] = Get-ErrorCode $_ }
  if ($report['elevated']) { try { $null = Read-License } catch { } }
}
$key = $null
`;

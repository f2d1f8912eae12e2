import { isInformation } from '../../troubleshooting/codes.ts';
import { readInput } from '../../troubleshooting/input.ts';
import { said, type Verdict } from '../check.ts';
import { type Found, look } from './look.ts';
import type { WindowsLooks } from './windows-checks.ts';

const EDITION = `
  $path = 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion'
  $found['edition'] = [string](Get-Value $path 'EditionID')
  $found['name'] = [string](Get-CimInstance -ClassName Win32_OperatingSystem).Caption
  $found['version'] = [string](Get-CimInstance -ClassName Win32_OperatingSystem).Version
`;

const ELEVATED = `
  $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object -TypeName System.Security.Principal.WindowsPrincipal -ArgumentList $identity
  $found['elevated'] = [bool]$principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
`;

const OFFICE = `
  $path = 'HKLM:\\SOFTWARE\\Microsoft\\Office\\ClickToRun\\Configuration'
  $found['products'] = [string](Get-Value $path 'ProductReleaseIds')
  $found['platform'] = [string](Get-Value $path 'Platform')
  $found['version'] = [string](Get-Value $path 'VersionToReport')
  $found['wide'] = [bool](Test-Path -LiteralPath "$env:ProgramW6432\\Microsoft Office\\Office16\\OSPP.VBS")
  $found['narrow'] = [bool](Test-Path -LiteralPath "$(\${env:ProgramFiles(x86)})\\Microsoft Office\\Office16\\OSPP.VBS")
`;

const SCRIPT_HOST = `
  $enabled = Get-Value 'HKLM:\\SOFTWARE\\Microsoft\\Windows Script Host\\Settings' 'Enabled'
  $found['off'] = [bool](([string]$enabled) -eq '0')
  $found['host'] = [bool](Test-Path -LiteralPath "$env:SystemRoot\\System32\\cscript.exe")
  $found['vbscript'] = [bool](Test-Path -LiteralPath "$env:SystemRoot\\System32\\vbscript.dll")
  $found['slmgr'] = [bool](Test-Path -LiteralPath "$env:SystemRoot\\System32\\slmgr.vbs")
`;

const TIME = `
  $service = Get-CimInstance -ClassName Win32_Service -Filter "Name = 'w32time'"
  $found['state'] = [string]$service.State
  $found['start'] = [string]$service.StartMode
  $found['type'] = [string](Get-Value 'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters' 'Type')
`;

const PROXY = `
  $path = 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections'
  $bytes = Get-Value $path 'WinHttpSettings'
  $found['settings'] = ''
  if ($null -ne $bytes) { $found['settings'] = [Convert]::ToBase64String([byte[]]$bytes) }
`;

const TLS = `
  $path = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client'
  $found['enabled'] = [string](Get-Value $path 'Enabled')
  $found['byDefault'] = [string](Get-Value $path 'DisabledByDefault')
`;

const EVENTS = `
  $filter = @{ LogName = 'Application'; ProviderName = 'Microsoft-Windows-Security-SPP'; Level = 2, 3 }
  $events = @(Get-WinEvent -FilterHashtable $filter -MaxEvents 20 -ErrorAction SilentlyContinue)
  function Read-Events {
    foreach ($entry in $events) { [ordered]@{ id = [int]$entry.Id; message = [string]$entry.Message } }
  }
  $found['events'] = @(Read-Events)
`;

const RESTART = `
  $root = 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion'
  $found['servicing'] = [bool](Test-Path -LiteralPath "$root\\Component Based Servicing\\RebootPending")
  $found['update'] = [bool](Test-Path -LiteralPath "$root\\WindowsUpdate\\Auto Update\\RebootRequired")
`;

/** Everything else about this Windows. */
export const SYSTEM_LOOKS: WindowsLooks = {
  'windows-edition': async ({ powerShell }) => editionVerdict(await look(powerShell, EDITION)),
  elevated: async ({ powerShell }) =>
    (await look(powerShell, ELEVATED)).flag('elevated') === true
      ? said('ok', 'This terminal has administrator rights.')
      : said('warn', 'This terminal has no administrator rights.'),
  'office-folder': async ({ powerShell }) => officeVerdict(await look(powerShell, OFFICE)),
  'script-host': async ({ powerShell }) => scriptHostVerdict(await look(powerShell, SCRIPT_HOST)),
  'time-service': async ({ powerShell }) => timeVerdict(await look(powerShell, TIME)),
  proxy: async ({ powerShell }) => proxyVerdict(await look(powerShell, PROXY)),
  tls: async ({ powerShell }) => tlsVerdict(await look(powerShell, TLS)),
  'event-log': async (setup) => eventVerdict(await look(setup.powerShell, EVENTS), setup.index),
  'pending-restart': async ({ powerShell }) => restartVerdict(await look(powerShell, RESTART)),
};

function editionVerdict(found: Found): Verdict {
  const edition = found.text('edition') ?? 'unknown edition';
  const evidence = `${found.text('name') ?? 'Windows'}, ${edition}, version ${found.text('version') ?? 'unknown'}`;
  return /eval/i.test(edition) ? said('warn', `${evidence}: an evaluation`) : said('ok', evidence);
}

function officeVerdict(found: Found): Verdict {
  const products = found.text('products');
  const wide = found.flag('wide') === true;
  const narrow = found.flag('narrow') === true;
  const script =
    wide || narrow
      ? `ospp.vbs of the ${[wide ? '64-bit' : '', narrow ? '32-bit' : ''].filter(Boolean).join(' and the ')} edition is there`
      : 'ospp.vbs is not in its usual folders';
  if (products === null && !wide && !narrow) return said('skip', 'No Office was found.');
  const evidence = `${products ?? 'Office by Windows Installer'}, ${found.text('platform') ?? 'unknown bitness'}, version ${found.text('version') ?? 'unknown'}; ${script}`;
  return wide && narrow ? said('warn', evidence) : said('ok', evidence);
}

function scriptHostVerdict(found: Found): Verdict {
  const missing = [
    found.flag('off') === true ? 'Windows Script Host is turned off' : '',
    found.flag('host') === false ? 'cscript.exe is not there' : '',
    found.flag('vbscript') === false ? 'VBScript is not installed' : '',
    found.flag('slmgr') === false ? 'slmgr.vbs is not there' : '',
  ].filter((text) => text !== '');
  return missing.length === 0 ? said('ok', 'They are all there.') : said('warn', `${missing.join('; ')}.`);
}

function timeVerdict(found: Found): Verdict {
  const state = found.text('state');
  if (state === null) return said('warn', 'Windows Time is not installed.');
  const evidence = `Windows Time: ${state}, start type ${found.text('start') ?? 'unknown'}, source ${found.text('type') ?? 'unknown'}`;
  return /running/i.test(state) ? said('ok', evidence) : said('warn', evidence);
}

const DIRECT = 1;

/** WinHttpSettings: at byte 8 the kind of access; where a proxy is set, the length of its name and the name follow at 12. */
function proxyVerdict(found: Found): Verdict {
  const bytes = Buffer.from(found.text('settings') ?? '', 'base64');
  if (bytes.length < 12 || bytes.readUInt32LE(8) === DIRECT)
    return said('ok', 'None is set: WinHTTP goes to the network directly.');
  const length = bytes.length >= 16 ? bytes.readUInt32LE(12) : 0;
  const name = bytes.subarray(16, 16 + Math.min(length, 300)).toString('latin1');
  return {
    result: 'warn',
    evidence: `WinHTTP uses the proxy ${name || '(unnamed)'}. Whether it asks for a sign-in shows only when it is used.`,
    shareable: 'WinHTTP uses a proxy.',
  };
}

function tlsVerdict(found: Found): Verdict {
  const off = found.text('enabled') === '0' || found.text('byDefault') === '1';
  return off
    ? said('fail', 'TLS 1.2 is turned off for clients of this Windows.')
    : said('ok', 'It is not turned off.');
}

function eventVerdict(found: Found, index: Parameters<typeof readInput>[1]): Verdict {
  const events = found.list('events');
  const codes = [...new Set(events.flatMap((event) => readInput(event.text('message') ?? '', index).codes))];
  const failures = codes.filter((code) => !isInformation(code));
  const [first] = failures;
  if (first === undefined)
    return said(
      'ok',
      events.length === 0 ? 'There are no warnings or errors.' : 'No failure codes in the newest events.',
    );
  const ids = [...new Set(events.map((event) => event.number('id')))].filter((id) => id !== null).join(', ');
  return said(
    'warn',
    `Codes in the newest events (${ids}): ${failures.join(', ')}`,
    `Look them up: mpn-benefits troubleshoot ${failures.slice(0, 5).join(' ')}`,
  );
}

function restartVerdict(found: Found): Verdict {
  const who = [
    found.flag('servicing') === true ? 'an installation' : '',
    found.flag('update') === true ? 'Windows Update' : '',
  ].filter((text) => text !== '');
  return who.length === 0
    ? said('ok', 'Windows does not wait for a restart.')
    : said('warn', `Windows waits for a restart, because of ${who.join(' and ')}.`);
}

import { parseCode } from '../../troubleshooting/codes.ts';
import { readStatusJson } from '../../troubleshooting/status-json.ts';
import type { PastedProduct } from '../../troubleshooting/types.ts';
import { said, type Verdict } from '../check.ts';
import { type Found, LookFailed, look } from './look.ts';
import type { WindowsLooks } from './windows-checks.ts';

const LICENCES = `
  $rows = @(Get-CimInstance -ClassName SoftwareLicensingProduct -Filter 'PartialProductKey IS NOT NULL')
  function Read-Rows {
    foreach ($row in $rows) {
      [ordered]@{
        Name = [string]$row.Name
        ProductKeyChannel = [string]$row.ProductKeyChannel
        PartialProductKey = [string]$row.PartialProductKey
        LicenseStatus = [int]$row.LicenseStatus
        LicenseStatusReason = Format-Code ([uint32]$row.LicenseStatusReason)
      }
    }
  }
  $found['products'] = @(Read-Rows)
`;

const CLASSES = `
  $service = Get-CimInstance -ClassName SoftwareLicensingService
  $found['version'] = [string]$service.Version
  $found['products'] = @(Get-CimInstance -ClassName SoftwareLicensingProduct -Filter 'PartialProductKey IS NOT NULL').Count
`;

const SERVICES = `
  $services = @(Get-CimInstance -ClassName Win32_Service -Filter "Name = 'sppsvc' OR Name = 'osppsvc'")
  function Read-Services {
    foreach ($service in $services) {
      [ordered]@{ name = [string]$service.Name; state = [string]$service.State; start = [string]$service.StartMode }
    }
  }
  $found['services'] = @(Read-Services)
`;

const KMS = `
  $service = Get-CimInstance -ClassName SoftwareLicensingService
  $found['host'] = [string]$service.KeyManagementServiceMachine
  $found['discovered'] = [string]$service.DiscoveredKeyManagementServiceMachineName
`;

/** Everything that the licensing classes say. */
export const LICENCE_LOOKS: WindowsLooks = {
  'license-status': async ({ powerShell }) => statusVerdict(products(await look(powerShell, LICENCES))),
  'keys-match': async ({ powerShell, knownKeys }) =>
    keysVerdict(products(await look(powerShell, LICENCES)), await knownKeys()),
  'licensing-classes': async ({ powerShell }) => classesVerdict(() => look(powerShell, CLASSES)),
  'licensing-service': async ({ powerShell }) => serviceVerdict(await look(powerShell, SERVICES)),
  'kms-settings': async ({ powerShell }) => kmsVerdict(await look(powerShell, KMS)),
};

function products(found: Found): readonly PastedProduct[] {
  return readStatusJson(found.json('products')) ?? [];
}

function productText({ product, channel, last5, status, code }: PastedProduct): string {
  const parts = [status ?? 'unknown', code, channel, last5 === null ? null : `key …${last5}`];
  return `${product ?? 'unknown product'}: ${parts.filter((part) => part !== null).join(', ')}`;
}

function statusVerdict(installed: readonly PastedProduct[]): Verdict {
  if (installed.length === 0)
    return said('fail', 'No product key is installed.', 'Install the key: mpn-benefits activate <product>');
  const evidence = installed.map(productText).join('; ');
  const bad = installed.find(({ status }) => status !== 'licensed');
  if (bad === undefined) return said('ok', evidence);
  return said(
    'fail',
    evidence,
    `Find out what it means: mpn-benefits troubleshoot ${bad.code ?? '--scenario not-activated'}`,
  );
}

function keysVerdict(installed: readonly PastedProduct[], knownKeys: readonly string[]): Verdict {
  if (knownKeys.length === 0) return said('skip', 'The profile holds no keys to compare with.');
  const strangers = installed.filter(({ last5 }) => last5 !== null && !knownKeys.includes(last5));
  if (installed.length === 0) return said('skip', 'No product key is installed.');
  if (strangers.length === 0)
    return said(
      'ok',
      `All of them are in the profile: ${installed.map(({ last5 }) => `…${last5}`).join(', ')}`,
    );
  return said('fail', `Not in the profile: ${strangers.map(productText).join('; ')}`);
}

async function classesVerdict(read: () => Promise<Found>): Promise<Verdict> {
  try {
    const found = await read();
    return said('ok', `They answer; the licensing service is version ${found.text('version') ?? 'unknown'}.`);
  } catch (error) {
    if (!(error instanceof LookFailed)) throw error;
    const code = parseCode(error.windowsCode) ?? error.windowsCode;
    return said('fail', `They do not answer: ${code}.`, `Find out why: mpn-benefits troubleshoot ${code}`);
  }
}

/** Windows stops the service when nobody asks, and starts it when somebody does: only a forbidden start is wrong. */
function serviceVerdict(found: Found): Verdict {
  const services = found.list('services').map((service) => ({
    name: service.text('name') ?? 'unknown',
    state: service.text('state') ?? 'unknown',
    start: service.text('start') ?? 'unknown',
  }));
  const evidence = services
    .map(({ name, state, start }) => `${name}: ${state}, start type ${start}`)
    .join('; ');
  const sppsvc = services.find(({ name }) => name.toLowerCase() === 'sppsvc');
  if (sppsvc === undefined) return said('fail', `The service sppsvc is not there. ${evidence}`.trim());
  const forbidden = services.some(({ start }) => start.toLowerCase() === 'disabled');
  return said(forbidden ? 'fail' : 'ok', evidence);
}

function kmsVerdict(found: Found): Verdict {
  const host = found.text('host');
  const discovered = found.text('discovered');
  if (host !== null)
    return { result: 'warn', evidence: `A KMS host is set: ${host}`, shareable: 'A KMS host is set.' };
  if (discovered === null) return said('ok', 'No KMS host is set, and none was found.');
  return {
    result: 'ok',
    evidence: `None is set; Windows found ${discovered} by itself.`,
    shareable: 'None is set; Windows found one by itself.',
  };
}

import { describe, expect, it } from 'vitest';
import { FAMILIES_DATA } from '../../src/data/families.ts';
import { createFamilies } from '../../src/entitlements/families.ts';
import { nameWords } from '../../src/entitlements/normalise.ts';

const families = createFamilies(FAMILIES_DATA);
const recognise = (name: string) => families(nameWords(name));

describe('a name tells the family', () => {
  it.each([
    ['Windows Server 2025 Standard', 'server-os'],
    ['Microsoft® Windows Server® 2022 Datacenter: Azure Edition', 'server-os'],
    ['Windows Server 2012 R2 Essentials', 'server-os'],
    ['windows server, version 20H2', 'server-os'],
    ['Windows Server', 'server-os'],
    ['Windows 11 Enterprise LTSC 2024', 'client-os'],
    ['Windows 10 Pro N', 'client-os'],
    ['Windows 11', 'client-os'],
    ['Microsoft Windows 10 (consumer editions), version 2004 or 20H2', 'client-os'],
    ['Office LTSC Professional Plus 2024', 'office-client'],
    ['Microsoft Office Professional Plus 2021', 'office-client'],
    ['Office 2016 Standard', 'office-client'],
    ['Visio LTSC Professional', 'office-client'],
    ['Project Standard 2024', 'office-client'],
    ['Windows Server 2025 Device CALs', 'cal'],
    ['Windows Server 2025 User CAL', 'cal'],
    ['SQL Server 2022 CAL', 'cal'],
    ['Exchange Server 2019 Enterprise CALs', 'cal'],
    ['Project Server 2019 CAL', 'cal'],
    ['Office 2019 CAL', 'cal'],
    ['Windows 11 CAL', 'cal'],
    ['SQL Server CAL 2022', 'cal'],
    ['Windows Server CAL 2019', 'cal'],
    ['Windows Server 2019 Client Access License', 'cal'],
    ['CAL', 'cal'],
    ["Licences d'accès client Windows Server 2022", 'cal-translated'],
    ['Licence d’accès client par utilisateur SQL Server 2022', 'cal-translated'],
    ['Windows Server 2022 Clientzugriffslizenzen', 'cal-translated'],
    ['Windows Server 2022 Client-Zugriffslizenz (CAL) für Geräte', 'cal-translated'],
    ['Licencias de acceso de cliente de Exchange Server 2019', 'cal-translated'],
    ['Windows Server 2022 Klientåtkomstlicens', 'cal-translated'],
    ['Windows Server 2022 クライアント アクセス ライセンス', 'cal-translated'],
    ['Project Server 2019 クライアントアクセスライセンス', 'cal-translated'],
    ["Licences d'accès client Services Bureau à distance", 'rds-cal-translated'],
    ['Windows Server 2022 Remotedesktopdienste Clientzugriffslizenz', 'rds-cal-translated'],
    ['Remote Desktop Services CAL', 'rds-cal'],
    ['Windows Server 2022 Remote Desktop Services - Device CAL (50)', 'rds-cal'],
    ['Windows Server 2019 RDS CALs', 'rds-cal'],
    ['Windows Server 2012 R2 Remote Desktop Services User Connections (20)', 'rds-cal'],
  ])('%s: %s', (name, family) => expect(recognise(name).family).toBe(family));

  it.each([
    'Project Server 2019',
    'Office Web Apps Server',
    'Office Web Apps Server 2013',
    'Office Online Server',
    'Office SharePoint Server 2007',
    'Office 365',
    'Office',
    'Visio Viewer 2016',
    'Project Online',
    'Visual Studio Enterprise 2022',
    'SQL Server 2022 Standard',
    'Windows 10 SDK',
    'Windows 100',
    'Windows 8.1 Pro',
    'Windows 7 Professional',
    'Windows Embedded 8 Standard',
    'Windows Serverless 2025',
    'Windows Server 2019 Remote Desktop Services External Connector',
    'CALculator',
    'Windows CALculator',
    'MedicaL',
    'Office Professional Plus 20199',
    'A book about Windows Server 2019',
    'Windows Server 2019 CAL suite',
    '视窗服务器',
    '',
    '™',
  ])('or nothing: %j', (name) => {
    expect(recognise(name)).toMatchObject({
      family: null,
      kind: 'other',
      facts: {
        isCal: { value: 'unknown' },
        requiresKey: { value: 'unknown' },
        requiresActivation: { value: 'unknown' },
        downloadable: { value: 'unknown' },
      },
    });
  });
});

describe('a family tells the facts', () => {
  it.each([
    ['Windows Server 2025 Standard', 'server-os', 'yes', 'yes', 'no', 'S5, by family'],
    ['Windows 11 Enterprise LTSC 2024', 'client-os', 'yes', 'yes', 'no', 'S5, by family'],
    ['Office LTSC Professional Plus 2024', 'office-client', 'yes', 'yes', 'no', 'S5, by family'],
    ['SQL Server 2022 CAL', 'cal', 'no', 'no', 'yes', 'S7, by family'],
    ['Remote Desktop Services CAL', 'cal', 'unknown', 'no', 'yes', 'S7, by family'],
    ["Licences d'accès client SQL Server", 'cal', 'no', 'no', 'yes', 'S7, by family'],
    ["Licences d'accès client RDS", 'cal', 'unknown', 'no', 'yes', 'S7, by family'],
  ])('%s', (name, kind, requiresKey, requiresActivation, isCal, source) => {
    expect(recognise(name)).toMatchObject({
      kind,
      facts: {
        requiresKey: { value: requiresKey, source },
        requiresActivation: { value: requiresActivation, source },
        isCal: { value: isCal, source },
      },
    });
  });
});

describe('hostile names', () => {
  it.each([
    ['very many CALs', 'cal '.repeat(50_000)],
    ['very many RDS', 'rds remote desktop services '.repeat(20_000)],
    ['a CAL with a very long number', `cal ${'1'.repeat(100_000)}x`],
    ['expressions', '^(a+)+$'.repeat(10_000)],
    ['controls', '\u0000\u001B[2J'.repeat(10_000)],
  ])('are of some kind: %s', (_, name) => expect(['cal', 'other']).toContain(recognise(name).kind));
});

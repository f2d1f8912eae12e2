/** Screens as slmgr, ospp and the event log print them; names, ids and keys are made up. */

export const SLMGR_DLV = `Software licensing service version: 10.0.17763.1

Name: Windows(R), ServerStandard edition
Description: Windows(R) Operating System, VOLUME_MAK channel
Activation ID: 00000000-1111-2222-3333-444444444444
Application ID: 55c92734-d682-4d71-983e-d6ec3f16059f
Extended PID: 03612-00206-234-567890-03-1033-17763.0000-3282024
Product Key Channel: Volume:MAK
Installation ID: 012345678901234567890123456789012345678901234567890123456789012
Partial Product Key: XY234
License Status: Notification
Notification Reason: 0xC004F009 (grace time expired).
Remaining Windows rearm count: 5
Trusted time: 11/24/2026 10:15:00 AM
`;

export const SLMGR_DLI_LICENSED = `Name: Windows(R), ServerStandard edition
Description: Windows(R) Operating System, VOLUME_MAK channel
Partial Product Key: XY234
License Status: Licensed
`;

export const SLMGR_ATO_FAILED = `Activating Windows(R), ServerStandard edition (00000000-1111-2222-3333-444444444444) ...
On a computer running Microsoft Windows non-core edition, run 'slui.exe 0x2a 0xC004C020' to display the error text.
Error: 0xC004C020
`;

export const SLMGR_ATO_OK = `Activating Windows(R), ServerStandard edition (00000000-1111-2222-3333-444444444444) ...
Product activated successfully.
`;

export const SLMGR_XPR = `Windows(R), ServerStandard edition:
    The machine is permanently activated.
`;

export const SLMGR_SV = `Namn: Windows(R), Professional edition
Beskrivning: Windows(R) Operating System, VOLUME_MAK channel
Partiell produktnyckel: XY234
Licensstatus: Licensierad
`;

export const SLMGR_SV_INI = `[Strings]
L_MsgProductName="Namn: "
L_MsgProductDesc="Beskrivning: "
L_MsgPartialPKey="Partiell produktnyckel: "
L_MsgLicenseStatusUnlicensed_1="Licensstatus: Olicensierad"
L_MsgLicenseStatusLicensed_1="Licensstatus: Licensierad"
L_MsgLicenseStatusNotification_1="Licensstatus: Meddelande"
L_MsgActivated="Produkten har aktiverats."
`;

export const SLMGR_DE_FAILED = `Windows(R), ServerStandard edition (00000000-1111-2222-3333-444444444444) wird aktiviert ...
Fehler: 0xC004F074 Der Schlüsselverwaltungsdienst ist nicht erreichbar.
Teil-Product Key: 6789B
`;

const OSPP_RULE = '---------------------------------------';

export const OSPP_DSTATUS = `---Processing--------------------------
${OSPP_RULE}
SKU ID: 00000000-1111-2222-3333-555555555555
LICENSE NAME: Office 16, Office16ProPlusVL_MAK edition
LICENSE DESCRIPTION: Office 16, VOLUME_MAK channel
LICENSE STATUS:  ---LICENSED---
ERROR CODE: 0x4004F040 (for information purposes only as the status is licensed)
ERROR DESCRIPTION: The Software Licensing Service reported that the product was activated but the owner should verify the Product Use Rights.
Last 5 characters of installed product key: 6789B
${OSPP_RULE}
SKU ID: 00000000-1111-2222-3333-666666666666
LICENSE NAME: Office 16, Office16VisioProVL_MAK edition
LICENSE DESCRIPTION: Office 16, VOLUME_MAK channel
LICENSE STATUS:  ---NOTIFICATIONS---
ERROR CODE: 0xC004F074
Last 5 characters of installed product key: XY234
${OSPP_RULE}
${OSPP_RULE}
---Exiting-----------------------------
`;

export const OSPP_ACT_OK = `---Processing--------------------------
${OSPP_RULE}
Installed product key detected - attempting to activate the following product:
SKU ID: 00000000-1111-2222-3333-555555555555
LICENSE NAME: Office 16, Office16ProPlusVL_MAK edition
LICENSE DESCRIPTION: Office 16, VOLUME_MAK channel
Last 5 characters of installed product key: 6789B
<Product activation successful>
${OSPP_RULE}
---Exiting-----------------------------
`;

export const EVENT_8198 = `Log Name:      Application
Source:        Microsoft-Windows-Security-SPP
Event ID:      8198
Level:         Error
License Activation (slui.exe) failed with the following error code:
hr=0x8007232B
Command-line arguments:
RuleId=502ff3ba-669a-4674-bbb1-601f34a3b968;Action=AutoActivateSilent;AppId=55c92734-d682-4d71-983e-d6ec3f16059f
`;

export const EVENT_12288 = `The client has sent an activation request to the key management service machine.
Info:
0xC004F06C, 0x00000000, kms.example.test:1688, 36a4d9b1, 2026/11/24 10:15, 0, 2, 43200, 55c92734-d682-4d71-983e-d6ec3f16059f
`;

export const SETUP_LOG = `2026-11-24 10:15:02 Config: <Product ID="ProPlus2019Volume" PIDKEY="BCDFG-HJKMP-QRTVW-XY234-6789B">
2026-11-24 10:16:40 Click-to-Run error code: 17002
2026-11-24 10:16:41 Error Code: 30088-4
`;

export const CIM_JSON = JSON.stringify([
  {
    Name: 'Windows(R), ServerStandard edition',
    Description: 'Windows(R) Operating System, VOLUME_MAK channel',
    PartialProductKey: 'XY234',
    ProductKeyChannel: 'Volume:MAK',
    LicenseStatus: 5,
    LicenseStatusReason: 3221549065,
  },
]);

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { activate, expectSound, importKeys, LAST5, numbers, PRODUCT } from '../process/activate-support.ts';
import { answer, failure, type Json, madeUpKey, ok } from '../process/support.ts';
import { inProcess } from './in-process.ts';

const SERVER = 'ws-standard-2019';

/** A pending activation of Office and one of Windows Server, each with a key of its own. */
async function pending() {
  const { home, run } = inProcess();
  await importKeys(run, [5]);
  await ok(run, ['import', 'key', SERVER, '--type', 'mak', '--allowed', '5'], { stdin: `${madeUpKey(1)}\n` });
  const office = String((await activate(run, '--machine', 'pc-1'))['activationId']);
  const reserved = await answer(run, ['activate', SERVER, '--via', 'manual', '--yes', '--machine', 'srv-1']);
  const server = String(reserved['activationId']);
  const from = (id: string, bytes: string | Uint8Array): string[] => {
    writeFileSync(join(home, 'result.txt'), bytes);
    return ['activations', 'settle', id, join(home, 'result.txt')];
  };
  return { home, run, office, server, from };
}

const DLV = (last5: string, status: string, name = 'Windows(R), ServerStandard edition'): string =>
  [
    'Software licensing service version: 10.0.17763.1',
    '',
    `Name: ${name}`,
    'Description: Windows(R) Operating System, VOLUME_MAK channel',
    'Activation ID: 11111111-2222-3333-4444-555555555555',
    'Product Key Channel: Volume:MAK',
    `Partial Product Key: ${last5}`,
    `License Status: ${status}`,
    '',
  ].join('\r\n');

const XPR = (name: string): string => `${name}:\r\n    The machine is permanently activated.\r\n`;

const DSTATUS = (blocks: readonly (readonly [last5: string, status: string, name?: string])[]): string =>
  [
    '---Processing--------------------------',
    '---------------------------------------',
    ...blocks.flatMap(([last5, status, name = 'Office 19, Office19ProPlus2019VL_MAK_AE edition']) => [
      'PRODUCT ID: 00412-50000-00000-AA123',
      `LICENSE NAME: ${name}`,
      'LICENSE DESCRIPTION: Office 19, VOLUME_MAK channel',
      `LICENSE STATUS:  ---${status}---`,
      ...(status === 'LICENSED' ? [] : ['ERROR CODE: 0xC004C020']),
      `Last 5 characters of installed product key: ${last5}`,
      '---------------------------------------',
    ]),
    '---Exiting-----------------------------',
  ].join('\r\n');

const CIM = (last5: string, status: number, reason = 0): string =>
  JSON.stringify(
    {
      Name: 'Office 19, Office19ProPlus2019VL_MAK_AE edition',
      PartialProductKey: last5,
      LicenseStatus: status,
      LicenseStatusReason: reason,
    },
    null,
    2,
  );

const NO_KEY = (name: string): string => JSON.stringify({ Name: name, LicenseStatus: 1 });

const line = (activationId: string, last5: string, more: Json): string =>
  `mpn-benefits-result: ${JSON.stringify({ activationId, v: 1, step: 'done', elevated: true, last5, rows: 1, licenseStatus: 1, licenseStatusReason: null, error: null, activated: true, ...more })}`;

test('a result about a key of characters that no key has is about another key', async () => {
  const { run, office, from } = await pending();
  const error = await failure(run, from(office, CIM('AEIOU', 1)), 8);
  expect(error.code).toBe('INVALID_DATA');
  expect(await numbers(run)).toMatchObject({ used: 1, pending: 1 });
});

describe('what settles an activation', () => {
  test.each<[string, (id: string) => string, string, string | null]>([
    [
      'the result line of the script',
      (id) => `PS> .\\a.ps1\n${line(id, LAST5(0), {})}\nPS>`,
      'succeeded',
      null,
    ],
    [
      'a failure in it',
      (id) => line(id, LAST5(0), { step: 'activate', licenseStatus: 0, error: '0xC004C020' }),
      'failed',
      '0xC004C020',
    ],
    ['ospp /dstatus', () => DSTATUS([[LAST5(0), 'LICENSED']]), 'succeeded', null],
    ['a failure in it ', () => DSTATUS([[LAST5(0), 'NOTIFICATIONS']]), 'failed', '0xC004C020'],
    [
      'ospp /dstatus with another product beside it',
      () =>
        DSTATUS([
          ['XXXXX', 'NOTIFICATIONS'],
          [LAST5(0), 'LICENSED'],
        ]),
      'succeeded',
      null,
    ],
    ['CIM status as JSON', () => CIM(LAST5(0), 1), 'succeeded', null],
    ['a failure in it  ', () => CIM(LAST5(0), 5, 0xc004f009), 'failed', '0xC004F009'],
  ])('%s', async (_, text, status, code) => {
    const { run, office, from } = await pending();
    expect(await answer(run, from(office, text(office)))).toMatchObject({ status, code });
    expect(await numbers(run)).toMatchObject({ used: status === 'failed' ? 0 : 1, pending: 0 });
    await expectSound(run);
  });

  test.each([
    ['slmgr /dlv', DLV(LAST5(1), 'Licensed'), 'succeeded'],
    ['slmgr /dlv in notification', DLV(LAST5(1), 'Notification'), 'failed'],
    ['slmgr /xpr', XPR('Windows(R), ServerStandard edition'), 'succeeded'],
  ])('%s', async (_, text, status) => {
    const { run, server, from } = await pending();
    expect(await answer(run, from(server, text))).toMatchObject({ status });
  });

  test('slmgr /dlv in German, with the texts of this Windows', async () => {
    const { home, run, server, from } = await pending();
    const folder = join(home, 'System32', 'slmgr', '0407');
    mkdirSync(folder, { recursive: true });
    const ini = '[Strings]\r\nL_MsgLicenseStatusLicensed_1="Lizenzstatus: Lizenziert"\r\n';
    writeFileSync(join(folder, 'slmgr.ini'), Buffer.from(`\ufeff${ini}`, 'utf16le'));
    const text = `Name: Windows(R), ServerStandard edition\r\nTeil-Product Key: ${LAST5(1)}\r\nLizenzstatus: Lizenziert\r\n`;
    await failure(run, from(server, text), 8);
    // As Git Bash spells it.
    const windows = { platform: 'win32', env: { SYSTEMROOT: home } } as const;
    const done = await run([...from(server, text), '-o', 'json'], windows);
    expect(done.json()).toMatchObject({ status: 'succeeded' });
  });

  test('standard input', async () => {
    const { run, office } = await pending();
    const done = await run(['activations', 'settle', office, '-', '-o', 'json'], { stdin: CIM(LAST5(0), 1) });
    expect(done.json()).toMatchObject({ status: 'succeeded' });
  });

  test.each<[string, (text: string) => Uint8Array]>([
    ['UTF-8', (text) => Buffer.from(text)],
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 the other way round', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('JSON in %s', async (_, encode) => {
    const { run, office, from } = await pending();
    expect(await answer(run, from(office, encode(CIM(LAST5(0), 1))))).toMatchObject({ status: 'succeeded' });
    const { run: again, office: other, from: fromLine } = await pending();
    const text = encode(line(other, LAST5(0), {}));
    expect(await answer(again, fromLine(other, text))).toMatchObject({ status: 'succeeded' });
  });
});

describe('what settles nothing: exit 8, nothing recorded', () => {
  test.each<[string, 'office' | 'server', (id: string) => string]>([
    ['another last five in /dstatus', 'office', () => DSTATUS([['XXXXX', 'LICENSED']])],
    ['another last five in /dlv', 'server', () => DLV('XXXXX', 'Licensed')],
    ['another last five in JSON', 'office', () => CIM('XXXXX', 1)],
    ['another last five in the result line', 'office', (id) => line(id, 'XXXXX', {})],
    ['another activation in the result line', 'office', () => line('a-other', LAST5(0), {})],
    ['a torn result line', 'office', (id) => line(id, LAST5(0), {}).slice(0, 60)],
    ['Windows, for an activation of Office', 'office', () => XPR('Windows(R), ServerStandard edition')],
    ['a Windows client, for a server', 'server', () => XPR('Windows(R), Professional edition')],
    ['Office, for an activation of Windows', 'server', () => DSTATUS([[LAST5(1), 'LICENSED']])],
    ['another edition of the server', 'server', () => XPR('Windows(R), ServerDatacenter edition')],
    ['an evaluation', 'server', () => XPR('Windows(R), ServerStandardEval edition')],
    ['an edition that nobody knows', 'server', () => XPR('Windows(R), ServerMadeUp edition')],
    [
      'another edition with its last five',
      'server',
      () => DLV(LAST5(1), 'Licensed', 'Windows(R), ServerDatacenter edition'),
    ],
    [
      'Visio without a key, for Office',
      'office',
      () => NO_KEY('Office 19, Office19VisioPro2019VL_MAK_AE edition'),
    ],
    [
      'Project without a key, for Office',
      'office',
      () => NO_KEY('Office 19, Office19ProjectPro2019VL_MAK_AE edition'),
    ],
    [
      'Office Standard without a key',
      'office',
      () => NO_KEY('Office 19, Office19Standard2019VL_MAK_AE edition'),
    ],
    ['a name alone', 'server', () => 'Name: Windows(R), ServerStandard edition'],
    ['nothing at all', 'office', () => ''],
    ['something else', 'office', () => 'Guten Tag'],
  ])('%s', async (_, which, text) => {
    const made = await pending();
    const id = made[which];
    const before = await answer(made.run, ['activations', 'verify']);
    expect((await failure(made.run, made.from(id, text(id)), 8)).code).toBe('INVALID_DATA');
    expect(await answer(made.run, ['activations', 'verify'])).toEqual(before);
  });

  test.each(['12345', 'AAAAA', 'XXXX', '(none)', 'XY234 (old)', 'XXXXX-XXXXX'])(
    '"%s" in place of its last five, for all that the name fits',
    async (key) => {
      const { run, server, office, from } = await pending();
      const about = 'another product or key';
      expect((await failure(run, from(server, DLV(key, 'Licensed')), 8)).message).toContain(about);
      expect((await failure(run, from(office, DSTATUS([[key, 'LICENSED']])), 8)).message).toContain(about);
      expect((await failure(run, from(office, CIM(key, 1)), 8)).message).toContain(about);
      expect(await numbers(run)).toMatchObject({ used: 1, pending: 1 });
    },
  );

  test.each<[string, 'office' | 'server', string]>([
    ['slmgr', 'server', DLV('', 'Licensed')],
    ['ospp', 'office', DSTATUS([['', 'LICENSED']])],
    ['JSON', 'office', CIM('', 1)],
    ['null in JSON', 'office', CIM('', 1).replace('""', 'null')],
  ])('no key installed, in the words of %s', async (_, which, text) => {
    const made = await pending();
    const error = await failure(made.run, made.from(made[which], text), 8);
    expect(error.message).toBe('The result says that no product key is installed.');
    expect(await numbers(made.run)).toMatchObject({ used: 1, pending: 1 });
  });

  test('another key in the words of this Windows', async () => {
    const { home, run, server, from } = await pending();
    const folder = join(home, 'System32', 'slmgr', '0407');
    mkdirSync(folder, { recursive: true });
    const ini =
      'L_MsgLicenseStatusLicensed_1="Lizenzstatus: Lizenziert"\r\nL_MsgPartialPKey="Teil-Product Key: "\r\n';
    writeFileSync(join(folder, 'slmgr.ini'), Buffer.from(`\ufeff${ini}`, 'utf16le'));
    const text =
      'Name: Windows(R), ServerStandard edition\r\nTeil-Product Key: 12345\r\nLizenzstatus: Lizenziert\r\n';
    const done = await run(from(server, text), { platform: 'win32', env: { SYSTEMROOT: home } });
    expect(done).toMatchObject({ code: 8, stderr: expect.stringContaining('another product or key') });
  });

  test('several possible results: exit 3', async () => {
    const { run, office, from } = await pending();
    const two = JSON.stringify([
      { Name: 'Office 19, Office19ProPlus2019VL_MAK_AE edition', LicenseStatus: 1 },
      { Name: 'Office 19, Office19ProPlus2019R_Retail edition', LicenseStatus: 5 },
    ]);
    const error = await failure(run, from(office, two), 3);
    expect(error.code).toBe('AMBIGUOUS');
    expect(await numbers(run)).toMatchObject({ pending: 1 });
  });

  test('a result that nobody can read an outcome from stays pending: exit 10', async () => {
    const { run, office, from } = await pending();
    const unclear = line(office, LAST5(0), { rows: 0, licenseStatus: null });
    expect((await failure(run, from(office, unclear), 10)).code).toBe('ACTIVATION_UNKNOWN');
    expect(await numbers(run)).toMatchObject({ pending: 1 });
  });

  test('a file that is not there: exit 2', async () => {
    const { home, run, office } = await pending();
    await failure(run, ['activations', 'settle', office, join(home, 'none.txt')], 2);
  });

  test('a key in the text is neither recorded nor repeated', async () => {
    const { run, office, from } = await pending();
    const done = await run([
      ...from(office, `Installed product key ${madeUpKey(5)} successfully.`),
      '-o',
      'json',
    ]);
    expect(done.code).toBe(8);
    expect(done.stdout + done.stderr).not.toContain(madeUpKey(5));
    const product = await answer(run, ['show', PRODUCT]);
    expect(JSON.stringify(product)).not.toContain(madeUpKey(5));
  });
});

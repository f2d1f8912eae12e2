import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import {
  answer,
  dayFromNow,
  failure,
  filesIn,
  fixture,
  type Json,
  ok,
  type Runner,
  write,
} from './support.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

type Row = [
  name: string,
  source: string,
  quantity: number | null,
  unit: string | null,
  activateBy: string | null,
  keys: number,
];
type KeyLine = [
  last5: string,
  type: string,
  claimedOn: string | null,
  note: string | null,
  allowed: number | null,
  products: string[],
];

async function rows(run: Runner): Promise<Row[]> {
  const list = await answer<Json[]>(run, ['list']);
  return list.map(
    ({ name, source, quantity, unit, activateBy, keyCount }) =>
      [name, source, quantity, unit, activateBy, keyCount] as Row,
  );
}

async function keys(run: Runner): Promise<KeyLine[]> {
  const list = await answer<Json[]>(run, ['key', '--list']);
  return list
    .map(
      ({ last5, type, claimedOn, note, allowed, productIds }) =>
        [last5, type, claimedOn, note, allowed, productIds] as KeyLine,
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

async function notes(run: Runner, product: string): Promise<string[]> {
  return (await answer<{ notes: string[] }>(run, ['show', product])).notes;
}

type Files = {
  id: string | null;
  files: { new: number; changed: number; unchanged: number; skipped: Json[]; rejected: Json[] }[];
};

/** The same file again: everything is found and nothing is changed. */
async function changesNothingAgain(run: Runner, file: string): Promise<void> {
  const before = await Promise.all([rows(run), keys(run)]);
  const [first] = await answer<Files[]>(run, ['import', 'list']);
  const report = await answer<Files>(run, ['import', file]);
  const counted = first?.files[0];
  expect(report.files[0]).toMatchObject({
    new: 0,
    changed: 0,
    unchanged: (counted?.new ?? 0) + (counted?.changed ?? 0),
  });
  expect(await Promise.all([rows(run), keys(run)])).toEqual(before);
}

describe('every kind of file gives exactly what it holds, and changes nothing a second time', () => {
  for (const file of ['portal-grid.tsv', 'portal-grid-lines.txt']) {
    test(file, async () => {
      const { run } = newHome();
      await ok(run, ['import', fixture(file)]);
      expect(await rows(run)).toEqual([
        [
          'Advanced Threat Analytics Client Management License',
          'MAPS - Core',
          5,
          'activations',
          '2023-12-06',
          0,
        ],
        ['Microsoft Exchange Server 2019 Standard', 'MAPS - Core', 1, 'activations', '2023-12-06', 0],
        ['Windows Server 2022 Datacenter', 'Legacy Gold - Core', 1000, 'licences', '2024-05-31', 0],
      ]);
      expect(await keys(run)).toEqual([]);
      await changesNothingAgain(run, fixture(file));
    });
  }

  test('both copies of the portal are one and the same', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('portal-grid.tsv')]);
    const report = await answer<Files>(run, ['import', fixture('portal-grid-lines.txt')]);
    expect(report.files[0]).toMatchObject({ new: 0, changed: 0, unchanged: 3 });
  });

  test('KeysExport.xml of 2006: keys in attributes, one key under two products', async () => {
    const { run } = newHome();
    const report = await answer<Files>(run, ['import', fixture('keysexport-2006.xml')]);
    expect(report.files[0]).toMatchObject({ new: 3, changed: 1, unchanged: 0, rejected: [] });
    expect(report.files[0]?.skipped).toEqual([
      {
        place: 'line 5: product "Windows Server 2008 Enterprise", key 1',
        reason: 'type: va1 is given, the stored key is retail and stays so',
      },
    ]);
    expect(await rows(run)).toEqual([
      ['Contoso Designer 2005 (legacy)', 'keys only', null, null, null, 1],
      ['Windows Server 2008 Enterprise', 'keys only', null, null, null, 1],
      ['Windows Server 2008 Standard', 'keys only', null, null, null, 1],
    ]);
    expect(await keys(run)).toEqual([
      ['44', 'retail', null, null, null, ['contoso-designer-legacy-2005']],
      [
        '67892',
        'retail',
        '2009-04-03',
        null,
        null,
        ['windows-server-enterprise-2008', 'windows-server-standard-2008'],
      ],
    ]);
    expect(await notes(run, 'Contoso Viewer')).toContain('No key is required for this product.');
    const again = await answer<Files>(run, ['import', fixture('keysexport-2006.xml')]);
    expect(again.files[0]).toMatchObject({ new: 0, changed: 0, unchanged: 4 });
  });

  test('KeysExport.xml of 2012: several keys, a sentence in HTML, an entry without a key', async () => {
    const { run } = newHome();
    const report = await answer<Files>(run, ['import', fixture('keysexport-2012.xml')]);
    expect(report.files[0]).toMatchObject({ new: 3, changed: 0, unchanged: 0, rejected: [] });
    expect(report.files[0]?.skipped).toEqual([
      { place: 'line 11: product "Contoso Unclaimed", key 1', reason: 'an entry without a key (ID -3)' },
      { place: 'line 13: product "Contoso Empty"', reason: 'no key in the export' },
    ]);
    expect(await rows(run)).toEqual([['Windows 8 Pro', 'keys only', null, null, null, 2]]);
    expect(await keys(run)).toEqual([
      ['67893', 'retail', '2012-11-05', null, null, ['windows-pro-8']],
      ['67894', 'mak', null, null, null, ['windows-pro-8']],
    ]);
    expect(await notes(run, 'Contoso Free Tool')).toContain(
      'No key is required. Details (https://example.invalid/help?id=7&x=1)',
    );
    await changesNothingAgain(run, fixture('keysexport-2012.xml'));
  });

  test('KeysExport.xml of 2018: notes, a product twice, every kind of type', async () => {
    const { run } = newHome();
    const report = await answer<Files>(run, ['import', fixture('keysexport-2018.xml')]);
    expect(report.files[0]).toMatchObject({ new: 6, changed: 0, unchanged: 0, skipped: [], rejected: [] });
    expect(await rows(run)).toEqual([
      ['Contoso Activator', 'keys only', null, null, null, 1],
      ['Office LTSC Professional Plus', 'keys only', null, null, null, 3],
      ['RDS user connections (50)', 'keys only', null, null, null, 1],
    ]);
    expect(await keys(run)).toEqual([
      ['67896', 'static', null, null, null, ['connections-rds-user-50']],
      ['67897', 'retail', '2024-12-31', null, 1, ['office-ltsc-plus-professional']],
      ['67898', 'mak', '2024-01-02', null, null, ['office-ltsc-plus-professional']],
      ['67899', 'mak', '2024-03-14', 'lab rack 2', null, ['office-ltsc-plus-professional']],
      ['==', 'custom', '2024-01-02', null, null, ['activator-contoso']],
    ]);
    expect(await notes(run, 'Office LTSC Professional Plus')).toContain(
      'Use this key for the volume edition only.',
    );
    expect((await ok(run, ['key', 'Contoso Activator', '--type', 'custom'])).stdout).toBe(
      'Ab-7f/Secret+Licence==\n',
    );
    await changesNothingAgain(run, fixture('keysexport-2018.xml'));
  });

  test('an inventory as CSV: grants and keys in one row, a key hidden in a note', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('inventory.csv')]);
    expect(await rows(run)).toEqual([
      ['SQL Server 2022 Standard', 'Solutions Partner - Core', 16, 'cores', '2027-06-30', 0],
      ['Visio LTSC', 'keys only', null, null, null, 1],
      ['Windows 11 Pro', 'Solutions Partner - Core', 10, 'activations', '2027-06-30', 1],
    ]);
    expect(await keys(run)).toEqual([
      ['67892', 'mak', '2026-07-01', 'rack 4; key kept by the helpdesk', 20, ['windows-pro-11']],
      ['67893', 'retail', null, 'was …67894 before', null, ['visio-ltsc']],
    ]);
    expect((await ok(run, ['key', 'Windows 11 Pro'])).stdout).toBe('BCDFG-HJKMP-QRTVW-XY234-67892\n');
    await changesNothingAgain(run, fixture('inventory.csv'));
  });
});

describe('where the records come from', () => {
  test('standard input, named "-"', async () => {
    const { run } = newHome();
    const report = await answer<{ files: Json[] }>(run, ['import', '-'], {
      stdin: readFileSync(fixture('portal-grid.tsv')),
    });
    expect(report.files[0]).toMatchObject({ file: '-', format: 'portal', new: 3 });
  });

  test('several files are one import, each a report of its own', async () => {
    const { run } = newHome();
    const names = ['portal-grid.tsv', 'keysexport-2018.xml', 'inventory.csv'].map(fixture);
    const report = await answer<{ id: string; files: Json[] }>(run, ['import', ...names]);
    expect(report.id).toBe('i1');
    expect(report.files.map(({ file, format, new: added }) => [file, format, added])).toEqual([
      [names[0], 'portal', 3],
      [names[1], 'keys-export', 6],
      [names[2], 'csv', 4],
    ]);
    expect(await answer<Json[]>(run, ['import', 'list'])).toHaveLength(1);
  });

  test('a file called key is given as ./key', async () => {
    const { home, run } = newHome();
    write(home, 'key', readFileSync(fixture('portal-grid.tsv')));
    const report = await answer<{ files: Json[] }>(run, ['import', './key'], { cwd: home });
    expect(report.files[0]).toMatchObject({ file: './key', new: 3 });
  });

  test('columns are mapped by hand', async () => {
    const { run } = newHome();
    const stdin = 'Titel;Schluessel;Anzahl\nContoso Tool;BCDFG-HJKMP-QRTVW-XY234-67896;4\n';
    await ok(run, ['import', '-', '--map', 'Titel=product,Schluessel=key,Anzahl=quantity'], { stdin });
    expect(await rows(run)).toEqual([['Contoso Tool', '', 4, null, null, 1]]);
  });

  test('a date with two meanings is asked for, and --date-format answers', async () => {
    const { run } = newHome();
    const stdin = 'Product,Quantity,Activate By\nContoso Tool,4,02/03/2030\n';
    expect((await run(['import', '-'], { stdin })).code).toBe(2);
    expect(await rows(run)).toEqual([]);
    await ok(run, ['import', '-', '--date-format', 'dmy'], { stdin });
    expect(await rows(run)).toEqual([['Contoso Tool', '', 4, null, '2030-03-02', 0]]);
  });

  test('--offer says where rows without a source come from', async () => {
    const { run } = newHome();
    await ok(run, ['import', '-', '--offer', 'action-pack'], { stdin: 'Product,Quantity\nContoso Tool,4\n' });
    expect(await answer(run, ['list'])).toMatchObject([{ name: 'Contoso Tool', program: 'action-pack' }]);
    expect(await answer(run, ['offer', 'list'])).toMatchObject([{ program: 'action-pack', part: 'core' }]);
  });

  test.each([
    'action-pack',
    'action-pack:数据',
    'solutions-partner:Ünï cödé',
    'other:contoso',
    'other:MAPS',
    `other:${'long '.repeat(30)}`,
  ])('--offer means what offer set means: %s', async (offer) => {
    const { run } = newHome();
    await ok(run, ['offer', 'set', offer, '--purchased', dayFromNow(-3)]);
    await ok(run, ['import', '-', '--offer', offer], { stdin: 'Product,Quantity\nContoso Tool,4\n' });
    await ok(run, ['import', 'key', 'Contoso Tool', '--offer', offer], { stdin: `${KEY}\n` });
    expect(await answer(run, ['offer', 'list'])).toHaveLength(1);
    expect((await failure(run, ['key', 'Contoso Tool'], 2)).message).toContain('refund');
  });

  test('an offer whose name holds a key is refused, and the key is not told', async () => {
    const { run } = newHome();
    for (const args of [
      ['offer', 'set', `other:${KEY}`, '--policy', 'documented'],
      ['import', '-', '--offer', `other:${KEY}`],
    ]) {
      const error = await failure(run, args, 2, { stdin: 'Product,Quantity\nContoso Tool,4\n' });
      expect(JSON.stringify(error).toLowerCase()).not.toContain('bcdfg');
    }
    expect(await answer(run, ['offer', 'list'])).toEqual([]);
  });

  test('import key: a key that was typed in the place of its product is not told', async () => {
    const { run } = newHome();
    for (const more of [['--dry-run'], []]) {
      const done = await ok(run, ['import', 'key', KEY, '--yes', ...more], { stdin: `${KEY}\n` });
      expect(done.stdout).toContain('The key …6789B for …6789B: ');
      expect(done.stdout + done.stderr).not.toContain('BCDFG');
    }
  });

  test('import key: what does not look like a product key is stored with a warning, and how to take it back', async () => {
    const { run } = newHome();
    const hello = ['import', 'key', 'office-proplus-2019'];
    const stored = await ok(run, hello, { stdin: 'hello\n' });
    expect(stored.stderr).toMatch(/does not look like a product key[\s\S]*mpn-benefits import undo i1/);
    expect((await ok(run, [...hello, '--type', 'custom'], { stdin: 'my-own\n' })).stderr).toBe('');
    await ok(run, ['import', 'undo', 'i1']);
  });

  test.each(['mak', 'retail', 'oem', 'kms-host'])(
    'import key: a piece of a key is no %s key, and nothing is stored',
    async (type) => {
      const { run } = newHome();
      const asked = ['import', 'key', 'office-proplus-2019', '--type', type];
      const error = await failure(run, asked, 2, { stdin: 'BCDFG-HJKMP-QRTVW-XY234\n' });
      expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--type custom') });
      expect(JSON.stringify(error)).not.toContain('QRTVW');
      expect(await answer(run, ['key', '--list'])).toEqual([]);
    },
  );

  test('import key: one key, its product named or new', async () => {
    const { run } = newHome();
    const stdin = 'BCDFG-HJKMP-QRTVW-XY234-6789B\n';
    await ok(
      run,
      ['import', 'key', 'office-proplus-2019', '--type', 'mak', '--allowed', '20', '--note', 'from the safe'],
      { stdin },
    );
    expect(await answer(run, ['key', '--list'])).toMatchObject([
      {
        productIds: ['office-proplus-2019'],
        last5: '6789B',
        type: 'mak',
        allowed: 20,
        allowedBasis: 'explicit',
        note: 'from the safe',
      },
    ]);
    const unknown = await run(['import', 'key', 'Contoso Unheard Of'], { stdin });
    expect(unknown.code).toBe(3);
    await ok(run, ['import', 'key', 'Contoso Unheard Of', '--yes'], {
      stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789C',
    });
    expect(await rows(run)).toContainEqual(['Contoso Unheard Of', 'keys only', null, null, null, 1]);
  });

  test('a word in the place of a key, under an ID that is none, is no key', async () => {
    const { run } = newHome();
    const report = await answer<{ files: Json[] }>(run, ['import', '-'], {
      stdin:
        '<root><YourKey><Product_Key Name="Contoso"><Key ID="0">callus</Key></Product_Key></YourKey></root>',
    });
    expect(report.files).toMatchObject([
      {
        new: 0,
        skipped: [{ place: 'line 1: product "Contoso", key 1', reason: 'an entry without a key (ID 0)' }],
      },
    ]);
    expect(await keys(run)).toEqual([]);
  });

  test('a well-formed export without products is fine and empty', async () => {
    const { run } = newHome();
    const report = await answer<{ files: Json[] }>(run, ['import', '-'], {
      stdin: '<root><YourKey/></root>',
    });
    expect(report.files[0]).toMatchObject({ new: 0, skipped: [], rejected: [] });
  });
});

describe('--dry-run says what would change and changes nothing', () => {
  test('an empty home stays empty, whatever is imported', async () => {
    const { home, run } = newHome();
    const report = await answer<{ id: string | null; dryRun: boolean; files: Json[] }>(run, [
      'import',
      fixture('keysexport-2018.xml'),
      fixture('portal-grid.tsv'),
      '--dry-run',
    ]);
    expect(report).toMatchObject({ id: null, dryRun: true, files: [{ new: 6 }, { new: 3 }] });
    expect(filesIn(home)).toEqual([]);
  });

  test('a profile that is there stays as it is', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('portal-grid.tsv')]);
    const before = await Promise.all([rows(run), keys(run), answer(run, ['import', 'list'])]);
    const report = await answer(run, ['import', fixture('inventory.csv'), '--dry-run']);
    expect(report).toMatchObject({ id: null, dryRun: true, files: [{ new: 4 }] });
    expect(await Promise.all([rows(run), keys(run), answer(run, ['import', 'list'])])).toEqual(before);
  });
});

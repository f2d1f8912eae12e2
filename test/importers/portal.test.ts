import { describe, expect, test } from 'vitest';
import { fixture, ofKind, read, utf16le } from './helpers.ts';

const text = (shown: string) => ({ shown });
const row = (
  line: number,
  product: string,
  source: string,
  quantity: number,
  unit: string,
  activateBy: string | null,
) => ({
  kind: 'entitlement',
  place: `line ${line}`,
  product: text(product),
  source: text(source),
  quantity,
  unit,
  activateBy,
});
const ROWS: readonly (readonly [string, string, number, string, string])[] = [
  ['Advanced Threat Analytics Client Management License', 'MAPS - Core', 5, 'activations', '2023-12-06'],
  ['Exchange Server Standard 2019', 'MAPS - Core', 1, 'activations', '2023-12-06'],
  ['Windows Server 2022 Datacenter', 'Legacy Gold - Core', 1000, 'licences', '2024-05-31'],
];
const rowsAt = (lines: readonly number[]) => ROWS.map((cells, index) => row(lines[index] ?? 0, ...cells));

describe('the grid of the portal', () => {
  test('pasted with its heading', async () => {
    const grid = await fixture('portal-grid.tsv');
    for (const piece of [1, 3, 4096])
      expect(await read(grid, {}, piece)).toEqual({ format: 'portal', items: rowsAt([2, 3, 4]) });
  });

  test.each([
    ['at the top', ''],
    ['below blank lines', '\n \n\t\t\n'],
  ])('pasted with a column before it that has no heading, as of boxes to tick: %s', async (_, before) => {
    const grid = (await fixture('portal-grid.tsv')).toString('utf8').replace(/^(?=.)/gm, '\t');
    const first = before.split('\n').length;
    const items = rowsAt([first + 1, first + 2, first + 3]);
    expect(await read(before + grid)).toEqual({ format: 'portal', items });
  });

  test('pasted without its heading', async () => {
    const grid = (await fixture('portal-grid.tsv')).toString('utf8').replace(/^.*\r\n/, '');
    expect(await read(grid)).toEqual({ format: 'portal', items: rowsAt([1, 2, 3]) });
  });

  test('pasted without its heading, with a unit that nobody knows', async () => {
    expect((await read('A\tS\t3 widgets\tDec 6, 2023\n')).items).toEqual([
      row(1, 'A', 'S', 3, 'widgets', '2023-12-06'),
    ]);
  });

  test('saved as CSV, with commas or semicolons, UTF-8 or UTF-16', async () => {
    const grid = (await fixture('portal-grid.tsv')).toString('utf8');
    for (const by of [',', ';']) {
      const csv = grid.replace(/[^\t\r\n]+/g, '"$&"').replaceAll('\t', by);
      expect(await read(csv)).toEqual({ format: 'portal', items: rowsAt([2, 3, 4]) });
      expect(await read(utf16le(csv))).toEqual({ format: 'portal', items: rowsAt([2, 3, 4]) });
    }
  });

  test('pasted with one cell to a line, blank lines or not', async () => {
    const lines = await fixture('portal-grid-lines.txt');
    expect(await read(lines, {}, 5)).toEqual({ format: 'portal', items: rowsAt([6, 11, 15]) });
    const bare = lines.toString('utf8').split('\n').slice(4).filter(Boolean).join('\r\n');
    expect(await read(bare)).toEqual({ format: 'portal', items: rowsAt([1, 5, 9]) });
  });

  test('the heading may break into more lines, and come again', async () => {
    const heading = 'Benefit Name\nSource\n(Program Name & Specialization)\nQuantity\nActivate By\n';
    const grid = `${heading}A\nS - Core\n2 cores\nDec 6, 2023\n${heading}B\nS - Core\n3 users\nDec 7, 2023`;
    expect((await read(grid)).items).toEqual([
      row(6, 'A', 'S - Core', 2, 'cores', '2023-12-06'),
      row(15, 'B', 'S - Core', 3, 'users', '2023-12-07'),
    ]);
    const table = 'Benefit Name\tQuantity\nA\t1 activations\nBenefit Name\tQuantity\nB\t2 activations\n';
    expect(ofKind((await read(table)).items, 'rejected')).toEqual([]);
  });

  test('a heading alone is a grid without rows', async () => {
    expect(await read('Benefit Name\tSource\tQuantity\tActivate By\n')).toEqual({
      format: 'portal',
      items: [],
    });
    expect(await read('Benefit Name\nSource\nQuantity\nActivate By\n')).toEqual({
      format: 'portal',
      items: [],
    });
  });

  test('cells that an editor cut off the end of a line are empty', async () => {
    const { items } = await read('Benefit Name\tSource\tQuantity\tActivate By\nA\tS\t5 activations\nB\tS\n');
    expect(items).toEqual([
      row(2, 'A', 'S', 5, 'activations', null),
      { ...row(3, 'B', 'S', 0, '', null), quantity: null, unit: null },
    ]);
  });

  test.each([
    ['sv', 'Förmånsnamn\tKälla\tAntal\tAktivera senast', '10 aktiveringar', '6 dec. 2023'],
    ['de', 'Name des Vorteils\tQuelle\tMenge\tAktivieren bis', '10 Aktivierungen', '6. Dez. 2023'],
    ['fr', 'Nom de l’avantage\tSource\tQuantité\tActiver avant le', '10 activations', '6 déc. 2023'],
    ['es', 'Nombre de la ventaja\tOrigen\tCantidad\tActivar antes del', '10 activaciones', '6 dic 2023'],
    ['ja', '特典名\tソース\t数量\tアクティブ化の期限', '10 アクティブ化', '2023年12月6日'],
  ])('in the words of %s', async (_, heading, quantity, date) => {
    expect(await read(`${heading}\nWindows 11 Pro\tS - Core\t${quantity}\t${date}\n`)).toEqual({
      format: 'portal',
      items: [row(2, 'Windows 11 Pro', 'S - Core', 10, 'activations', '2023-12-06')],
    });
  });

  test('a date with two meanings asks for the option', async () => {
    const grid = 'A\nS\n5 activations\n06/12/2023\n';
    await expect(read(grid)).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--date-format'),
    });
    expect((await read(grid, { dateFormat: 'dmy' })).items).toEqual([
      row(1, 'A', 'S', 5, 'activations', '2023-12-06'),
    ]);
  });

  test.each([
    ['SQL Server 2022 Standard¹', 'SQL Server 2022 Standard'],
    ['Windows Server 2025 Datacenter*', 'Windows Server 2025 Datacenter'],
    ['Windows 11 Pro N †‡', 'Windows 11 Pro N'],
    ['Windows Server 2022 ¹, ²', 'Windows Server 2022'],
    ['Office LTSC 2024 [1][12]', 'Office LTSC 2024'],
    ['Windows Server CAL (50)', 'Windows Server CAL (50)'],
    ['Visual C*', 'Visual C'],
    ['C*', 'C*'],
    ['*', '*'],
    ['Heat pumps up to 50 m²', 'Heat pumps up to 50 m²'],
    ['Windows® 8.1', 'Windows® 8.1'],
    ['Product [beta]', 'Product [beta]'],
  ])('the name %j is that of %j: marks of footnotes belong to the page', async (given, name) => {
    const { items } = await read(`Benefit Name\tQuantity\n${given}\t1 licence\n`);
    expect(ofKind(items, 'entitlement')).toMatchObject([{ product: { shown: name } }]);
  });

  test('a key in a name is shown as its end', async () => {
    const { items } = await read('Windows BCDFG-HJKMP-QRTVW-XY234-67892\tS\t5 activations\tDec 6, 2023');
    expect(ofKind(items, 'entitlement')[0]?.['product']).toEqual({
      shown: 'Windows …67892',
      original: { secret: 'Windows BCDFG-HJKMP-QRTVW-XY234-67892' },
    });
  });
});

describe('one cell to a line, with a line lost', () => {
  const good = 'A\nS\n1 activations\nDec 6, 2023\n';
  const first = row(1, 'A', 'S', 1, 'activations', '2023-12-06');
  const last = (line: number) => row(line, 'C', 'S', 3, 'activations', '2023-12-08');
  const next = 'C\nS\n3 activations\nDec 8, 2023';

  test.each([
    ['name or source', 'S\n2 activations\nDec 7, 2023\n', 8],
    ['quantity', 'B\nS\nDec 7, 2023\n', 8],
    ['quantity, with something else in its place', 'B\nS\nsee below\nDec 7, 2023\n', 9],
  ])('%s: that row is rejected, the next is read', async (_, broken, line) => {
    expect((await read(good + broken + next)).items).toEqual([
      first,
      { kind: 'rejected', place: 'line 5', reason: expect.stringContaining('four lines') },
      last(line),
    ]);
  });

  test('the date: the row has none', async () => {
    expect((await read(`${good}B\nS\n2 activations\n${next}`)).items).toEqual([
      first,
      row(5, 'B', 'S', 2, 'activations', null),
      last(8),
    ]);
  });

  test('at the end of the file', async () => {
    expect((await read(`${good}B\nS`)).items).toEqual([
      first,
      { kind: 'rejected', place: 'line 5', reason: expect.stringContaining('four lines') },
    ]);
    expect((await read(`${good}B\nS\n2 activations`)).items).toEqual([
      first,
      row(5, 'B', 'S', 2, 'activations', null),
    ]);
  });

  test('a day that no calendar has is rejected', async () => {
    expect((await read('A\nS\n1 activations\nFeb 30, 2024\n')).items).toEqual([
      { kind: 'rejected', place: 'line 1', reason: 'activateBy is no day of the calendar' },
    ]);
  });
});

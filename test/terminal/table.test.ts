import { Chalk } from 'chalk';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { createPaint, PLAIN } from '../../src/terminal/palette.ts';
import type { TableColumn, View } from '../../src/terminal/result.ts';
import { formatTable } from '../../src/terminal/table.ts';
import { hostileText, STEERING } from './hostile.ts';

interface Row {
  readonly product: string;
  readonly source?: string;
  readonly used?: string;
  readonly state?: string;
}

const PRODUCT: TableColumn<Row> = { heading: 'Product', text: (row) => row.product };
const NAME: TableColumn<Row> = { ...PRODUCT, keeps: 20, cut: 'middle' };
const SOURCE: TableColumn<Row> = { heading: 'Source', text: (row) => row.source ?? '', yields: 2 };
const USED: TableColumn<Row> = { heading: 'Used', align: 'right', text: (row) => row.used ?? '', yields: 1 };
const STATE: TableColumn<Row> = { heading: 'State', text: (row) => row.state ?? '' };

const view = (width?: number, unicode = true): View => ({
  palette: PLAIN,
  width,
  locale: 'en',
  today: '2026-03-09',
  unicode,
});

async function table(
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: readonly TableColumn<Row>[],
  on: View = view(),
): Promise<string> {
  let text = '';
  for await (const chunk of formatTable(rows, columns, on)) text += chunk;
  return text;
}

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');

const ROWS: readonly Row[] = [
  { product: 'Windows Server 2022 Datacenter', source: 'Action Pack - Core', used: '13/20', state: 'active' },
  { product: 'Office Professional Plus 2019', source: 'MAPS', used: '5/5', state: 'ends soon' },
];

describe('a table', () => {
  test('is aligned, without borders, numbers to the right, no spaces at the ends', async () => {
    expect(await table(ROWS, [PRODUCT, SOURCE, USED, STATE])).toBe(
      lines(
        'Product                         Source               Used  State',
        'Windows Server 2022 Datacenter  Action Pack - Core  13/20  active',
        'Office Professional Plus 2019   MAPS                  5/5  ends soon',
      ),
    );
  });

  test('cuts first what would yield first, until all fits', async () => {
    expect(await table(ROWS, [PRODUCT, SOURCE, USED, STATE], view(60))).toBe(
      lines(
        'Product                       Source         Used  State',
        'Windows Server 2022 Datacen…  Action Pack…  13/20  active',
        'Office Professional Plus 20…  MAPS            5/5  ends soon',
      ),
    );
  });

  test('cuts no id: other columns yield first, and then the line is longer', async () => {
    const id: TableColumn<Row> = { ...PRODUCT, heading: 'Id', whole: true };
    const rows = [{ product: 'a-d3j1vprtaexy', source: 'Action Pack - Core', state: 'active' }];
    expect(await table(rows, [id, SOURCE, STATE], view(36))).toBe(
      lines('Id              Source        State', 'a-d3j1vprtaexy  Action Pack…  active'),
    );
    expect(await table(rows, [id, SOURCE, STATE], view(30))).toBe(
      lines('Id              State', 'a-d3j1vprtaexy  active'),
    );
    expect(await table(rows, [id, STATE], view(10))).toBe(
      lines('Id              Sta…', 'a-d3j1vprtaexy  act…'),
    );
  });

  test('is readable in 40 columns: columns give way, the highest number first', async () => {
    expect(await table(ROWS, [PRODUCT, SOURCE, USED, STATE], view(40))).toBe(
      lines(
        'Product                  Used  State',
        'Windows Server 2022 D…  13/20  active',
        'Office Professional P…    5/5  ends soon',
      ),
    );
  });

  test('names keep their width while another column can disappear for it, and what yields first is cut first', async () => {
    const product = { ...PRODUCT, keeps: 24 };
    const source = { ...SOURCE, heading: 'Source of it' };
    expect(await table(ROWS, [product, source, USED, STATE], view(62))).toBe(
      lines(
        'Product                         Source of it   Used  State',
        'Windows Server 2022 Datacenter  Action Pack…  13/20  active',
        'Office Professional Plus 2019   MAPS            5/5  ends soon',
      ),
    );
    expect(await table(ROWS, [product, source, USED, STATE], view(50))).toBe(
      lines(
        'Product                          Used  State',
        'Windows Server 2022 Datacenter  13/20  active',
        'Office Professional Plus 2019     5/5  ends soon',
      ),
    );
  });

  test('keeps what never disappears in 20 columns', async () => {
    expect(await table(ROWS, [PRODUCT, SOURCE, USED, STATE], view(20))).toBe(
      lines('Product    State', 'Windows…   active', 'Office P…  ends soon'),
    );
  });

  test('says with ASCII that something is missing where nothing else shows', async () => {
    expect(await table(ROWS, [PRODUCT], view(20, false))).toBe(
      lines('Product', 'Windows Server 20...', 'Office Profession...'),
    );
  });

  test('names that differ at their end are told apart where they are cut in the middle', async () => {
    const rows = [
      { product: 'Microsoft Exchange Server 2019 Standard', state: 'active' },
      { product: 'Microsoft Exchange Server 2019 Standard CALs', state: 'active' },
      { product: '名'.repeat(15), state: 'active' },
    ];
    expect(await table(rows, [NAME, STATE], view(28))).toBe(
      lines(
        'Product               State',
        'Microsoft E…Standard  active',
        'Microsoft…dard CALs   active',
        '名名名名名…名名名名   active',
      ),
    );
  });

  test('is never cut away from a terminal', async () => {
    const product = 'x'.repeat(500);
    expect(await table([{ product }], [PRODUCT, STATE])).toContain(product);
  });

  test('never cuts a number', async () => {
    const text = await table(
      [{ product: 'x'.repeat(50), used: '1234567890123' }],
      [PRODUCT, { ...USED, yields: 0 }],
      view(20),
    );
    expect(text).toContain('1234567890123');
  });

  test('gives nothing without rows', async () => {
    expect(await table([], [PRODUCT])).toBe('');
  });
});

describe('characters of other widths', () => {
  test('Chinese, Japanese and Korean take two columns', async () => {
    expect(
      await table(
        [
          { product: '製品の名前', used: '1', state: '有効' },
          { product: '한국어', used: '22', state: 'ok' },
          { product: 'plain', used: '333', state: 'ok' },
        ],
        [PRODUCT, USED, STATE],
      ),
    ).toBe(
      lines(
        'Product     Used  State',
        '製品の名前     1  有効',
        '한국어        22  ok',
        'plain        333  ok',
      ),
    );
  });

  test('combining marks take none', async () => {
    expect(
      await table(
        [
          { product: 'Cafe\u0301', state: 'a' },
          { product: 'นี่', state: 'b' },
          { product: 'Zürich', state: 'c' },
        ],
        [PRODUCT, STATE],
      ),
    ).toBe(lines('Product  State', 'Cafe\u0301     a', 'นี่        b', 'Zürich   c'));
  });

  test('emoji take two, also joined ones and flags', async () => {
    expect(
      await table(
        [
          { product: '👍🏽', state: 'a' },
          { product: '👩‍👩‍👧‍👦', state: 'b' },
          { product: '🇩🇪', state: 'c' },
          { product: 'ok', state: 'd' },
        ],
        [PRODUCT, STATE],
      ),
    ).toBe(lines('Product  State', '👍🏽       a', '👩‍👩‍👧‍👦       b', '🇩🇪       c', 'ok       d'));
  });

  test('a cut never splits what belongs together', async () => {
    const cutTo = async (product: string, width: number): Promise<string> =>
      (await table([{ product }], [{ ...PRODUCT, heading: 'P' }], view(width))).split('\n')[1] ?? '';
    expect(await cutTo('名'.repeat(15), 20)).toBe(`${'名'.repeat(9)}…`);
    expect(await cutTo('e\u0301'.repeat(30), 20)).toBe(`${'e\u0301'.repeat(19)}…`);
    expect(await cutTo('👩‍👩‍👧‍👦'.repeat(15), 21)).toBe(`${'👩‍👩‍👧‍👦'.repeat(10)}…`);
  });
});

describe('hostile cells', () => {
  test('stay in their line and steer nothing', async () => {
    const text = await table(
      [{ product: 'a\nb\tc\r\u001B[31md\u202E', state: '\u009B2J' }],
      [PRODUCT, STATE],
    );
    expect(text).toBe(lines('Product    State', 'a bc[31md  2J'));
  });

  test('whatever is in them: one line each, within the width, columns under each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ product: hostileText, state: hostileText }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 20, max: 60 }),
        async (rows, width) => {
          const text = await table(rows, [PRODUCT, STATE], view(width));
          expect(text).not.toMatch(STEERING);
          const shown = text.split('\n');
          expect(shown).toHaveLength(rows.length + 2);
          for (const line of shown) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('colour', () => {
  const { palette, reveal } = createPaint(new Chalk({ level: 1 }), '01');
  const onScreen: View = { ...view(40), palette };

  test('colours the text of a cell, not the space around it; the header is faint', async () => {
    const state: TableColumn<Row> = { ...STATE, style: (text, _row, { palette: { good } }) => good(text) };
    const used: TableColumn<Row> = { ...USED, style: (text, _row, { palette: { bad } }) => bad(text) };
    const text = reveal(
      await table([{ product: 'x', used: '5', state: 'ok' }], [state, used, PRODUCT], onScreen),
    );
    expect(text).toBe(
      lines(
        '\u001B[2mState\u001B[22m  \u001B[2mUsed\u001B[22m  \u001B[2mProduct\u001B[22m',
        '\u001B[32mok\u001B[39m        \u001B[31m5\u001B[39m  x',
      ),
    );
  });

  test('is applied after cutting', async () => {
    const product: TableColumn<Row> = {
      ...PRODUCT,
      style: (text, _row, { palette: { good } }) => good(text),
    };
    const text = reveal(await table([{ product: 'x'.repeat(50) }], [product], onScreen));
    expect(text.split('\n')[1]).toBe(`\u001B[32m${'x'.repeat(39)}…\u001B[39m`);
  });
});

describe('endless lists', () => {
  test('the first rows decide about the widths, the others stream', async () => {
    let asked = 0;
    async function* rows(): AsyncGenerator<Row> {
      for (; ; asked += 1)
        yield { product: asked < 1500 ? `product ${asked}` : 'a much longer name', state: 'ok' };
    }
    const shown: string[] = [];
    for await (const chunk of formatTable(rows(), [PRODUCT, STATE], view(80))) {
      if (shown.length === 0) expect(asked).toBeLessThanOrEqual(1000);
      shown.push(...chunk.trimEnd().split('\n'));
      if (shown.length > 1502) break;
    }
    expect(shown[0]).toBe('Product      State');
    expect(shown[1]).toBe('product 0    ok');
    expect(shown.at(-1)).toBe('a much lon…  ok');
    expect(asked - shown.length).toBeLessThan(5);
  });
});

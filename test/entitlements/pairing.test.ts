import { describe, expect, test } from 'vitest';
import { type GrantRow, pairRows } from '../../src/entitlements/pairing.ts';

type Row = [quantity: number | null, activateBy: string | null];

const rows = (list: readonly Row[]): GrantRow[] =>
  list.map(([quantity, activateBy]) => ({ quantity, activateBy }));
const written = ({ quantity, activateBy }: GrantRow): Row => [quantity, activateBy];

/** What a file tells of stored rows: its row and the stored one, or null for a new row. */
function pairs(given: readonly Row[], stored: readonly Row[]): [Row, Row | null][] {
  return pairRows(rows(given), rows(stored)).map((pair) => [
    written(pair.given),
    pair.stored === null ? null : written(pair.stored),
  ]);
}

describe('rows of one product, source and unit', () => {
  test.each<[what: string, given: Row[], stored: Row[], expected: [Row, Row | null][]]>([
    [
      'the first import brings rows in the order of their dates, an unknown one last',
      [
        [1, null],
        [2, '2031-01-01'],
        [3, '2030-01-01'],
      ],
      [],
      [
        [[3, '2030-01-01'], null],
        [[2, '2031-01-01'], null],
        [[1, null], null],
      ],
    ],
    [
      'one row is the stored one, whatever it says',
      [[7, '2031-01-01']],
      [[5, '2030-01-01']],
      [
        [
          [7, '2031-01-01'],
          [5, '2030-01-01'],
        ],
      ],
    ],
    [
      'both were renewed',
      [
        [5, '2030-01-01'],
        [9, '2031-01-01'],
      ],
      [
        [4, '2029-01-01'],
        [8, '2030-01-01'],
      ],
      [
        [
          [5, '2030-01-01'],
          [4, '2029-01-01'],
        ],
        [
          [9, '2031-01-01'],
          [8, '2030-01-01'],
        ],
      ],
    ],
    [
      'an old export of grants that are a year apart tells of each what it was',
      [
        [5, '2029-01-01'],
        [9, '2030-01-01'],
      ],
      [
        [5, '2030-01-01'],
        [9, '2031-01-01'],
      ],
      [
        [
          [5, '2029-01-01'],
          [5, '2030-01-01'],
        ],
        [
          [9, '2030-01-01'],
          [9, '2031-01-01'],
        ],
      ],
    ],
    [
      'a second grant that ends earlier is new',
      [
        [10, '2029-12-01'],
        [5, '2029-06-01'],
      ],
      [[10, '2029-12-01']],
      [
        [
          [10, '2029-12-01'],
          [10, '2029-12-01'],
        ],
        [[5, '2029-06-01'], null],
      ],
    ],
    [
      'a second grant that ends earlier is new while the first is renewed and grows',
      [
        [5, '2029-06-01'],
        [12, '2030-12-01'],
      ],
      [[10, '2029-12-01']],
      [
        [[5, '2029-06-01'], null],
        [
          [12, '2030-12-01'],
          [10, '2029-12-01'],
        ],
      ],
    ],
    [
      'the same row is found among others',
      [[5, '2030-01-01']],
      [
        [10, '2029-01-01'],
        [5, '2030-01-01'],
      ],
      [
        [
          [5, '2030-01-01'],
          [5, '2030-01-01'],
        ],
      ],
    ],
    [
      'a row of the same day is found among others',
      [[6, '2030-01-01']],
      [
        [10, '2029-01-01'],
        [5, '2030-01-01'],
      ],
      [
        [
          [6, '2030-01-01'],
          [5, '2030-01-01'],
        ],
      ],
    ],
    [
      'a row that does not say its day is the stored one',
      [[7, null]],
      [[5, '2030-01-01']],
      [
        [
          [7, null],
          [5, '2030-01-01'],
        ],
      ],
    ],
    [
      'of rows that are alike each is found once',
      [
        [5, '2030-01-01'],
        [5, '2030-01-01'],
        [5, '2030-01-01'],
      ],
      [
        [5, '2030-01-01'],
        [5, '2030-01-01'],
      ],
      [
        [
          [5, '2030-01-01'],
          [5, '2030-01-01'],
        ],
        [
          [5, '2030-01-01'],
          [5, '2030-01-01'],
        ],
        [[5, '2030-01-01'], null],
      ],
    ],
  ])('%s', (_, given, stored, expected) => {
    expect(pairs(given, stored)).toEqual(expected);
  });
});

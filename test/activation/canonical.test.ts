import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isCanonicalJson } from '../../src/activation/canonical.ts';

const invalid = expect.objectContaining({ code: 'INVALID_DATA' });

describe('the rules of RFC 8785', () => {
  test('names are sorted by UTF-16 code units: the example of section 3.2.3', () => {
    const example = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    };
    const values = [...canonicalJson(example).matchAll(/:"([^"]+)"/g)].map(([, value]) => value);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  test('strings as in the example of section 3.2.2', () => {
    const text = '€$\u000f\nA\'B"\\\\"/';
    expect(canonicalJson(text)).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
  });

  test.each([
    ['\b\t\n\f\r', '"\\b\\t\\n\\f\\r"'],
    ['\0\u001f', '"\\u0000\\u001f"'],
    ['\u007f\u2028\u2029', '"\u007f\u2028\u2029"'],
    ['</script>', '"</script>"'],
    ['😀', '"😀"'],
    ['', '""'],
    [0, '0'],
    [-0, '0'],
    [-7, '-7'],
    [1e15, '1000000000000000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
    [[1, [2, { b: [], a: null }]], '[1,[2,{"a":null,"b":[]}]]'],
    [{ b: 1, a: { d: 2, c: 3 } }, '{"a":{"c":3,"d":2},"b":1}'],
    [{ '10': 1, '9': 2, A: 3, a: 4 }, '{"10":1,"9":2,"A":3,"a":4}'],
  ])('%j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('the order of names in the value does not matter, blanks never come', () => {
    expect(canonicalJson({ x: 1, y: [1, 2], a: 'b c' })).toBe(canonicalJson({ a: 'b c', y: [1, 2], x: 1 }));
  });
});

describe('what an event cannot hold is refused', () => {
  test.each([
    ['a fraction', 1.5],
    ['too large a number', 2 ** 53],
    ['no number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['true', true],
    ['false', [false]],
    ['undefined', { a: undefined }],
    ['a gap in a list', [1, undefined]],
    ['a hole in a list', Array(2)],
    ['a function', { a: () => 1 }],
    ['a big integer', 1n],
    ['a symbol', Symbol('x')],
    ['half a pair', '\ud83d'],
    ['the other half', { a: ['x\ude00y'] }],
    ['halves the wrong way round', '\ude00\ud83d'],
    ['half a pair in a name', { '\ud83d': 1 }],
  ])('%s', (_, value) => {
    expect(() => canonicalJson(value)).toThrowError(invalid);
  });
});

test('reading it gives the same value, and writing that the same text', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (any) => {
      const text = canonicalJson(any);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(any)));
    }),
  );
});

describe('telling whether a text is canonical', () => {
  const values = fc.jsonValue({ stringUnit: 'binary' });

  const told = (text: string): boolean => isCanonicalJson(JSON.parse(text), text);
  const written = (text: string): string | undefined => {
    try {
      return canonicalJson(JSON.parse(text));
    } catch {
      return undefined;
    }
  };

  test('is the same as writing its value again', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(told(text)).toBe(written(text) === text);
      }),
    );
  });

  test.each([
    ['{"a":1,"b":2}', true],
    ['{"b":1,"a":2}', false],
    ['{"a":{"d":1,"c":2}}', false],
    ['{"a":1,"a":1}', false],
    ['{"a": 1}', false],
    ['{"a":1e0}', false],
    ['{"a":true}', false],
    ['{"a":0.5}', false],
    ['{"a":"\\u0041"}', false],
    ['{"a":"\\ud800"}', false],
    ['{"10":1,"9":2}', true],
    ['{"9":1,"10":2}', false],
  ])('%s: %s', (text, canonical) => {
    expect(told(text)).toBe(canonical);
  });
});

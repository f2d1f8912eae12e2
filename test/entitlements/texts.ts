import fc from 'fast-check';

/** Any UTF-16, half characters included. */
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));

/** What product names consist of, and what goes wrong with them. */
const pieces = fc
  .array(
    fc.constantFrom(
      'Microsoft',
      'Windows',
      'Server',
      '2019',
      '8.1',
      'C#',
      'ΑΣ',
      'ß',
      'ẞ',
      'İ',
      '\uD800',
      '-',
      '™',
      '_',
    ),
    { maxLength: 8 },
  )
  .map((words) => words.join(' '));

/** Texts that a file or a person may give as a name. */
export const anyText = fc.oneof(
  units,
  pieces,
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^[A-Za-z0-9 .,'"#+()®™\u2019\u00A0\u00AD\u200B_-]*$/),
);

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { readImport } from '../../src/importers/read.ts';
import type { ReadOptions } from '../../src/importers/record.ts';
import { fixture, KEY, read, sourceOf, utf16be, utf16le } from './helpers.ts';

const invalid = (message: string | RegExp) => ({
  code: 'INVALID_DATA',
  message: typeof message === 'string' ? `export.txt: ${message}.` : expect.stringMatching(message),
});

describe('files of another kind', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'the file is empty'],
    ['blank', ' \r\n\t\n\u00A0', 'the file is blank'],
    ['only a mark', Buffer.from([0xef, 0xbb, 0xbf]), 'the file is empty'],
    ['gzip', gzipSync('<YourKey/>'), 'this is a gzip archive, not text'],
    [
      'zip or spreadsheet',
      Buffer.from('PK\u0003\u0004rest'),
      'this is a zip archive or a spreadsheet, not text',
    ],
    ['PDF', '%PDF-1.7', 'this is a PDF document, not text'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), 'this is UTF-32 text, not text'],
    ['HTML', '<!DOCTYPE html><html></html>', 'this is an HTML page'],
    ['HTML without a type', '\n<HTML lang="en"><body>', 'this is an HTML page'],
    ['JSON', '[\n {"product": "x"}]', 'this is JSON'],
    ['other XML', '<configuration><a/></configuration>', 'this is XML, but no KeysExport.xml'],
    ['other XML with a root of that name', '<root><a/></root>', 'this is XML, but no KeysExport.xml'],
    ['prose', 'Dear all,\nplease find the list below.\n', 'this is none of the formats that import knows'],
    ['one word', 'hello', 'this is none of the formats that import knows'],
    ['a key alone', KEY, 'this is none of the formats that import knows'],
    ['a NUL', 'Product,Quantity\nP\0,1\n', 'line 2 holds a NUL character, so this is no text file'],
    [
      'Latin-1',
      Buffer.from('Product,Quantity\nF\xF6rm\xE5n,1\n', 'latin1'),
      'line 2 is not valid UTF-8 text',
    ],
    [
      'a lone surrogate in UTF-8',
      Buffer.from('50726f647563742c0aeda080', 'hex'),
      'line 2 is not valid UTF-8 text',
    ],
    [
      'a lone surrogate in UTF-16',
      utf16le('Product,Quantity\nP\uD800,1\n'),
      'line 2 is not valid UTF-16LE text',
    ],
    ['a cut UTF-16', utf16be('Product,Quantity\nP,1\n').subarray(0, -1), 'line 2 is not valid UTF-16BE text'],
  ])('%s', async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject(invalid(message));
    await expect(read(content, {}, 1)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  });

  test('text of an older encoding says what to choose in Excel', async () => {
    const bytes = Buffer.from('Produkt;Menge\nM\xFCnchen;1\n', 'latin1');
    await expect(read(bytes)).rejects.toMatchObject({ hint: expect.stringContaining('"CSV UTF-8"') });
  });

  test.each<[string, NonNullable<ReadOptions['format']>]>([
    ['<YourKey/>', 'csv'],
    ['<YourKey/>', 'portal'],
    ['Product,Key\nP,K', 'keys-export'],
    ['a,b\n1,2', 'csv'],
    ['a,b\n1,2', 'portal'],
  ])('%j is not the format %s', async (content, format) => {
    await expect(read(content, { format })).rejects.toMatchObject({ code: 'INVALID_DATA' });
  });

  test('errors never hold a key', async () => {
    const files = [
      KEY,
      `<YourKey>&${KEY};</YourKey>`,
      `<YourKey><${KEY}></YourKey>`,
      `Key,${KEY}\n`,
      `{"${KEY}":`,
      `Product,Key\nP,"${KEY}`,
    ];
    for (const file of files) {
      const error: unknown = await read(file).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AppError);
      expect(
        error instanceof AppError ? `${error.message} ${error.hint} ${JSON.stringify(error.details)}` : '',
      ).not.toContain('HJKMP');
    }
  });

  test('any bytes give records or a readable error, never a defect', async () => {
    const heads = fc.constantFrom(
      '',
      '<YourKey>',
      'Product,Key,Quantity\n',
      'A\nS\n5 activations\n',
      'a\tb\t5 cores\t',
    );
    await fc.assert(
      fc.asyncProperty(
        heads,
        fc.oneof(fc.string({ unit: 'binary' }), fc.string()),
        fc.integer({ min: 1, max: 9 }),
        async (head, rest, size) => {
          const outcome = await read(head + rest, {}, size).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AppError);
        },
      ),
    );
  });
});

describe('XML that attacks its reader', () => {
  const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
    '',
  );
  test.each([
    [
      'a billion laughs',
      `<!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]><YourKey>&l20;</YourKey>`,
      /DOCTYPE is refused/,
    ],
    [
      'an external entity',
      '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><YourKey>&x;</YourKey>',
      /DOCTYPE is refused/,
    ],
    [
      'an external DTD',
      '<?xml version="1.0"?><!DOCTYPE YourKey SYSTEM "http://example.invalid/x.dtd"><YourKey/>',
      /DOCTYPE is refused/,
    ],
    ['an empty DOCTYPE', '<!DOCTYPE YourKey><YourKey/>', /DOCTYPE is refused/],
    ['an undefined entity', '<YourKey>&nbsp;</YourKey>', /an entity is not defined \(line 1, column \d+\)/],
    ['a NUL by number', '<YourKey>&#0;</YourKey>', /not well-formed|not defined/],
    ['deep nesting', `<YourKey>${'<a>'.repeat(100)}`, /nested too deeply/],
    [
      'many attributes',
      `<YourKey ${Array.from({ length: 100 }, (_, n) => `a${n}=""`).join(' ')}/>`,
      /too many attributes/,
    ],
    ['a long attribute', `<YourKey a="${'x'.repeat(600_000)}"/>`, /too long/],
    ['a long text', `<YourKey>${'x'.repeat(600_000)}</YourKey>`, /too long/],
    ['a long text in pieces', `<YourKey>${'x<![CDATA[y]]>'.repeat(200_000)}</YourKey>`, /too long/],
    ['a long name', `<YourKey><${'x'.repeat(600_000)}/></YourKey>`, /too long/],
    ['two roots', '<YourKey/><YourKey/>', /not well-formed/],
    ['text behind the end', '<YourKey/>x', /not well-formed/],
    ['an attribute twice', '<YourKey a="1" a="2"/>', /not well-formed/],
    ['tags that cross', '<YourKey><Product_Key Name="a"></YourKey></Product_Key>', /not well-formed/],
    [
      'another encoding',
      '<?xml version="1.0" encoding="windows-1252"?><YourKey><Product_Key Name="é"/></YourKey>',
      /encoding other than Unicode/,
    ],
  ])('%s', async (_, xml, message) => {
    await expect(read(xml)).rejects.toMatchObject(invalid(message));
  });

  test('UTF-16 in the declaration of a file that was saved as UTF-8 does not matter', async () => {
    expect((await read('<?xml version="1.0" encoding="utf-16"?><YourKey/>')).items).toEqual([]);
  });

  test('a file that was cut off anywhere gives nothing at all', async () => {
    const whole = await fixture('keysexport-2012.xml');
    const end = whole.toString('utf8').trimEnd().length;
    for (let length = 0; length < end; length += 1) {
      const { format, items } = await readImport(sourceOf(whole.subarray(0, length), 97), {}).catch(
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'INVALID_DATA' });
          return { format: null, items: null };
        },
      );
      if (items === null) continue;
      expect(format).toBe('keys-export');
      const iterator = items[Symbol.asyncIterator]();
      await expect(iterator.next()).rejects.toMatchObject({ code: 'INVALID_DATA' });
    }
  });
});

describe('size', () => {
  /** Megabytes of a repeated piece, never held at once, and how far the process grew while they were read. */
  async function growth(
    megabytes: number,
    head: string,
    piece: string,
  ): Promise<{ rss: number; outcome: unknown; count: number }> {
    const chunk = Buffer.from(piece.repeat(Math.ceil(65536 / piece.length)));
    async function* chunks() {
      yield Buffer.from(head);
      for (let sent = 0; sent < megabytes * 1024 * 1024; sent += chunk.length) yield chunk;
    }
    const before = process.memoryUsage().rss;
    let most = before;
    let count = 0;
    const run = async () => {
      const { items } = await readImport({ name: 'export.txt', chunks: chunks() }, {});
      for await (const item of items) {
        count += item.kind === 'entitlement' ? 1 : 0;
        if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss);
      }
    };
    const outcome = await run().catch((error: unknown) => error);
    most = Math.max(most, process.memoryUsage().rss);
    return { rss: (most - before) / 1024 / 1024, outcome, count };
  }

  test('120 MB of rows are read in bounded memory', async () => {
    const note = 'x'.repeat(1000);
    const { rss, outcome, count } = await growth(
      120,
      'Product,Quantity,Notes,Other\n',
      `P,5 activations,,${note}\n`,
    );
    expect(outcome).toBeUndefined();
    expect(count).toBeGreaterThan(100_000);
    expect(rss).toBeLessThan(110);
  }, 60_000);

  test('XML beyond 64 MiB is refused in bounded memory', async () => {
    const { rss, outcome } = await growth(200, '<YourKey>', `<!-- ${'x'.repeat(1000)} --> `);
    expect(outcome).toMatchObject(invalid('more than 64 MiB of XML'));
    expect(rss).toBeLessThan(200);
  }, 60_000);

  test('a single text that never ends is refused early', async () => {
    for (const head of [
      '<YourKey><Product_Key Name="',
      '<!DOCTYPE x [',
      '<YourKey><!--',
      'Product,Key\nP,"',
      'A\nS\n5 activations\n',
    ]) {
      const { rss, outcome } = await growth(200, head, 'xxxxxxxx');
      expect(outcome).toMatchObject({ code: 'INVALID_DATA' });
      expect(rss).toBeLessThan(100);
    }
  }, 60_000);

  test('an export of nothing but entries is refused before it fills memory', async () => {
    const { rss, outcome } = await growth(60, '<YourKey><Product_Key Name="P">', '<Key/>    ');
    expect(outcome).toMatchObject(invalid('more than 250000 entries'));
    expect(rss).toBeLessThan(400);
  }, 60_000);

  test('a source that fails half-way fails the reading with its own error', async () => {
    async function* chunks() {
      yield Buffer.from(`Product,Quantity\n${'P,1\n'.repeat(30_000)}`);
      throw new AppError('STORAGE_UNAVAILABLE', 'the disk went away', { hint: 'Plug it in.' });
    }
    const { items } = await readImport({ name: 'x', chunks: chunks() }, {});
    const all = async () => {
      for await (const item of items) expect(item.kind).toBe('entitlement');
    };
    await expect(all()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  test('the source is let go when the reader stops early or the format is unknown', async () => {
    let closed = 0;
    async function* chunks(text: string) {
      try {
        for (;;) yield Buffer.from(text);
      } finally {
        closed += 1;
      }
    }
    const { items } = await readImport({ name: 'x', chunks: chunks('Product,Quantity\nP,1\n') }, {});
    for await (const item of items) if (item.kind === 'entitlement') break;
    expect(closed).toBe(1);
    await expect(readImport({ name: 'x', chunks: chunks('hello\n') }, {})).rejects.toMatchObject({
      code: 'INVALID_DATA',
    });
    expect(closed).toBe(2);
  });
});

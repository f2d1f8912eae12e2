import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { unattendFile } from '../../../src/provisioning/activation/unattend.ts';
import { anyText } from './any-text.ts';
import { MANY, MAYBE, misshapen, ONCE, readXml, type Shape } from './xml-tree.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const REQUEST = {
  key: productKeySecret(KEY),
  activationId: 'activation-1',
  productName: 'Windows 11 Enterprise',
  machine: 'PC-1',
  imageKey: false,
};

/** Windows ADK, Unattended Windows Setup Reference: unattend, settings, component, and the two settings of keys. */
const NAMESPACE = 'urn:schemas-microsoft-com:unattend';
const component = (name: RegExp, children: Shape['children'] & object): Shape => ({
  attributes: {
    name,
    processorArchitecture: /^(x86|amd64|arm64)$/,
    publicKeyToken: /^31bf3856ad364e35$/,
    language: /^neutral$/,
    versionScope: /^nonSxS$/,
  },
  children,
});
const FIVE_BY_FIVE = /^([BCDFGHJKMNPQRTVWXY2346789]{5}-){4}[BCDFGHJKMNPQRTVWXY2346789]{5}$/;
const settings = (pass: RegExp, inner: Shape): Shape => ({
  attributes: { pass },
  children: [['component', MANY, inner]],
});
const SETUP = component(/^Microsoft-Windows-Setup$/, [
  [
    'UserData',
    ONCE,
    {
      children: [
        [
          'ProductKey',
          ONCE,
          {
            children: [
              ['Key', ONCE, { text: FIVE_BY_FIVE }],
              ['WillShowUI', MAYBE, { text: /^(Always|OnError|Never)$/ }],
            ],
          },
        ],
      ],
    },
  ],
]);
const SHELL = component(/^Microsoft-Windows-Shell-Setup$/, [['ProductKey', ONCE, { text: FIVE_BY_FIVE }]]);

describe('the answer file', () => {
  it('activates in pass specialize, where a MAK has to be', () => {
    const { root } = readXml(unattendFile(REQUEST));
    expect(root.name).toBe('unattend');
    expect(root.uri).toBe(NAMESPACE);
    expect(root.children).toHaveLength(1);
    expect(
      root.children.flatMap((pass) => misshapen(pass, settings(/^specialize$/, SHELL), NAMESPACE)),
    ).toEqual([]);
  });

  it('chooses the image in pass windowsPE too, with --image-key', () => {
    const { root } = readXml(unattendFile({ ...REQUEST, imageKey: true }));
    const [windowsPE, specialize, ...others] = root.children;
    expect(others).toEqual([]);
    expect(windowsPE && misshapen(windowsPE, settings(/^windowsPE$/, SETUP), NAMESPACE)).toEqual([]);
    expect(specialize && misshapen(specialize, settings(/^specialize$/, SHELL), NAMESPACE)).toEqual([]);
  });

  it('serves both architectures', () => {
    const { root } = readXml(unattendFile(REQUEST));
    const components = root.children.flatMap(({ children }) => children);
    expect(components.map(({ attributes }) => attributes['processorArchitecture'])).toEqual([
      'amd64',
      'arm64',
    ]);
  });

  it('names product, machine and activation, and says what it holds', () => {
    const [comment] = readXml(unattendFile(REQUEST)).comments;
    for (const part of ['Windows 11 Enterprise', 'PC-1', 'activation-1', 'holds a product key']) {
      expect(comment).toContain(part);
    }
    expect(comment).not.toContain(KEY);
  });

  it('stays the same document whatever the names are', () => {
    const plain = readXml(unattendFile(REQUEST)).root;
    const hostile = fc.oneof(
      anyText(20),
      fc.constantFrom('--><unattend/><!--', '-', '--', '--->', ']]>', '<!DOCTYPE x>', '&lt;', '-\0-'),
    );
    fc.assert(
      fc.property(hostile, hostile, (productName, machine) => {
        const { root, comments } = readXml(unattendFile({ ...REQUEST, productName, machine }));
        expect(root).toEqual(plain);
        expect(comments).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a key that Setup would refuse', () => {
  it.each(['123-4567890', 'see the note', 'BCDFG-HJKMP-QRTVW-XY234-6789A'])('%s is refused here', (text) => {
    try {
      unattendFile({ ...REQUEST, key: productKeySecret(text) });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'USAGE', exitCode: 2 });
      expect(JSON.stringify([error, String(error)])).not.toContain(text);
    }
  });
});

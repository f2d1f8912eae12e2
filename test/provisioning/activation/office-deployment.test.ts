import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE_DATA } from '../../../src/data/catalogue.ts';
import { OFFICE_PRODUCTS } from '../../../src/data/office-products.ts';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import {
  findOfficeProduct,
  officeConfiguration,
} from '../../../src/provisioning/activation/office-deployment.ts';
import { anyText } from './any-text.ts';
import { MANY, misshapen, ONCE, readXml, type Shape } from './xml-tree.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const product = (name: string, id = 'uncatalogued') => ({ id, name });
const REQUEST = {
  key: productKeySecret(KEY),
  activationId: 'activation-1',
  product: product('Office LTSC Professional Plus 2024'),
  machine: 'PC-1',
};

/** Office documentation: Configuration options for the Office Deployment Tool. */
const CONFIGURATION: Shape = {
  children: [
    [
      'Add',
      ONCE,
      {
        attributes: { OfficeClientEdition: /^(64|32)$/, Channel: /^PerpetualVL20(19|21|24)$/ },
        children: [
          [
            'Product',
            ONCE,
            {
              attributes: {
                ID: /^(ProPlus|Standard|(Project|Visio)(Pro|Std))20(19|21|24)Volume$/,
                PIDKEY: /^\S{29}$/,
              },
              children: [['Language', MANY, { attributes: { ID: /^(MatchOS|[a-z]{2}-[a-z]{2})$/ } }]],
            },
          ],
        ],
      },
    ],
    ['Property', ONCE, { attributes: { Name: /^AUTOACTIVATE$/, Value: /^[01]$/ } }],
  ],
};

describe('the configuration', () => {
  it('has the structure that the Office Deployment Tool documents', () => {
    const { root } = readXml(officeConfiguration(REQUEST, OFFICE_PRODUCTS));
    expect(root.name).toBe('Configuration');
    expect(misshapen(root, CONFIGURATION, '')).toEqual([]);
  });

  it('installs one product from its own channel and activates it', () => {
    const { root } = readXml(officeConfiguration(REQUEST, OFFICE_PRODUCTS));
    const [add, property] = root.children;
    expect(add?.attributes).toEqual({ OfficeClientEdition: '64', Channel: 'PerpetualVL2024' });
    expect(add?.children[0]?.attributes).toEqual({ ID: 'ProPlus2024Volume', PIDKEY: KEY });
    expect(property?.attributes).toEqual({ Name: 'AUTOACTIVATE', Value: '1' });
  });

  it('stays the same document whatever the machine is called', () => {
    const plain = readXml(officeConfiguration(REQUEST, OFFICE_PRODUCTS)).root;
    const hostile = fc.oneof(anyText(20), fc.constantFrom('--><Add/><!--', '"/>', '&#0;', '--'));
    fc.assert(
      fc.property(hostile, (machine) => {
        const { root, comments } = readXml(officeConfiguration({ ...REQUEST, machine }, OFFICE_PRODUCTS));
        expect(root).toEqual(plain);
        expect(comments).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it('is not written with a key of another shape', () => {
    const key = productKeySecret('123-4567890');
    expect(() => officeConfiguration({ ...REQUEST, key }, OFFICE_PRODUCTS)).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('the product', () => {
  it.each([
    ['Office LTSC Professional Plus 2024', 'ProPlus2024Volume', 'PerpetualVL2024'],
    ['Microsoft® Office LTSC Standard 2024', 'Standard2024Volume', 'PerpetualVL2024'],
    ['Project Professional 2024', 'ProjectPro2024Volume', 'PerpetualVL2024'],
    ['Visio LTSC Standard 2024', 'VisioStd2024Volume', 'PerpetualVL2024'],
    ['Microsoft Office Professional Plus 2021', 'ProPlus2021Volume', 'PerpetualVL2021'],
    ['Visio Professional 2021', 'VisioPro2021Volume', 'PerpetualVL2021'],
    ['Office Standard 2019', 'Standard2019Volume', 'PerpetualVL2019'],
    ['Project Standard 2019', 'ProjectStd2019Volume', 'PerpetualVL2019'],
  ])('%s is %s from %s', (name, odtId, channel) => {
    expect(findOfficeProduct(product(name), OFFICE_PRODUCTS)).toMatchObject({ odtId, channel });
  });

  it('of the catalogue is known by its id, whatever it is called here', () => {
    expect(findOfficeProduct(product('our Office', 'office-proplus-2019'), OFFICE_PRODUCTS).odtId).toBe(
      'ProPlus2019Volume',
    );
  });

  it('is known by another of its names', () => {
    const named = { ...product('our Office'), aliases: ['Office Professional Plus 2021'] };
    expect(findOfficeProduct(named, OFFICE_PRODUCTS).odtId).toBe('ProPlus2021Volume');
  });

  it.each(
    CATALOGUE_DATA.products.filter(({ kind }) => kind === 'office-client').map(({ id, name }) => [id, name]),
  )('%s of the catalogue can be installed', (id, name) => {
    expect(findOfficeProduct(product(name, id), OFFICE_PRODUCTS).odtId).toMatch(/Volume$/);
  });

  it.each(['Office Professional Plus 2016', 'Microsoft 365 Apps', 'Office LTSC', 'Office Professional Plus'])(
    '%s is refused with what can be done',
    (name) => {
      expect(() => findOfficeProduct(product(name), OFFICE_PRODUCTS)).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `--via office-deployment does not know how "${name}" is installed.`,
          hint: expect.stringContaining('2019, 2021, 2024'),
        }),
      );
    },
  );
});

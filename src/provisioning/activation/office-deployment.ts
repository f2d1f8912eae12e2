import type { OfficeProduct } from '../../data/office-products.ts';
import { normalisedName } from '../../entitlements/normalise.ts';
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { fiveByFive, xmlDocument } from './xml.ts';

export interface OfficeDeploymentRequest {
  readonly key: Secret;
  readonly activationId: string;
  readonly product: { readonly id: string; readonly name: string; readonly aliases?: readonly string[] };
  readonly machine: string;
}

/**
 * The volume edition that the Office Deployment Tool installs for a product of the catalogue, by id, then by name.
 * @throws AppError USAGE for a product that it does not install.
 */
export function findOfficeProduct(
  product: OfficeDeploymentRequest['product'],
  products: readonly OfficeProduct[],
): OfficeProduct {
  const byId = products.find(({ catalogueIds }) => catalogueIds.includes(product.id));
  if (byId !== undefined) return byId;
  const names = new Set([product.name, ...(product.aliases ?? [])].map(normalisedName));
  const byName = products.find((known) => known.names.some((name) => names.has(normalisedName(name))));
  if (byName !== undefined) return byName;
  const years = [...new Set(products.map(({ year }) => year))].sort().join(', ');
  throw new AppError('USAGE', `--via office-deployment does not know how "${product.name}" is installed.`, {
    hint: `It knows the volume editions of Office, Project and Visio ${years}. Use --via windows or --via script on the machine, or --via manual.`,
    details: { productId: product.id },
  });
}

/**
 * A configuration.xml for the Office Deployment Tool that installs and activates one product. It holds the key in
 * clear: the caller writes it owner-only and names it in the ledger.
 * @throws AppError USAGE for a product that the tool does not install, and for a key that it would refuse.
 */
export function officeConfiguration(
  request: OfficeDeploymentRequest,
  products: readonly OfficeProduct[],
): string {
  const office = findOfficeProduct(request.product, products);
  const key = fiveByFive(request.key, 'office-deployment');
  const comment = [
    'Installs and activates Office with the Office Deployment Tool. Made by mpn-benefits.',
    `Product: ${request.product.name}`,
    `Machine: ${request.machine}`,
    'This file holds a product key: keep others from reading it, and delete it after the installation.',
    'On the machine, as administrator: setup.exe /configure with the name of this file',
    `When Office is activated: mpn-benefits activations settle ${request.activationId} with the result`,
  ];
  return xmlDocument(comment, {
    name: 'Configuration',
    children: [
      {
        name: 'Add',
        attributes: { OfficeClientEdition: '64', Channel: office.channel },
        children: [
          {
            name: 'Product',
            attributes: { ID: office.odtId, PIDKEY: key },
            children: [{ name: 'Language', attributes: { ID: 'MatchOS' } }],
          },
        ],
      },
      // Volume editions do not activate by themselves unless told to.
      { name: 'Property', attributes: { Name: 'AUTOACTIVATE', Value: '1' } },
    ],
  });
}

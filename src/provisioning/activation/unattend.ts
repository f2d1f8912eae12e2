import type { Secret } from '../../keys/secret.ts';
import { fiveByFive, type XmlElement, xmlDocument } from './xml.ts';

export interface UnattendRequest {
  readonly key: Secret;
  readonly activationId: string;
  readonly productName: string;
  readonly machine: string;
  /** `--image-key`: the key also chooses the image to install, in pass windowsPE. */
  readonly imageKey: boolean;
}

/** Setup takes the components of its own architecture and passes over the others, so one file serves both. */
const ARCHITECTURES = ['amd64', 'arm64'] as const;

/**
 * An answer file that activates Windows at its installation, to be used as it is or merged into another. A MAK has to
 * be in Shell-Setup, pass specialize; the key in windowsPE only chooses the image. It holds the key in clear: the
 * caller writes it owner-only and names it in the ledger.
 * @throws AppError USAGE for a key that Setup would refuse.
 */
export function unattendFile(request: UnattendRequest): string {
  const key = fiveByFive(request.key, 'unattend');
  const comment = [
    'Activates Windows when it is installed. Made by mpn-benefits.',
    `Product: ${request.productName}`,
    `Machine: ${request.machine}`,
    'This file holds a product key: keep others from reading it, and delete it after the installation.',
    `When Windows is activated: mpn-benefits activations settle ${request.activationId} with the result`,
  ];
  return xmlDocument(comment, {
    name: 'unattend',
    attributes: { xmlns: 'urn:schemas-microsoft-com:unattend' },
    children: [
      ...(request.imageKey ? [pass('windowsPE', 'Microsoft-Windows-Setup', [imageKey(key)])] : []),
      pass('specialize', 'Microsoft-Windows-Shell-Setup', [{ name: 'ProductKey', text: key }]),
    ],
  });
}

function imageKey(key: string): XmlElement {
  const children = [
    { name: 'Key', text: key },
    { name: 'WillShowUI', text: 'OnError' },
  ];
  return { name: 'UserData', children: [{ name: 'ProductKey', children }] };
}

function pass(
  name: 'windowsPE' | 'specialize',
  component: string,
  children: readonly XmlElement[],
): XmlElement {
  return {
    name: 'settings',
    attributes: { pass: name },
    children: ARCHITECTURES.map((processorArchitecture) => ({
      name: 'component',
      attributes: {
        name: component,
        processorArchitecture,
        publicKeyToken: '31bf3856ad364e35',
        language: 'neutral',
        versionScope: 'nonSxS',
      },
      children,
    })),
  };
}

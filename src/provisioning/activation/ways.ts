import { VIAS, type Via } from '../../activation/events.ts';
import type { ProductKind } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { APPLICATION_IDS, type ApplicationId } from './licensing-program.ts';

/** What `--via` can be. */
export type ViaOption = 'auto' | Via;

/** The ways that end in a file for another program. */
export type ArtefactVia = Exclude<Via, 'windows' | 'manual'>;

/** What the choice of a way depends on. */
export interface WayQuestion {
  readonly product: { readonly name: string; readonly kind: ProductKind };
  /** The platform that the program runs on, as Node names it. */
  readonly platform: string;
  /** True if the machine to be activated is the one that the program runs on. */
  readonly thisMachine: boolean;
}

interface Way {
  /** The way ends in a file for another program, which holds the key. */
  readonly artefact: boolean;
  readonly fits: (kind: ProductKind) => boolean;
  readonly otherwise: string;
}

const isWindows = (kind: ProductKind): boolean =>
  kind === 'client-os' || kind === 'server-os' || kind === 'embedded-os';
const isLicensed = (kind: ProductKind): boolean => isWindows(kind) || kind === 'office-client';
const NOT_LICENSED = 'only Windows operating systems and Office client applications are activated that way';

const WAYS: Readonly<Record<Via, Way>> = {
  windows: { artefact: false, fits: isLicensed, otherwise: NOT_LICENSED },
  script: { artefact: true, fits: isLicensed, otherwise: NOT_LICENSED },
  unattend: { artefact: true, fits: isWindows, otherwise: 'an answer file activates Windows only' },
  'office-deployment': {
    artefact: true,
    fits: (kind) => kind === 'office-client',
    otherwise: 'the Office Deployment Tool activates Office, Project and Visio only',
  },
  manual: { artefact: false, fits: () => true, otherwise: '' },
};

/** True for the ways that write a file for `--out-file`; each of them holds the key. */
export function writesArtefact(via: Via): via is ArtefactVia {
  return WAYS[via].artefact;
}

/** The application whose licences a product of this kind is among; undefined if Windows keeps no licence for it. */
export function applicationOf(kind: ProductKind): ApplicationId | undefined {
  if (isWindows(kind)) return APPLICATION_IDS.windows;
  return kind === 'office-client' ? APPLICATION_IDS.office : undefined;
}

/** The ways that fit, here and now; `manual` always does. */
export function fittingWays(question: WayQuestion): readonly Via[] {
  return VIAS.filter((via) => misfit(via, question) === undefined);
}

/**
 * What `--via` comes to: `auto` is `windows` on Windows for this machine and a product that Windows keeps a licence
 * of, else null: it has to be asked, or fails with `viaNeeded`.
 * @throws AppError USAGE, with the reason, for a way that does not fit the product, machine or platform.
 */
export function resolveVia(option: ViaOption, question: WayQuestion): Via | null {
  if (option === 'auto') return misfit('windows', question) === undefined ? 'windows' : null;
  const reason = misfit(option, question);
  if (reason === undefined) return option;
  throw new AppError('USAGE', `--via ${option} does not fit ${question.product.name}: ${reason}.`, {
    hint: `Use ${waysHint(question)}.`,
    details: { via: option },
  });
}

/** The failure of `auto` where nobody can be asked. */
export function viaNeeded(question: WayQuestion): AppError {
  return new AppError('USAGE', `How ${question.product.name} is to be activated has to be said with --via.`, {
    hint: `Use ${waysHint(question)}.`,
  });
}

/**
 * Options that belong to some ways only.
 * @throws AppError USAGE for `--image-key` without an answer file, for an artefact without `--out-file`, and for
 * `--out-file` where nothing is written.
 */
export function checkWayOptions(
  via: Via,
  options: { readonly imageKey: boolean; readonly outFile: string | undefined },
): void {
  if (options.imageKey && via !== 'unattend') {
    throw new AppError('USAGE', '--image-key belongs to --via unattend.', { hint: 'Leave it away.' });
  }
  if (writesArtefact(via) && options.outFile === undefined) {
    throw new AppError('USAGE', `--via ${via} writes a file and needs --out-file.`, {
      hint: 'Name a file, or - for standard output. It holds the product key.',
    });
  }
  if (!writesArtefact(via) && options.outFile !== undefined) {
    throw new AppError('USAGE', `--via ${via} writes no file, so --out-file has no use.`, {
      hint: 'Leave --out-file away.',
    });
  }
}

function waysHint(question: WayQuestion): string {
  return fittingWays(question)
    .map((via) => `--via ${via}`)
    .join(', ');
}

function misfit(via: Via, { product, platform, thisMachine }: WayQuestion): string | undefined {
  const { fits, otherwise } = WAYS[via];
  if (!fits(product.kind)) return otherwise;
  if (via !== 'windows') return undefined;
  if (platform !== 'win32') return 'it activates the machine it runs on, and this is not Windows';
  return thisMachine ? undefined : 'it activates the machine it runs on, and another one is named';
}

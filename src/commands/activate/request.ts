import { readFileSync } from 'node:fs';
import type { Assumption, Purpose, Via } from '../../activation/events.ts';
import type { HardwareProfile } from '../../activation/hardware.ts';
import { LONGEST_NAME, readHardwareProfile } from '../../activation/hardware-file.ts';
import { isSameMachineName, machineNameKey } from '../../activation/machines.ts';
import type { ActivationRequest } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import { HARDWARE_TABLE } from '../../data/hardware.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import type { KeyType } from '../../keys/product-key.ts';
import {
  checkWayOptions,
  fittingWays,
  resolveVia,
  type ViaOption,
  viaNeeded,
} from '../../provisioning/activation/ways.ts';
import { select } from '../../terminal/prompts.ts';
import { sanitiseLine } from '../../terminal/sanitise.ts';
import { decodeText } from '../shared/decode-text.ts';
import { thisHardware } from '../shared/this-hardware.ts';
import { unreadableFile } from '../shared/unreadable-file.ts';

/** What the command line says of it. */
export interface RequestOptions {
  readonly machine?: string | undefined;
  readonly hardware?: string | undefined;
  readonly key?: string | undefined;
  readonly type?: KeyType | undefined;
  readonly via?: ViaOption | undefined;
  readonly outFile?: string | undefined;
  readonly imageKey?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly assume?: Assumption | undefined;
  readonly reason?: string | undefined;
  readonly purpose?: Purpose | undefined;
}

/**
 * What is to be planned: the machine, its hardware, the way. Throws USAGE, INVALID_DATA, NOT_FOUND, CONFIRMATION_REQUIRED,
 * CANCELLED.
 */
export async function requestOf(
  product: ProductFacts,
  options: RequestOptions,
  context: Context,
): Promise<ActivationRequest> {
  const given = options.hardware === undefined ? null : readHardwareFile(options.hardware);
  const here = context.surroundings.hostName();
  const machine = checkMachineName(options.machine ?? given?.machine ?? here);
  if (options.machine !== undefined) refuseControls(options.machine);
  tellOtherHardware(given, options, context);
  const thisMachine = isSameMachineName(machine, here);
  const via = await viaFor(product, options, thisMachine, context);
  const assume = options.assume ?? null;
  // An assumption reads nothing, but what was given is recorded, and tells which machine this is.
  const needsHardware = product.requiresActivation.value !== 'no' && assume === null;
  const read = given === null && thisMachine && needsHardware ? await thisHardware(context) : null;
  return {
    product,
    wish: { key: options.key, type: options.type },
    machine,
    hardware: given ?? read,
    assume,
    reason: options.reason ?? null,
    purpose: options.purpose ?? 'internal',
    via,
  };
}

/** A file that was made on another machine may be the wrong one, or tell that this one was renamed: it is used. */
function tellOtherHardware(
  given: HardwareProfile | null,
  { machine, hardware }: RequestOptions,
  { terminal }: Context,
): void {
  if (given === null || machine === undefined || isSameMachineName(given.machine, machine)) return;
  terminal.warn(`${hardware} is the hardware of ${given.machine}, not of ${machine}.`);
}

/** Throws USAGE for what names nothing. */
function checkMachineName(name: string): string {
  if (machineNameKey(name) !== '' && name.length <= LONGEST_NAME && name.isWellFormed()) return name;
  throw new AppError('USAGE', 'This is no name of a machine.', {
    hint: `Give a name of 1 to ${LONGEST_NAME} characters: --machine <name>`,
  });
}

/** A name in a file is what its machine is called; what is typed is a mistake of the shell, or of a paste. */
function refuseControls(name: string): void {
  if (!name.includes('\n') && sanitiseLine(name) === name) return;
  throw new AppError('USAGE', 'The name of the machine holds characters that cannot be seen.', {
    hint: 'Type it anew: --machine <name>, without tabs, ends of lines and marks of reading direction.',
  });
}

async function viaFor(
  product: ProductFacts,
  options: RequestOptions,
  thisMachine: boolean,
  context: Context,
): Promise<Via> {
  const { platform } = context.surroundings;
  const question = { product, platform, thisMachine };
  const resolved = resolveVia(options.via ?? 'auto', question);
  // What it costs does not depend on the way, so a dry run or an explanation does not ask for it.
  const onlyExplains = options.dryRun === true || product.requiresActivation.value === 'no';
  const via = resolved ?? (onlyExplains ? 'manual' : await askedVia(question, context));
  if (!onlyExplains) checkWayOptions(via, { imageKey: options.imageKey === true, outFile: options.outFile });
  return via;
}

const WAY_NAMES: Readonly<Record<Via, string>> = {
  windows: 'windows: install the key and activate, here and now',
  script: 'script: write a PowerShell file to run on the machine',
  unattend: 'unattend: write an answer file for Windows Setup',
  'office-deployment': 'office-deployment: write a configuration for the Office Deployment Tool',
  manual: 'manual: follow steps, then record the result',
};

async function askedVia(question: Parameters<typeof viaNeeded>[0], context: Context): Promise<Via> {
  if (!context.terminal.canPrompt) throw viaNeeded(question);
  const ways = fittingWays(question);
  // Ways that write a file need its name, which belongs on the command line.
  const [asked, writing] = [ways.filter(isAsked), ways.filter((via) => !isAsked(via))];
  const choices = asked.map((via) => ({ name: WAY_NAMES[via], value: via }));
  if (writing.length > 0) {
    const named = writing.map((via) => `--via ${via}`).join(', ');
    context.terminal.note(`To write a file instead, with --out-file <file>: ${named}`);
  }
  return select(context.terminal, { message: 'How do you want to activate', flag: '--via', choices });
}

function isAsked(via: Via): boolean {
  return via === 'manual' || via === 'windows';
}

const HARDWARE_HINT = 'Make it on the machine: mpn-benefits hardware --out-file hardware.json';

function readHardwareFile(file: string): HardwareProfile {
  let text: string;
  try {
    text = decodeText(readFileSync(file));
  } catch (error) {
    throw unreadableFile(error, file, HARDWARE_HINT);
  }
  try {
    return readHardwareProfile(JSON.parse(text), HARDWARE_TABLE);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('INVALID_DATA', `${file} is not JSON.`, {
      hint: HARDWARE_HINT,
      details: { file },
    });
  }
}

import { AppError } from '../../errors.ts';
import type { KeyFormat, KeyTarget } from './formats.ts';

export const DEFAULT_VARIABLE = 'PRODUCT_KEY';

interface NameRule {
  readonly allowed: RegExp;
  /** What `allowed` says, for people. */
  readonly rule: string;
  /** Names that the system keeps to itself, or that steer programs. */
  readonly reserved?: RegExp;
}

/** What every shell and every operating system takes. */
const PORTABLE: NameRule = {
  allowed: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
  rule: 'letters, digits and _, not beginning with a digit',
};

/** A key in one of these would break, or steer, every program that starts afterwards; also this one. */
const STEERING =
  'PATH|HOME|IFS|ENV|BASH_ENV|LD_PRELOAD|LD_LIBRARY_PATH|DYLD_.*|NODE_OPTIONS|PYTHONPATH|PSMODULEPATH|MPN_BENEFITS_.*';
const RESERVED = new RegExp(`^(${STEERING})$`, 'i');

const RULES: Readonly<Record<string, NameRule>> = {
  'env env': { ...PORTABLE, reserved: RESERVED },
  // docs.gitlab.com, artifacts:reports:dotenv.
  'dotenv env': {
    allowed: /^[A-Za-z0-9_]{1,255}$/,
    rule: 'letters, digits and _, at most 255 of them',
    reserved: RESERVED,
  },
  'github env': { ...PORTABLE, reserved: new RegExp(`^(GITHUB_.*|RUNNER_.*|${STEERING})$`, 'i') },
  'github output': {
    allowed: /^[A-Za-z_][A-Za-z0-9_-]{0,254}$/,
    rule: 'letters, digits, _ and -, not beginning with a digit or a hyphen',
  },
  // learn.microsoft.com, Azure Pipelines, "Define variables": reserved beginnings, whatever their case.
  'azure-pipelines env': {
    allowed: /^[A-Za-z_][A-Za-z0-9_.]{0,254}$/,
    rule: 'letters, digits, underscores and dots, not beginning with a digit or a dot',
    reserved: /^(endpoint|input|secret|path|securefile)/i,
  },
};

function ruleOf(format: KeyFormat, to: KeyTarget): NameRule | undefined {
  return RULES[`${format} ${to}`] ?? RULES[`${format} env`];
}

/**
 * Checks a variable's name against the rules of the system it is for. Formats without a variable take any name.
 * Called before anything is revealed.
 * @throws AppError USAGE
 */
export function checkVariable(format: KeyFormat, name: string, to: KeyTarget): void {
  const rule = ruleOf(format, to);
  if (rule === undefined) return;
  if (!rule.allowed.test(name)) {
    throw new AppError('USAGE', `--name is not a name that ${format} takes.`, { hint: `Use ${rule.rule}.` });
  }
  if (rule.reserved?.test(name)) {
    throw new AppError('USAGE', `--name ${name} has a meaning of its own where ${format} is for.`, {
      hint: `Choose another name, such as ${DEFAULT_VARIABLE}.`,
    });
  }
}

/** True for a name that can be given to a child process on every system. */
export function isPortableName(name: string): boolean {
  return PORTABLE.allowed.test(name);
}

/** True for a name that has a meaning of its own for programs, so that no key is to be its value. */
export function isReservedName(name: string): boolean {
  return RESERVED.test(name);
}

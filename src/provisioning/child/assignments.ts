import { AppError } from '../../errors.ts';
import { DEFAULT_VARIABLE, isPortableName, isReservedName } from '../pipeline/variable-name.ts';
import { parseEnvFile } from './env-file.ts';

/** A variable of the child and the product whose key it gets. */
export interface Assignment {
  readonly variable: string;
  readonly product: string;
}

/** How a key gets to the child: as the variable's value, or in a file whose path is the value. */
export type KeyWay = 'env' | 'file';

export interface KeyVariable extends Assignment {
  readonly way: KeyWay;
}

/** Everything that a child's environment gets on top of ours, before any key is revealed. */
export interface ChildVariables {
  readonly keys: readonly KeyVariable[];
  readonly plain: Readonly<Record<string, string>>;
}

export interface VariableSources {
  /** `--env`, as given. */
  readonly env?: readonly string[] | undefined;
  /** `--file`, as given. */
  readonly file?: readonly string[] | undefined;
  /** `--env-file`: names and contents. */
  readonly envFiles?: readonly { readonly file: string; readonly text: string }[] | undefined;
}

/**
 * Reads `VAR=<product>` of `--env` and `--file`.
 * @throws AppError USAGE
 */
export function parseAssignments(
  option: '--env' | '--file',
  texts: readonly string[],
): readonly Assignment[] {
  return texts.map((text) => {
    const at = text.indexOf('=');
    const variable = text.slice(0, Math.max(at, 0));
    const product = text.slice(at + 1).trim();
    if (!isPortableName(variable) || product === '') {
      throw new AppError('USAGE', `${option} wants VAR=<product>.`, {
        hint: `As in: ${option} ${DEFAULT_VARIABLE}=office-2019. A name has letters, digits and _.`,
      });
    }
    if (isReservedName(variable)) {
      throw new AppError('USAGE', `${option} ${variable} has a meaning of its own for programs.`, {
        hint: `Choose another name, such as ${DEFAULT_VARIABLE}.`,
      });
    }
    return { variable, product };
  });
}

/**
 * Brings options and files together. Options beat files, a later line or file beats an earlier one.
 * @throws AppError USAGE for a name that two options give, or if no variable gets a key; INVALID_DATA with file and
 * line.
 */
export function planVariables(sources: VariableSources): ChildVariables {
  const keys = new Map<string, KeyVariable>();
  const plain = new Map<string, string>();
  for (const { file, text } of sources.envFiles ?? []) {
    for (const line of parseEnvFile(text, file)) {
      keys.delete(line.variable);
      plain.delete(line.variable);
      if (line.kind === 'plain') plain.set(line.variable, line.value);
      else keys.set(line.variable, { variable: line.variable, product: line.product, way: 'env' });
    }
  }
  const given: readonly KeyVariable[] = [
    ...parseAssignments('--env', sources.env ?? []).map((each) => ({ ...each, way: 'env' as const })),
    ...parseAssignments('--file', sources.file ?? []).map((each) => ({ ...each, way: 'file' as const })),
  ];
  const names = new Set<string>();
  for (const each of given) {
    if (names.has(each.variable)) {
      throw new AppError('USAGE', `${each.variable} is given twice.`, {
        hint: 'Give every variable one product.',
      });
    }
    names.add(each.variable);
    plain.delete(each.variable);
    keys.set(each.variable, each);
  }
  if (keys.size === 0) {
    throw new AppError('USAGE', 'No variable gets a product key.', {
      hint: 'Use --env VAR=<product>, --file VAR=<product>, or --env-file with a mpn-benefits:// reference.',
    });
  }
  return { keys: [...keys.values()], plain: Object.fromEntries(plain) };
}

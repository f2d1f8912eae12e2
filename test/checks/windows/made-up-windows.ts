import type { PowerShell } from '../../../src/provisioning/activation/powershell.ts';
import { runPowerShell } from '../../provisioning/activation/powershell/interpreter.ts';
import { cimError, PowerShellError, type Value } from '../../provisioning/activation/powershell/values.ts';

type Row = { readonly [name: string]: Value };

/** What a machine has. Whatever is not said is not there. */
export interface MadeUpMachine {
  /** Rows by CIM class; a number is the HRESULT that reading it raises. */
  readonly cim?: Readonly<Record<string, readonly Row[] | number>>;
  /** Values by `path\name` of the registry. */
  readonly registry?: Readonly<Record<string, Value>>;
  /** Files and keys that Test-Path finds, by the end of their names. */
  readonly paths?: readonly string[];
  readonly events?: readonly Row[];
  readonly elevated?: boolean;
}

export interface MadeUpWindows extends PowerShell {
  /** Commands that were called, without repeats: the proof that a look only looks. */
  readonly called: ReadonlySet<string>;
}

/**
 * A made-up Windows for checks: runs the very script that a real one would get, with a real grammar, on made-up
 * classes, registry and events. It is no Windows: what it knows of them is what their documentation says.
 */
export function madeUpWindows(machine: MadeUpMachine): MadeUpWindows {
  const called = new Set<string>();
  type Command = (parameters: ReadonlyMap<string, Value>) => readonly Value[];
  const noting =
    (name: string, command: Command): Command =>
    (parameters) => {
      called.add(name);
      return command(parameters);
    };
  const commands: Record<string, Command> = {
    'get-ciminstance': (parameters) => {
      const rows = machine.cim?.[String(parameters.get('classname'))];
      if (rows === undefined) throw cimError(0x80041010);
      if (typeof rows === 'number') throw cimError(rows);
      return rows.filter((row) => matches(row, parameters.get('filter')));
    },
    'get-itempropertyvalue': (parameters) => {
      const value =
        machine.registry?.[`${String(parameters.get('literalpath'))}\\${String(parameters.get('name'))}`];
      if (value === undefined) throw new PowerShellError('Property does not exist', 'PropertyNotFound');
      return [value];
    },
    'test-path': (parameters) => [
      (machine.paths ?? []).some((path) => String(parameters.get('literalpath')).endsWith(path)),
    ],
    'get-winevent': () => machine.events ?? [],
    'new-object': () => [{ IsInRole: () => machine.elevated === true }],
  };
  const host = {
    stderr: () => {},
    commands: Object.fromEntries(
      Object.entries(commands).map(([name, command]) => [name, noting(name, command)]),
    ),
    statics: {
      'System.Security.Principal.WindowsIdentity::GetCurrent': (): Value => ({ Name: 'MADE-UP\\user' }),
      'System.Security.Principal.WindowsBuiltInRole::Administrator': 'Administrator',
    },
  };
  return {
    called,
    run: async (script, stdin) => ({
      ended: 'exited',
      stderr: '',
      ...runPowerShell(script, stdin.split(/\r?\n/).slice(0, -1), host),
    }),
  };
}

/** The few filters that are used: a name, or a key that is there. */
function matches(row: Row, filter: Value | undefined): boolean {
  if (filter === undefined) return true;
  if (filter === 'PartialProductKey IS NOT NULL') return row['PartialProductKey'] !== undefined;
  const names = [...String(filter).matchAll(/Name = '(\w+)'/g)].map((match) => match[1]?.toLowerCase());
  return names.includes(String(row['Name']).toLowerCase());
}

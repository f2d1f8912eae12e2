import type { PowerShell, PowerShellAnswer } from '../../../src/provisioning/activation/powershell.ts';
import { runPowerShell } from './powershell/interpreter.ts';
import { cimError, type Value } from './powershell/values.ts';

/** A row of SoftwareLicensingProduct. */
export interface MadeUpLicence {
  readonly id: string;
  readonly applicationId: string;
  readonly last5: string | null;
  readonly status: number;
  readonly reason: number;
}

/** How the machine takes a product key. */
export interface MadeUpKey {
  readonly key: string;
  readonly applicationId: string;
  /** HRESULT that InstallProductKey raises. */
  readonly installFails?: number;
  /** What InstallProductKey returns instead of 0. */
  readonly installReturns?: number;
  /** HRESULT that Activate raises, after the status got this reason. */
  readonly activateFails?: number;
  /** Status after Activate; 1 unless said otherwise. */
  readonly statusAfter?: number;
  readonly reasonAfter?: number;
  /** The licence is back as soon as its key is. */
  readonly licensedAtOnce?: boolean;
}

export interface MadeUpMachine {
  readonly elevated?: boolean;
  readonly machine?: string;
  readonly licences?: readonly MadeUpLicence[];
  readonly keys?: readonly MadeUpKey[];
  /** HRESULT that reading SoftwareLicensingProduct raises, from the so-many-th time on. */
  readonly readFails?: { readonly code: number; readonly from: number };
  /** RefreshLicenseStatus fails. */
  readonly refreshFails?: boolean;
  /** What PowerShell does instead of running the script. */
  readonly instead?: Partial<PowerShellAnswer>;
}

export interface MadeUpWindows extends PowerShell {
  /** Methods of CIM classes that were called, in order. */
  readonly called: readonly string[];
  readonly scripts: readonly string[];
  readonly inputs: readonly string[];
  readonly stderr: readonly string[];
  /** A script file, run as a person would. */
  runFile(text: string): { readonly stdout: string; readonly exitCode: number };
}

/**
 * A made-up Windows: stands in for PowerShell at the narrowest seam. It takes the very script that a real one would
 * get, reads it with a real grammar and runs it on made-up CIM classes. It is no Windows: what it knows of the classes
 * is what their documentation says.
 */
export function madeUpWindows(machine: MadeUpMachine): MadeUpWindows {
  const called: string[] = [];
  const scripts: string[] = [];
  const inputs: string[] = [];
  const stderr: string[] = [];
  const cim = new MadeUpCim(machine, called);
  const host = {
    stderr: (line: string) => void stderr.push(line),
    commands: {
      'get-ciminstance': (parameters: ReadonlyMap<string, Value>) => cim.get(parameters),
      'invoke-cimmethod': (parameters: ReadonlyMap<string, Value>) => cim.invoke(parameters),
      'new-object': () => [
        { IsInRole: (role: Value) => role === 'Administrator' && (machine.elevated ?? true) },
      ],
    },
    statics: {
      'System.Security.Principal.WindowsIdentity::GetCurrent': (): Value => ({ Name: 'MADE-UP\\user' }),
      'System.Security.Principal.WindowsBuiltInRole::Administrator': 'Administrator',
      'System.Environment::MachineName': machine.machine ?? 'MADE-UP',
    },
  };
  return {
    called,
    scripts,
    inputs,
    stderr,
    runFile: (text) => runPowerShell(text, [], host),
    async run(script, stdin) {
      scripts.push(script);
      inputs.push(stdin);
      const silent: PowerShellAnswer = { ended: 'exited', exitCode: 0, stdout: '', stderr: '' };
      if (machine.instead !== undefined) return { ...silent, ...machine.instead };
      const lines = stdin.split(/\r?\n/).slice(0, -1);
      return { ...silent, ...runPowerShell(script, lines, host) };
    },
  };
}

class MadeUpCim {
  readonly #machine: MadeUpMachine;
  readonly #called: string[];
  #licences: MadeUpLicence[];
  #reads = 0;

  constructor(machine: MadeUpMachine, called: string[]) {
    this.#machine = machine;
    this.#called = called;
    this.#licences = [...(machine.licences ?? [])];
  }

  get(parameters: ReadonlyMap<string, Value>): readonly Value[] {
    if (parameters.get('classname') === 'SoftwareLicensingService') return [{ class: 'service' }];
    if (parameters.get('classname') !== 'SoftwareLicensingProduct') throw cimError(0x80041010);
    this.#reads += 1;
    const fails = this.#machine.readFails;
    if (fails !== undefined && this.#reads >= fails.from) throw cimError(fails.code);
    const filter = String(parameters.get('filter'));
    const wanted = /^ApplicationID = '([0-9a-f-]{36})' AND PartialProductKey IS NOT NULL$/.exec(filter)?.[1];
    if (wanted === undefined) throw cimError(0x80041017);
    return this.#licences
      .filter(({ applicationId, last5 }) => applicationId === wanted && last5 !== null)
      .map((licence) => ({
        class: 'product',
        ID: licence.id,
        PartialProductKey: licence.last5,
        LicenseStatus: licence.status,
        LicenseStatusReason: licence.reason,
      }));
  }

  invoke(parameters: ReadonlyMap<string, Value>): readonly Value[] {
    const method = String(parameters.get('methodname'));
    this.#called.push(method);
    if (method === 'RefreshLicenseStatus') {
      if (this.#machine.refreshFails) throw cimError(0x80041001);
      return [{ ReturnValue: 0 }];
    }
    const instance = Object(parameters.get('inputobject'));
    if (method === 'Activate' && instance.class === 'product') return this.#activate(String(instance.ID));
    const given = parameters.get('arguments');
    if (method === 'InstallProductKey' && instance.class === 'service' && given instanceof Map) {
      return this.#install(String(given.get('ProductKey')));
    }
    throw cimError(0x80041002);
  }

  #install(text: string): readonly Value[] {
    const key = this.#machine.keys?.find((known) => known.key === text);
    if (!(this.#machine.elevated ?? true)) throw cimError(0x80070005);
    // Whatever is no key of this machine is an invalid one.
    if (key === undefined) throw cimError(0xc004f050);
    if (key.installFails !== undefined) throw cimError(key.installFails);
    if (key.installReturns !== undefined) return [{ ReturnValue: key.installReturns }];
    const status = key.licensedAtOnce ? 1 : 0;
    this.#licences.push({
      id: `made-up-${this.#licences.length}`,
      applicationId: key.applicationId,
      last5: text.slice(-5),
      status,
      reason: status === 1 ? 0 : 0xc004f014,
    });
    return [{ ReturnValue: 0 }];
  }

  #activate(id: string): readonly Value[] {
    const licence = this.#licences.find((known) => known.id === id);
    const key = this.#machine.keys?.find((known) => known.key.slice(-5) === licence?.last5);
    const { activateFails, statusAfter = 1, reasonAfter = 0x4004f401 } = key ?? {};
    const fails = activateFails !== undefined;
    this.#licences = this.#licences.map((known) =>
      known.id !== id
        ? known
        : {
            ...known,
            status: fails ? known.status : statusAfter,
            reason: fails ? activateFails : reasonAfter,
          },
    );
    if (fails) throw cimError(activateFails);
    return [{ ReturnValue: 0 }];
  }
}

import type { Backend } from './backend/backend.ts';
import type { Place } from './backend/open.ts';
import type { RemoteBackend } from './backend/remote/remote.ts';
import { type Environment, isSet } from './environment.ts';
import { AppError } from './errors.ts';
import type { SignalSource } from './interrupt.ts';
import { Secret } from './keys/secret.ts';
import { once } from './once.ts';
import type { PowerShell } from './provisioning/activation/powershell.ts';
import { WITHHELD_VARIABLES } from './provisioning/child/environment.ts';
import type { HelperProgram } from './provisioning/clipboard/clipboard.ts';
import { findPlaces, type Places } from './settings/places.ts';
import { findProfile, namelessProfile, type Profile } from './settings/profiles.ts';
import {
  checkSetting,
  readConfiguration,
  SETTINGS,
  type SettingName,
  usableConfiguration,
} from './settings/settings.ts';
import { OUTPUT_FORMATS, type OutputFormat, type QueryFormat } from './terminal/formats.ts';
import type { Presentation } from './terminal/present.ts';
import {
  calendarDay,
  createTerminal,
  type InputStream,
  type Output,
  type OutputStream,
  type Terminal,
} from './terminal/terminal.ts';
import { VERSION } from './version.ts';

/** Options that every command has, as the command line gave them. */
export interface GlobalOptions {
  readonly output?: string | undefined;
  readonly query?: string | undefined;
  readonly profile?: string | undefined;
  readonly input?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly debug?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly offline?: boolean | undefined;
  readonly locale?: string | undefined;
}

/** What the process gives: the only door to it. */
export interface Surroundings {
  readonly env: Environment;
  readonly stdin: InputStream & AsyncIterable<Uint8Array | string>;
  /** The same as `stdin.isTTY`, without making a stream of it. */
  readonly stdinIsTerminal: () => boolean;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The same as streams of Node, for those who need such: prompts, and what a child writes. */
  readonly streams: { readonly stdout: OutputStream; readonly stderr: OutputStream };
  readonly now: () => Date;
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  /** Name of the user who runs this, as the system knows it; null if it does not. */
  readonly userName: () => string | null;
  readonly hostName: () => string;
  readonly signals: SignalSource;
  /** How the program that clears the clipboard is started. */
  readonly clipboardHelper: HelperProgram;
  /** The file of the program that verifies ledgers in threads of its own. */
  readonly ledgerVerifier?: string;
  /** Windows itself, as far as activating needs it. */
  readonly powerShell: () => Promise<PowerShell>;
}

/** Where the value of a setting comes from, in order of precedence. */
export type SettingSource = 'flag' | 'environment' | 'config' | 'default';

/** What a command works with. Whatever costs something is a function and happens on the first call. */
export interface Context {
  readonly terminal: Terminal;
  readonly global: GlobalOptions;
  readonly surroundings: Surroundings;
  /** The format of the answer; `explicit` if the command line named it. */
  readonly format: {
    readonly name: OutputFormat;
    readonly explicit: boolean;
  };
  /** The format with `--query`, read. Throws USAGE for a mistake in it, so it is to be asked for before anything is done. */
  readonly presentation: () => Promise<Presentation>;
  readonly places: Places;
  readonly setting: (name: SettingName) => { readonly value: string | null; readonly source: SettingSource };
  /** Throws NOT_FOUND if the chosen profile does not exist. */
  readonly profile: () => Profile;
  readonly backend: () => Promise<Backend>;
  /** A backend for a profile other than the chosen one. */
  readonly backendOf: (profile: Profile) => Promise<Backend>;
  /** The same for a profile on a service, with what only those have. Throws USAGE for another. */
  readonly remoteOf: (profile: Profile) => Promise<RemoteBackend>;
  /** Closes what was opened. */
  readonly close: () => Promise<void>;
}

/** Format of messages before anything else is known: a script that asked for JSON gets its errors as JSON. */
export function wantsJson(argv: readonly string[], env: Environment): boolean {
  const end = argv.indexOf('--');
  const args = end === -1 ? argv : argv.slice(0, end);
  const at = args.findLastIndex((argument) => argument === '-o' || argument === '--output');
  if (at !== -1) return args[at + 1] === 'json';
  if (args.some((argument) => argument === '-ojson' || argument === '--output=json')) return true;
  return !args.some((argument) => /^(-o|--output=)/.test(argument)) && env['MPN_BENEFITS_OUTPUT'] === 'json';
}

/** Builds the context of one command. Reads the configuration file, nothing else. Throws USAGE, INVALID_DATA. */
export async function createContext(
  global: GlobalOptions,
  surroundings: Surroundings,
  settingsFile: 'needed' | 'if readable' = 'needed',
): Promise<Context> {
  const { env, stdout, stderr, now } = surroundings;
  const places = findPlaces(env['MPN_BENEFITS_HOME']);
  // A command that is there to find or mend what is wrong must not fail for it.
  const configuration = once(() =>
    settingsFile === 'needed' ? readConfiguration(places.configFile) : usableConfiguration(places.configFile),
  );
  const setting: Context['setting'] = (name) => {
    const flag = { output: global.output, profile: global.profile, locale: global.locale, policy: undefined }[
      name
    ];
    if (flag !== undefined) return { value: checkSetting(name, flag), source: 'flag' };
    const { environment, standard } = SETTINGS[name];
    const variable = environment === null ? undefined : env[environment];
    if (variable) return { value: checkSetting(name, variable), source: 'environment' };
    const stored = configuration().settings[name];
    return stored === undefined
      ? { value: standard, source: 'default' }
      : { value: stored, source: 'config' };
  };
  const format = chooseFormat(global, setting);
  const terminal = await createTerminal({
    get stdin() {
      return surroundings.stdin;
    },
    stdout,
    stderr,
    streams: surroundings.streams,
    env,
    now,
    options: {
      color: global.color,
      noInput: global.input === false || isSet(env['MPN_BENEFITS_NO_INPUT']),
      yes: global.yes,
      quiet: global.quiet,
      verbose: global.verbose,
      debug: global.debug === true || isSet(env['MPN_BENEFITS_DEBUG']),
      locale: setting('locale').value ?? undefined,
      json: format.name === 'json',
    },
  });
  terminal.debug(`mpn-benefits ${VERSION}, Node ${surroundings.nodeVersion}, ${surroundings.platform}`);
  terminal.debug(`settings: ${places.configFile}; from the environment: ${ownVariables(env) || 'nothing'}`);
  for (const name of WITHHELD_VARIABLES) {
    const value = env[name];
    if (value) terminal.registerSecret(new Secret(value));
  }
  const profile = once(() => {
    const { value, source } = setting('profile');
    const named = source === 'flag' || source === 'environment';
    const service = named ? undefined : env['MPN_BENEFITS_SERVICE_URL'];
    if (service === '') throw noServiceNamed();
    const found =
      service === undefined ? findProfile(places, value ?? '', configuration()) : namelessProfile(service);
    if (!named && found.remote === undefined && env['MPN_BENEFITS_TOKEN']) {
      terminal.warn(
        `MPN_BENEFITS_TOKEN is set and MPN_BENEFITS_SERVICE_URL is not, so this works on the profile ${found.name} of this machine.`,
      );
    }
    terminal.debug(`profile ${found.name}, ${found.kind}, in ${found.location}`);
    return found;
  });
  const open: Backend[] = [];
  const placeOf = (chosen: Profile): Place => ({
    profile: chosen,
    places,
    env,
    platform: surroundings.platform,
    now,
    today: () => calendarDay(now()),
    policy: setting('policy').value ?? '',
    ledgerVerifier: surroundings.ledgerVerifier,
    offline: global.offline === true,
    tell: terminal,
    registerSecret: terminal.registerSecret,
  });
  const backendOf = async (chosen: Profile): Promise<Backend> => {
    const { openBackend } = await import('./backend/open.ts');
    const opened = await openBackend(placeOf(chosen));
    open.push(opened);
    return opened;
  };
  const remoteOf = async (chosen: Profile): Promise<RemoteBackend> => {
    if (chosen.remote === undefined) throw notRemote(chosen);
    const { openRemoteBackend } = await import('./backend/open.ts');
    const opened = await openRemoteBackend(placeOf(chosen), chosen.remote);
    open.push(opened);
    return opened;
  };
  const close = async (): Promise<void> => {
    for (const opened of open.splice(0)) await opened.close();
  };
  const backend = once(() => backendOf(profile()));
  return {
    terminal,
    global,
    surroundings,
    format,
    presentation: once(async () => {
      if (global.query === undefined) return { format: format.name };
      const reshaped = queryFormat(format.name);
      const { prepareQuery } = await import('./terminal/query.ts');
      return { format: reshaped, query: await prepareQuery(global.query) };
    }),
    places,
    setting,
    profile,
    backend,
    backendOf,
    remoteOf,
    close,
  };
}

/** The names of our variables that are set; some hold secrets. */
function ownVariables(env: Environment): string {
  const names = Object.keys(env).filter((name) => name.startsWith('MPN_BENEFITS_') && isSet(env[name]));
  return names.sort().join(', ');
}

/** A pipeline that lost its setting must not count in a ledger of its own. */
function noServiceNamed(): AppError {
  return new AppError('USAGE', 'MPN_BENEFITS_SERVICE_URL is set, and empty.', {
    hint: 'Give it the address of the team service, or unset it to work on a profile of this machine.',
  });
}

function notRemote({ name }: Profile): AppError {
  return new AppError('USAGE', `${name} is a profile of this machine, not of a team service.`, {
    hint: 'Add one with: mpn-benefits profile add <name> --url https://…',
    details: { profile: name },
  });
}

function chooseFormat(global: GlobalOptions, setting: Context['setting']): Context['format'] {
  const { value, source } = setting('output');
  const chosen = OUTPUT_FORMATS.find((name) => name === value) ?? 'table';
  const explicit = source === 'flag';
  return { name: global.query === undefined || explicit ? chosen : 'json', explicit };
}

function queryFormat(format: OutputFormat): QueryFormat {
  if (format !== 'table' && format !== 'csv') return format;
  throw new AppError('USAGE', `--query reshapes JSON, so it cannot be used with the ${format} format.`, {
    hint: 'Leave -o away, or use -o json, -o jsonl or -o yaml.',
  });
}

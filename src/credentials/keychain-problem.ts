import { AppError, type ErrorCode } from '../errors.ts';

/** What is looked for: a vault key is to a profile of this machine what a credential is to one of a service. */
export type Held = 'vault key' | 'credential';

/** What helps where there is no keychain. */
const WITHOUT: Readonly<Record<Held, string>> = {
  'vault key':
    'Where there is no keychain, as in pipelines, set MPN_BENEFITS_VAULT_KEY: to the vault key that the profile has, or for a new one to a key made with `openssl rand -base64 32`.',
  credential:
    'Where there is no keychain, as in pipelines, set MPN_BENEFITS_TOKEN, and MPN_BENEFITS_SERVICE_URL to the address of the service: with a profile of that address, or in place of one.',
};

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  /** What helps where there is one. */
  readonly remedy: string;
}

const PROBLEMS = {
  'no-bus': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'There is no D-Bus session, so no keyring can be reached.',
    remedy: 'Run this in a desktop session or under `dbus-run-session`.',
  },
  'no-service': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'No keyring service answers on the D-Bus session.',
    remedy: 'Start a keyring such as gnome-keyring, KWallet or KeePassXC.',
  },
  'no-default': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keyring service has no default keyring to store anything in.',
    remedy: 'Make a keyring and set it as the default in its password manager.',
  },
  locked: {
    code: 'KEYCHAIN_LOCKED',
    message: 'The keychain is locked.',
    remedy: 'Unlock it (sign in to the desktop, or open its password manager) and try again.',
  },
  denied: {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keychain refused access.',
    remedy: 'Allow this program to use the keychain, from the session of the user who owns it.',
  },
  'timed-out': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keychain did not answer in time.',
    remedy: 'Restart the keyring service, or answer its dialog if one is open, and try again.',
  },
  failed: {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keychain could not be used.',
    remedy: 'Run `mpn-benefits doctor`.',
  },
} as const satisfies Readonly<Record<string, Problem>>;

/** Why a keychain gave no answer; `details.reason` of the errors and the states of doctor's probe. */
export type KeychainReason = keyof typeof PROBLEMS;

/** Thrown where a keychain turns out to be of no use; what it was asked for is known further up. */
export class KeychainUnusable extends Error {
  readonly reason: KeychainReason;
  /** A text of the operating system, never of an item. */
  readonly detail: string | undefined;

  constructor(reason: KeychainReason, detail?: string) {
    super(`the keychain cannot be used: ${reason}`);
    this.reason = reason;
    this.detail = detail;
  }
}

/** The one error for each reason, with what helps whoever looks for this. */
function keychainProblem({ reason, detail }: KeychainUnusable, held: Held): AppError {
  const { code, message, remedy } = PROBLEMS[reason];
  return new AppError(code, message, {
    hint: `${remedy} ${WITHOUT[held]}`,
    details: { reason, ...(detail === undefined ? {} : { detail }) },
  });
}

/** Which of the reasons an error of a keychain has. */
export function keychainReason({ details: { reason } }: AppError): KeychainReason {
  return typeof reason === 'string' && isReason(reason) ? reason : 'failed';
}

function isReason(text: string): text is KeychainReason {
  return Object.hasOwn(PROBLEMS, text);
}

/**
 * What the library's texts mean. It has one error code for everything, so the texts of its stores decide: those of
 * the Secret Service and libdbus were seen, those of macOS and Windows are the documented ones. The first that fits
 * counts; everything else is `failed`, and nothing here ever means "no such item".
 */
const TEXTS: readonly (readonly [RegExp, KeychainReason])[] = [
  [/prompt was dismissed|object locked|IsLocked|keychain is locked|interaction is not allowed/i, 'locked'],
  [
    /not provided by any \.service files|ServiceUnknown|NameHasNoOwner|Secret Service provider/i,
    'no-service',
  ],
  [/autolaunch|Failed to connect to socket|does not contain a colon|unable to connect/i, 'no-bus'],
  [/did not receive a reply|timed? ?out|NoReply/i, 'timed-out'],
  [/access ?denied|permission denied|user cancell?ed|passphrase you entered is not correct/i, 'denied'],
  [/logon session|Couldn't access platform storage: (?!Secret Service)/i, 'denied'],
];

/** Only these texts speak of the store and not of what is in it. */
const SAFE_TEXT = /^(?:Platform failure|Couldn't access platform storage|No default store)\b/;

/** The error for whatever was thrown while a keychain was asked for this. */
export function keychainFailure(error: unknown, held: Held): AppError {
  if (error instanceof AppError) return error;
  return keychainProblem(error instanceof KeychainUnusable ? error : whatLibraryMeans(error), held);
}

function whatLibraryMeans(error: unknown): KeychainUnusable {
  const text = error instanceof Error ? error.message : '';
  const reason = TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
  return new KeychainUnusable(reason, SAFE_TEXT.test(text) ? text.slice(0, 300) : undefined);
}

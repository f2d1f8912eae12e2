import { AppError, type ErrorCode } from '../errors.ts';

/** Why a keychain gave no answer; `details.reason` of the errors and the states of doctor's probe. */
export type KeychainReason = 'no-bus' | 'no-service' | 'locked' | 'denied' | 'timed-out' | 'failed';

const PIPELINE =
  'Where there is no keychain, as in pipelines, set MPN_BENEFITS_VAULT_KEY to a key made with `openssl rand -base64 32`.';

/** What a vault key is to a profile of this machine, a token is to one of a service. */
const PIPELINE_TOKEN =
  'Where there is no keychain, as in pipelines, set MPN_BENEFITS_SERVICE_URL and MPN_BENEFITS_TOKEN in place of a profile.';

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const PROBLEMS: Readonly<Record<KeychainReason, Problem>> = {
  'no-bus': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'There is no D-Bus session, so no keyring can be reached.',
    hint: `Run this in a desktop session or under \`dbus-run-session\`. ${PIPELINE}`,
  },
  'no-service': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'No keyring service answers on the D-Bus session.',
    hint: `Start a keyring such as gnome-keyring, KWallet or KeePassXC. ${PIPELINE}`,
  },
  locked: {
    code: 'KEYCHAIN_LOCKED',
    message: 'The keychain is locked.',
    hint: `Unlock it (sign in to the desktop, or open its password manager) and try again. ${PIPELINE}`,
  },
  denied: {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keychain refused access.',
    hint: `Allow this program to use the keychain, from the session of the user who owns it. ${PIPELINE}`,
  },
  'timed-out': {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keychain did not answer in time.',
    hint: `Restart the keyring service, or answer its dialog if one is open, and try again. ${PIPELINE}`,
  },
  failed: {
    code: 'KEYCHAIN_UNAVAILABLE',
    message: 'The keychain could not be used.',
    hint: `Run \`mpn-benefits doctor\`. ${PIPELINE}`,
  },
};

/** The one error for each reason. `detail` is a text of the operating system, never of an item. */
export function keychainProblem(reason: KeychainReason, detail?: string): AppError {
  const { code, message, hint } = PROBLEMS[reason];
  return new AppError(code, message, {
    hint,
    details: { reason, ...(detail === undefined ? {} : { detail }) },
  });
}

/** The same where a credential is looked for: no vault key helps there. */
export function problemOfCredential(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.hint.includes(PIPELINE)) return error;
  const { code, message, hint, details } = error;
  return new AppError(code, message, {
    hint: hint.replace(PIPELINE, PIPELINE_TOKEN),
    details,
    cause: error,
  });
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

/** The error for whatever the keychain library threw. */
export function keychainFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? error.message : '';
  const reason = TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
  return keychainProblem(reason, SAFE_TEXT.test(text) ? text.slice(0, 300) : undefined);
}

import { LICENSE_STATUSES, type LicenseStatus } from './types.ts';

/** What lines of slmgr look like in one language. Compared in lower case, without blanks around. */
export interface Labels {
  /** Whole lines that state a licence status. */
  readonly statuses: ReadonlyMap<string, LicenseStatus>;
  /** Starts of lines whose rest is the product's name. */
  readonly name: readonly string[];
  /** Starts of lines whose rest is the end of the installed key. */
  readonly key: readonly string[];
  readonly activated: readonly string[];
  readonly failed: readonly string[];
}

/** The constants of slmgr.vbs, which are also the keys of slmgr.ini, for the states 0 to 6. */
const STATUS_KEYS = [
  'Unlicensed',
  'Licensed',
  'InitialGrace',
  'AdditionalGrace',
  'NonGenuineGrace',
  'Notification',
  'ExtendedGrace',
];

/** English, as slmgr.vbs has it built in: what is tried last. */
export const ENGLISH: Labels = {
  statuses: new Map<string, LicenseStatus>([
    ['license status: unlicensed', 'unlicensed'],
    ['license status: licensed', 'licensed'],
    ['license status: initial grace period', 'initial-grace'],
    [
      'license status: additional grace period (kms license expired or hardware out of tolerance)',
      'additional-grace',
    ],
    ['license status: non-genuine grace period.', 'non-genuine-grace'],
    ['license status: notification', 'notification'],
    ['license status: extended grace period', 'extended-grace'],
    ['the machine is permanently activated.', 'licensed'],
    ['windows is in notification mode', 'notification'],
  ]),
  name: ['name:', 'license name:'],
  key: ['partial product key:', 'last 5 characters of installed product key:'],
  activated: [
    'product activated successfully.',
    '<product activation successful>',
    '<offline product activation successful>',
  ],
  failed: ['error: product activation failed.', '<product activation failed>'],
};

const LINE = /^\s*(L_Msg\w{1,80})\s*=\s*(.*?)\s*$/;
/** slmgr.ini is a page or two; whatever is longer is something else. */
const LONGEST_INI = 1 << 20;

/**
 * Reads the text of a slmgr.ini (`%SystemRoot%\System32\slmgr\<LCID>`): `L_MsgLicenseStatusLicensed_1="…"`. Lines
 * it does not know are passed over; a file without any of them gives empty labels.
 */
export function readLabels(ini: string): Labels {
  const texts = new Map<string, string>();
  for (const line of ini.slice(0, LONGEST_INI).split(/\r?\n|\0/)) {
    const match = LINE.exec(line.slice(0, 1000));
    if (match?.[1] !== undefined) texts.set(match[1], normal((match[2] ?? '').replace(/^"|"$/g, '')));
  }
  const lines = (...keys: readonly string[]): readonly string[] =>
    keys.flatMap((key) => texts.get(key) ?? []).filter((text) => text !== '');
  const statuses = new Map<string, LicenseStatus>();
  for (const [at, status] of LICENSE_STATUSES.entries()) {
    const text = texts.get(`L_MsgLicenseStatus${STATUS_KEYS[at]}_1`);
    if (text) statuses.set(text, status);
  }
  for (const text of lines('L_MsgLicenseStatusLicensed')) statuses.set(text, 'licensed');
  for (const text of lines('L_MsgLicenseStatusNotification')) statuses.set(text, 'notification');
  return {
    statuses,
    name: lines('L_MsgProductName'),
    key: lines('L_MsgPartialPKey'),
    activated: lines('L_MsgActivated'),
    failed: lines('L_MsgActivated_Failed'),
  };
}

/** How lines and labels are compared. */
export function normal(line: string): string {
  return line.trim().toLowerCase();
}

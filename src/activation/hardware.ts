export const HARDWARE_SCHEMA = 'mpn-benefits/hardware/1';

/** One characteristic of the table: its name in profiles, its title for people, its votes. */
export interface Characteristic {
  readonly name: string;
  readonly title: string;
  readonly votes: number;
}

/** A characteristic that has no votes and decides by itself. */
export interface DecisiveCharacteristic {
  readonly name: string;
  readonly title: string;
}

/** The table of the comparison and the words that mean "unknown", as data (T4). */
export interface HardwareTable {
  readonly characteristics: readonly Characteristic[];
  /** In order: the baseboard and, where that is unknown, the system UUID in its place. */
  readonly decisive: readonly DecisiveCharacteristic[];
  /** In tolerance if at least ceil(known * votes / of) match. */
  readonly tolerance: { readonly normal: number; readonly portable: number; readonly of: number };
  /** With fewer known votes, and no decisive characteristic, there is no verdict. */
  readonly minimumKnown: number;
  /** What firmware says when it says nothing, in upper case. */
  readonly placeholders: readonly string[];
  /** Parts of names of network adapters that do not belong to the machine, in lower case. */
  readonly foreignAdapters: {
    readonly software: readonly string[];
    readonly vpn: readonly string[];
    readonly usb: readonly string[];
    readonly dock: readonly string[];
  };
  readonly sources: readonly string[];
}

/** Hashes of a characteristic's values; null if unknown. */
export type Hashes = readonly string[] | null;

/** A machine's hardware as hashes: enough to compare, useless to identify. */
export interface HardwareProfile {
  readonly schema: typeof HARDWARE_SCHEMA;
  readonly machine: string;
  readonly virtual: boolean;
  readonly portable: boolean;
  /** By the names of the table; a name that is missing is unknown. */
  readonly characteristics: Readonly<Record<string, Hashes>>;
}

/** `appeared` and `gone`: known on one side only. */
export type Match = 'same' | 'different' | 'appeared' | 'gone' | 'unknown';

export interface CharacteristicMatch {
  readonly name: string;
  readonly title: string;
  /** 0 for a decisive characteristic. */
  readonly votes: number;
  readonly match: Match;
}

export interface HardwareComparison {
  /** Null: too little is known to say anything. A prediction in any case, never a promise. */
  readonly verdict: 'unchanged' | 'changed' | null;
  /** Name of the decisive characteristic that settled it, or `votes`. */
  readonly decidedBy: string | null;
  /** Votes that match, votes known on at least one side, votes that had to match. */
  readonly matched: number;
  readonly known: number;
  readonly needed: number;
  readonly characteristics: readonly CharacteristicMatch[];
  /** The verdict in sentences. */
  readonly reasons: readonly string[];
}

/** The hashes of one characteristic; a name that the profile lacks is unknown, as is an empty list. */
export function hashesOf(profile: HardwareProfile, name: string): Hashes {
  const hashes = profile.characteristics[name] ?? null;
  return hashes === null || hashes.length === 0 ? null : hashes;
}

/** How two sides of a characteristic stand to each other. Several values match if the sets share one. */
function matchOf(before: Hashes, now: Hashes): Match {
  if (before === null) return now === null ? 'unknown' : 'appeared';
  if (now === null) return 'gone';
  return now.some((hash) => before.includes(hash)) ? 'same' : 'different';
}

function listing(matches: readonly CharacteristicMatch[], kinds: readonly Match[]): string {
  const words: Readonly<Partial<Record<Match, string>>> = { appeared: ', new', gone: ', no longer seen' };
  return matches
    .filter(({ match }) => kinds.includes(match))
    .map(({ title, votes, match }) => `${title} (${votes}${words[match] ?? ''})`)
    .join(', ');
}

function votesReason(matched: number, known: number, needed: number): string {
  return `${matched} of ${known} known votes match, ${needed} needed`;
}

/**
 * Compares the profile of an earlier activation with today's (T4; the table of Windows XP, the baseboard decisive):
 * the board known on both sides and different is a change; a board unknown on a side leaves that to the UUID; else
 * the votes decide, unless too few are known.
 */
export function compareHardware(
  table: HardwareTable,
  before: HardwareProfile,
  now: HardwareProfile,
): HardwareComparison {
  const compare = (name: string): Match => matchOf(hashesOf(before, name), hashesOf(now, name));
  const voting = table.characteristics.map(
    ({ name, title, votes }): CharacteristicMatch => ({ name, title, votes, match: compare(name) }),
  );
  const decisive = table.decisive.map(
    ({ name, title }): CharacteristicMatch => ({ name, title, votes: 0, match: compare(name) }),
  );
  const sum = (kinds: readonly Match[]): number =>
    voting.reduce((total, { votes, match }) => (kinds.includes(match) ? total + votes : total), 0);

  const matched = sum(['same']);
  const known = sum(['same', 'different', 'appeared', 'gone']);
  // A machine that was or is portable may have been compared in its dock.
  const portable = before.portable || now.portable;
  const share = portable ? table.tolerance.portable : table.tolerance.normal;
  const needed = Math.ceil((known * share) / table.tolerance.of);

  const decider = decisive.find(({ match }) => match === 'same' || match === 'different');
  const numbers = { matched, known, needed, characteristics: [...decisive, ...voting] };
  const same = listing(voting, ['same']);
  const changed = listing(voting, ['different', 'appeared', 'gone']);
  // Whatever decides, the reader sees what matched and what changed.
  const evidence = [
    ...(same === '' ? [] : [`the same: ${same}`]),
    ...(changed === '' ? [] : [`changed: ${changed}`]),
    ...(now.virtual || before.virtual ? ['virtual: no published rule'] : []),
  ];

  if (decider?.match === 'different') {
    const reasons = [`${decider.title}: different`, ...evidence];
    return { verdict: 'changed', decidedBy: decider.name, ...numbers, reasons };
  }
  if (decider === undefined && known < table.minimumKnown) {
    const titles = decisive.map(({ title }) => title).join(' nor ');
    const reason = `too little is known: ${known} of ${table.tolerance.of} votes, and neither ${titles}`;
    return { verdict: null, decidedBy: null, ...numbers, reasons: [reason, ...evidence] };
  }
  const reasons = [
    ...(decider === undefined ? [] : [`${decider.title}: the same`]),
    `${votesReason(matched, known, needed)}${portable ? ' (portable)' : ''}`,
    ...evidence,
  ];
  return { verdict: matched >= needed ? 'unchanged' : 'changed', decidedBy: 'votes', ...numbers, reasons };
}

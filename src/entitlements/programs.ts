import { AppError } from '../errors.ts';
import { editDistance } from './distance.ts';
import { normalisedName } from './normalise.ts';
import type { IsoDate, Tri } from './types.ts';

/** One program of the data file: what Microsoft calls it, and whether it can still be renewed. */
export interface Program {
  readonly id: string;
  readonly name: string;
  /** As portal, documents and people write it. */
  readonly aliases: readonly string[];
  /** Last day on which it could be bought or renewed (T11); null while it goes on. */
  readonly lastRenewal: IsoDate | null;
  /** Whether it brings on-premises software. */
  readonly onPremisesSoftware: Tri;
  readonly source: string;
}

export interface ProgramsData {
  readonly programs: readonly Program[];
  /** Ids by normalised names. Made by the build, so that nobody waits for it; made at the first question else. */
  readonly names?: Readonly<Record<string, string>>;
}

export interface Programs {
  byId(id: string): Program | null;
  /** By id, name or alias. */
  find(name: string): Program | null;
  all(): readonly Program[];
}

/** Opens the programs over their data. */
export function createPrograms(data: ProgramsData): Programs {
  let { names } = data;
  const byId = (id: string) => data.programs.find((program) => program.id === id) ?? null;
  return {
    byId,
    find(text) {
      names ??= programNames(data.programs);
      const name = normalisedName(text);
      return Object.hasOwn(names, name) ? byId(names[name] ?? '') : null;
    },
    all: () => data.programs,
  };
}

/** Ids of programs by every name they have, normalised. */
export function programNames(programs: readonly Program[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    programs.flatMap(({ id, name, aliases }) =>
      [id, name, ...aliases].map((each) => [normalisedName(each), id]),
    ),
  );
}

/** More mistakes than that make another word. */
const MISTAKES = 2;

const namesOf = ({ id, name, aliases }: Program): readonly string[] =>
  [id, name, ...aliases].map((each) => each.toLowerCase());

/** The id of the program whose name is nearly that; undefined if there is none. */
export function nearestProgram(text: string, programs: Programs): string | undefined {
  const wanted = text.trim().toLowerCase();
  const near = ({ id, names }: { readonly id: string; readonly names: readonly string[] }) => ({
    id,
    mistakes: Math.min(...names.map((name) => editDistance(wanted, name, MISTAKES))),
  });
  const [best] = programs
    .all()
    .map((program) => near({ id: program.id, names: namesOf(program) }))
    .sort((a, b) => a.mistakes - b.mistakes);
  return best === undefined || best.mistakes > MISTAKES ? undefined : best.id;
}

/**
 * The id of the program that a person names, by id, name, alias or how one of them begins. What is like none of them is
 * given back as it is: a program that is not known can still be told by the source of its grants. Throws USAGE for a
 * name that is misspelt, and for a beginning of several.
 */
export function programMeant(text: string, programs: Programs): string {
  const exact = programs.find(text);
  if (exact !== null) return exact.id;
  const wanted = text.trim().toLowerCase();
  const begun = programs.all().filter((program) => namesOf(program).some((name) => name.startsWith(wanted)));
  const [only, another] = begun;
  if (only !== undefined && another === undefined) return only.id;
  const near = begun.length > 1 ? begun.map(({ id }) => id) : [nearestProgram(text, programs) ?? []].flat();
  if (near.length === 0) return text;
  throw new AppError('USAGE', `No program is called "${text.slice(0, 60)}".`, {
    hint: `Did you mean ${near.join(' or ')}?`,
    details: { programs: near },
  });
}

/** Translations of the one SQL that is written here: `?` and SQLite's type names, into PostgreSQL's. */
import type { SqlValue } from './sql.ts';

/** Each `?` outside of quotes becomes `$1`, `$2` and so on. */
export function numbered(statement: string): string {
  let count = 0;
  return statement.replace(/'(?:[^']|'')*'|\?/g, (found) => {
    if (found !== '?') return found;
    count += 1;
    return `$${count}`;
  });
}

/**
 * A statement of the schema. Texts are compared by their bytes, as in SQLite, whatever the server's language is:
 * lists come in the same order everywhere.
 */
export function schemaStatement(statement: string): string {
  return statement
    .replace(/\bINTEGER PRIMARY KEY(?=,)/g, (found, at: number) =>
      /\bnumber\s+$/.test(statement.slice(0, at)) ? 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY' : found,
    )
    .replace(/ WITHOUT ROWID$/, '')
    .replace(/\bINTEGER\b/g, 'BIGINT')
    .replace(/\bBLOB\b/g, 'BYTEA')
    .replace(/\bTEXT\b/g, 'TEXT COLLATE "C"');
}

/** A statement whose answer nobody waits for. */
export interface Posted {
  readonly statement: string;
  readonly values: readonly SqlValue[];
}

/** The table that a statement writes to and does nothing else; undefined for every other statement. */
function tableOf(statement: string): string | undefined {
  if (/\b(SELECT|RETURNING|FROM)\b/.test(statement)) return undefined;
  return /^\s*(?:INSERT INTO|UPDATE) (\w+)/.exec(statement)?.[1];
}

/**
 * The same in fewer statements. Parts of one statement do not see each other's changes, so no two of them write to
 * the same table, and none reads.
 */
export function together(posted: readonly Posted[]): Posted[] {
  const groups: { tables: Set<string>; members: Posted[] }[] = [];
  for (const member of posted) {
    const table = tableOf(member.statement);
    const last = groups.at(-1);
    if (table === undefined) groups.push({ tables: new Set(), members: [member] });
    else if (last === undefined || last.tables.size === 0 || last.tables.has(table)) {
      groups.push({ tables: new Set([table]), members: [member] });
    } else {
      last.tables.add(table);
      last.members.push(member);
    }
  }
  return groups.map(({ members: [first, ...others] }) => {
    if (first === undefined) throw new Error('a group without statements');
    if (others.length === 0) return first;
    const members = [first, ...others];
    const parts = members.slice(0, -1).map(({ statement }, at) => `p${at} AS (${statement})`);
    return {
      statement: `WITH ${parts.join(', ')} ${members.at(-1)?.statement}`,
      values: members.flatMap(({ values }) => [...values]),
    };
  });
}

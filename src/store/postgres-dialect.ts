/** Translations of the one SQL that is written here: `?` and SQLite's type names, into PostgreSQL's. */

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

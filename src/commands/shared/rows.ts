/** The first rows of a list; all of them without a limit. What is not wanted is not asked for. */
export function firstOf<T>(rows: AsyncIterable<T>, limit: number | undefined): AsyncIterable<T> {
  return limit === undefined ? rows : untilLimit(rows, limit);
}

async function* untilLimit<T>(rows: AsyncIterable<T>, limit: number): AsyncIterable<T> {
  let count = 0;
  for await (const row of rows) {
    yield row;
    count += 1;
    if (count === limit) return;
  }
}

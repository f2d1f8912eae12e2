/** The first rows of a list; all of them without a limit. What is not wanted is not asked for. */
export async function* firstOf<T>(rows: AsyncIterable<T>, limit: number | undefined): AsyncIterable<T> {
  if (limit === 0) return;
  let count = 0;
  for await (const row of rows) {
    yield row;
    count += 1;
    if (count === limit) return;
  }
}

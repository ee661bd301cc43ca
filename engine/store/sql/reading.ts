// What a read is: it says one query after the other, is given the rows of each, and comes to its result.
//
// Whoever drives it decides how a query is asked: at once where the database is in the process, or over
// a connection, with promises that only such a store pays for.

export interface Query {
  /** With placeholders of one kind, `?` or `?1`, `?2` …, and no question mark but those. */
  sql: string;
  values: readonly Value[];
}

export type Value = number | string | null;

/** A row as a driver gives it: whole numbers (also for booleans), texts, null, and bytes. */
export type Raw = Record<string, any>;

export type Reading<T> = Generator<Query, T, Raw[]>;

/** Drives the read with queries that are answered at once; what `ask` throws is thrown where it was asked. */
export function runNow<T>(reading: Reading<T>, ask: (query: Query) => Raw[]): T {
  let step = reading.next();
  while (!step.done) {
    let rows: Raw[];
    try {
      rows = ask(step.value);
    } catch (error) {
      step = reading.throw(error);
      continue;
    }
    step = reading.next(rows);
  }
  return step.value;
}

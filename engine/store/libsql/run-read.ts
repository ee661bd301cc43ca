// How a named read is run over a connection: at once, in one snapshot.

import { runNow } from "../sql/reading.ts";
import { readingOf } from "../sql/reads/index.ts";
import { Source } from "../sql/source.ts";
import { LIBSQL } from "./dialect.ts";
import type { Queries } from "./queries.ts";

const SOURCE = new Source(LIBSQL);

export function runRead(queries: Queries, name: string, args: unknown[]): unknown {
  queries.rows("BEGIN");
  try {
    return runNow(readingOf(SOURCE, name, args), ({ sql, values }) => queries.rows(sql, values));
  } finally {
    queries.rows("COMMIT");
  }
}

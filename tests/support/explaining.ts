// How tests learn by which way the database finds what it is asked for.

import type { Connection } from "../../engine/store/libsql/connection.ts";
import { LIBSQL } from "../../engine/store/libsql/dialect.ts";
import { Queries } from "../../engine/store/libsql/queries.ts";
import { type Query, type Raw, runNow, type Value } from "../../engine/store/sql/reading.ts";
import { type ReadArgs, readingOf, type Reads } from "../../engine/store/sql/reads/index.ts";
import { Source } from "../../engine/store/sql/source.ts";

/** Notes the plan of every statement that is asked. */
export class Explaining extends Queries {
  readonly plans: string[] = [];
  readonly asked: Query[] = [];
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super(connection);
    this.#connection = connection;
  }

  override rows(sql: string, values: readonly Value[] = []): Raw[] {
    const explain = this.#connection.prepare(`EXPLAIN QUERY PLAN ${sql}`);
    const plan = explain.all(values as Value[]) as Raw[];
    this.asked.push({ sql, values });
    this.plans.push(...plan.map((row) => row.detail as string));
    return super.rows(sql, values);
  }

  /** What the named read comes to. */
  read<Name extends keyof Reads>(name: Name, ...args: ReadArgs<Name>): ReturnType<Reads[Name]> {
    const reading = readingOf(new Source(LIBSQL), name, args);
    const result = runNow(reading, ({ sql, values }) => this.rows(sql, values));
    return result as ReturnType<Reads[Name]>;
  }
}

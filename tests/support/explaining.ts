// How tests learn by which way the database finds what it is asked for.

import type { Connection } from "../../engine/store/libsql/connection.ts";
import { type Raw, Source } from "../../engine/store/sql/source.ts";

/** Notes the plan of every statement that is asked. */
export class Explaining extends Source {
  readonly plans: string[] = [];
  readonly asked: string[] = [];
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super(connection);
    this.#connection = connection;
  }

  override rows(sql: string, values: (number | string | null)[] = []): Raw[] {
    const plan = this.#connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values) as Raw[];
    this.asked.push(sql);
    this.plans.push(...plan.map((row) => row.detail as string));
    return super.rows(sql, values);
  }
}

// How queries are asked of a connection: each text is prepared once, and all rows come at once.

import type { Raw, Value } from "../sql/reading.ts";
import type { Connection, Statement } from "./connection.ts";

export class Queries {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  rows(sql: string, values: readonly Value[] = []): Raw[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(values as Value[]) as Raw[];
  }

  row(sql: string, values: readonly Value[] = []): Raw | undefined {
    return this.rows(sql, values)[0];
  }
}

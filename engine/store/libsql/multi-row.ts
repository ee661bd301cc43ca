// How many rows are written with few statements: prepared once in fixed numbers of rows.

import type { Value } from "../sql/lists.ts";
import type { Connection, Statement } from "./connection.ts";

/** Rows a statement; any number of rows is a sum of few of these. */
const SIZES = [128, 32, 8, 2, 1];

/** How rows stand in a statement. */
export interface RowText {
  each: string;
  between: string;
}

/** A statement over `VALUES` lists of any length, flat: row after row. */
export class MultiRow {
  readonly #connection: Connection;
  readonly #width: number;
  readonly #sql: (values: string) => string;
  readonly #row: RowText;
  readonly #statements = new Map<number, Statement>();

  /**
   * `sql` gets the text of the rows, `(?, ?), (?, ?)` if it is not another; `width` is the number
   * of columns.
   */
  constructor(
    connection: Connection,
    width: number,
    sql: (values: string) => string,
    row: RowText = { each: `(${Array(width).fill("?").join(", ")})`, between: ", " },
  ) {
    this.#row = row;
    this.#connection = connection;
    this.#width = width;
    this.#sql = sql;
  }

  run(flat: Value[]): void {
    this.#each(flat, (statement, values) => statement.run(values));
  }

  /** How many rows the statements returned in all. */
  returned(flat: Value[]): number {
    let rows = 0;
    this.#each(flat, (statement, values) => rows += statement.all(values).length);
    return rows;
  }

  #each(flat: Value[], use: (statement: Statement, values: Value[]) => void): void {
    let at = 0;
    for (const size of SIZES) {
      const step = size * this.#width;
      while (flat.length - at >= step) {
        const whole = at === 0 && flat.length === step;
        use(this.#statement(size), whole ? flat : flat.slice(at, at + step));
        at += step;
      }
    }
  }

  #statement(size: number): Statement {
    let statement = this.#statements.get(size);
    if (statement === undefined) {
      const { each, between } = this.#row;
      statement = this.#connection.prepare(this.#sql(Array(size).fill(each).join(between)));
      this.#statements.set(size, statement);
    }
    return statement;
  }
}

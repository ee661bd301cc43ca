// Whether the SQL of the reads is such that each database takes it, and not the one alone that it is tried on.

import assert from "node:assert/strict";
import { before, it } from "node:test";
import { openWriter } from "../../../../engine/store/libsql/connection.ts";
import { migrate } from "../../../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../../../engine/store/libsql/migrations.ts";
import type { Query } from "../../../../engine/store/sql/reading.ts";
import { READS } from "../../../../engine/store/sql/reads/index.ts";
import { Explaining } from "../../../support/explaining.ts";
import { OTHER_READ_CASES, READ_CASES } from "../../../support/read-cases.ts";
import { uuid } from "../../../support/rows.ts";

const cases = [...READ_CASES, ...OTHER_READ_CASES];

/** All that the cases ask for, over rows whose texts are too large to be read with them. */
const asked = new Map<string, Query>();

before(() => {
  const connection = openWriter(":memory:", "full");
  migrate(connection, MIGRATIONS, 0);
  const text = `'{"output":"${"x".repeat(2_000)}"}'`;
  connection.exec(
    `INSERT INTO runs VALUES (1, '${uuid(1)}', 't', 1, 'a', NULL, NULL, 0, ${text}, 'k', 5, 3, 2, 2,
       ${text}, NULL, NULL, 5, 0, NULL, NULL, NULL, NULL),
       (2, '${uuid(2)}', 't', 1, 'a', 1, 's', 1, '{}', NULL, 5, 3, 2, 2,
       NULL, NULL, 6, 6, 0, NULL, NULL, NULL, NULL);
     INSERT INTO events VALUES (1, 1, 1, 8, 's', ${text}, NULL, 5), (2, 1, 2, 3, 's', ${text}, NULL, 5);
     INSERT INTO decisions VALUES (1, '${uuid(1)}', 1, 's', 'a', 'a', 2, '[]', NULL, NULL, 0, NULL,
       NULL, NULL, 5);
     INSERT INTO templates VALUES (1, 't', 1, NULL, '{}', NULL, NULL, NULL, 'a', 1, NULL);`,
  );
  const queries = new Explaining(connection);
  for (const [name, ...args] of cases) queries.read(name, ...args as never);
  for (const query of queries.asked) asked.set(query.sql, query);
  connection.close();
});

it("every read is asked for", () => {
  const names = new Set<string>(cases.map(([name]) => name));
  assert.deepEqual(Object.keys(READS).filter((name) => !names.has(name)), []);
  assert.ok(asked.size > 80, `${asked.size} texts`);
});

it("placeholders are of one kind, as many as there are values, and there is no other question mark", () => {
  for (const { sql, values } of asked.values()) {
    const marks = [...sql.matchAll(/\?(\d*)/g)].map(([, number]) => number!);
    if (marks.every((number) => number === "")) assert.equal(marks.length, values.length, sql);
    else {
      const numbers = new Set(marks.map(Number));
      assert.deepEqual([...numbers].sort(), values.map((_, i) => i + 1), sql);
    }
  }
});

it("whatever stands for a table has a name, and names need no quotes", () => {
  for (const { sql } of asked.values()) {
    assert.doesNotMatch(sql, /"/);
    // What is not quoted comes back in small letters.
    assert.doesNotMatch(sql, /\bAS (?!TEXT\b|INTEGER\b)\w*[A-Z]/);
    for (const { index } of sql.matchAll(/\bFROM \(/g)) {
      assert.match(sql.slice(closing(sql, index + "FROM ".length)), /^\) AS \w+/, sql);
    }
  }
});

it("a join says its condition where every database has it", () => {
  for (const { sql } of asked.values()) assert.doesNotMatch(sql, /CROSS JOIN \w+( AS)?( \w+)? ON/);
});

/** Where the bracket at `open` is closed. */
function closing(sql: string, open: number): number {
  let depth = 0;
  for (let at = open; at < sql.length; at++) {
    if (sql[at] === "(") depth++;
    else if (sql[at] === ")" && --depth === 0) return at;
  }
  throw new Error(`a bracket is not closed: ${sql}`);
}

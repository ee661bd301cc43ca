// Whether what travels as arrays arrives as it was, and what the server would not take is none of it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { elementType, encodeArray } from "../../../../engine/store/postgres/arrays.ts";
import { Session } from "../../../../engine/store/postgres/session.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import type { Kind } from "../../../../engine/store/columns.ts";
import type { Value } from "../../../../engine/store/sql/lists.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";

let database: TestDatabase;
let session: Session;

before(async () => {
  database = await postgresDatabase();
  session = await Session.open(serverAddress(database.url), "test");
});
after(async () => {
  await session.close();
  await database.remove();
});

async function there(kind: Kind, values: Value[]): Promise<unknown[]> {
  const array = encodeArray(kind, values, { from: 0, step: 1 });
  const type = elementType(kind);
  const rows = await session.rows(
    `SELECT value FROM unnest($1::${type}[]) WITH ORDINALITY AS t(value, place) ORDER BY place`,
    [array],
  );
  return rows.map(({ value }) => value);
}

const CASES: [Kind, Value[]][] = [
  ["whole", [
    0,
    1,
    -1,
    2 ** 31,
    -(2 ** 31),
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    null,
  ]],
  ["name", [0, 7, 32_767, null]],
  ["text", ["", "a", "ä€😀", '{"a",NULL}', "NULL", "\\", "\n", null]],
  ["json", [`{"a":"\\u0000"}`]],
  ["content", ["x".repeat(100_000)]],
  ["whole", []],
];

for (const [kind, values] of CASES) {
  test(`${values.length} of ${kind} arrive as they were`, async () => {
    assert.deepEqual(await there(kind, values), values);
  });
}

test("bytes arrive as they were", async () => {
  const values = [new Uint8Array(), new Uint8Array([0, 255, 92]), null];
  const found = await there("bytes", values);
  assert.deepEqual(found, values.map((value) => value && Buffer.from(value)));
});

test("of rows that lie flat each column is one array", async () => {
  const flat = [1, "a", 2, "b", 3, null];
  const rows = await session.rows(
    "SELECT * FROM unnest($1::int8[], $2::text[]) AS t(a, b)",
    [
      encodeArray("whole", flat, { from: 0, step: 2 }),
      encodeArray("text", flat, { from: 1, step: 2 }),
    ],
  );
  assert.deepEqual(rows.map(({ a, b }) => [a, b]), [[1, "a"], [2, "b"], [3, null]]);
});

// Whether each column is said once: the descriptions of tables, the database's layout, and what goes in and comes out agree.

import assert from "node:assert/strict";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { type Connection, openWriter } from "../../../engine/store/libsql/connection.ts";
import { flatten } from "../../../engine/store/sql/flatten.ts";
import { LAST_GUARDS, LIST_NAMES, LISTS } from "../../../engine/store/sql/lists.ts";
import { inserted } from "../../../engine/store/libsql/statements.ts";
import { migrate } from "../../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../../engine/store/libsql/migrations.ts";
import { Presence } from "../../../engine/store/libsql/presence.ts";
import { decoding, placing } from "../../../engine/store/sql/unroll.ts";
import { Writer } from "../../../engine/store/libsql/writer.ts";
import * as described from "../../../engine/store/tables.ts";
import { type Column, columnsOf, type Table } from "../../../engine/store/tables.ts";
import { emptyHandOver, type HandOver } from "../../../engine/store/store.ts";
import { scratch } from "../../support/scratch.ts";

const TABLES = (Object.values(described) as unknown[]).filter((it) =>
  typeof it === "object" && it !== null && "columns" in it && "key" in it
) as Table<any>[];

/** Tables of the embedded store alone: how it keeps large texts, and which layout it has. */
const ITS_OWN = ["blobs", "schema_migrations"];

/** What SQLite says of the columns of a kind; large texts may be the hash of a blob instead. */
const TYPES: Record<Column["kind"], string> = {
  whole: "INTEGER",
  name: "INTEGER",
  text: "TEXT",
  json: "TEXT",
  content: "",
  bytes: "BLOB",
};

interface Found {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

function open(test: TestContext): Connection {
  const connection = openWriter(join(scratch(test), "test.db"), "full");
  test.after(() => connection.close());
  migrate(connection, MIGRATIONS, 0);
  return connection;
}

const columnsIn = (connection: Connection, table: string) =>
  connection.prepare(`PRAGMA table_info(${table})`).all([]) as Found[];

it("describes every table of the database, and none that it has not", (test) => {
  const connection = open(test);
  const found = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .raw().all([]) as [string][];
  const tables = found.map(([name]) => name).filter((name) => !ITS_OWN.includes(name));
  assert.ok(TABLES.length >= 12);
  assert.deepEqual(tables.sort(), TABLES.map(({ name }) => name).sort());
});

for (const table of TABLES) {
  it(`describes ${table.name} column for column: name, type, and whether it may be null`, (test) => {
    const found = columnsIn(open(test), table.name).map(({ name, type, notnull, pk }) => ({
      name,
      type,
      nullable: notnull === 0 && pk === 0,
    }));
    const said = columnsOf(table).map(({ name, column }) => ({
      name,
      type: TYPES[column.kind],
      nullable: column.nullable,
    }));
    if (table.numbered) said.push({ name: table.numbered, type: "INTEGER", nullable: false });
    const byName = (a: { name: string }, b: { name: string }) => a.name < b.name ? -1 : 1;
    assert.deepEqual(found.sort(byName), said.sort(byName));
  });

  it(`describes what no two rows of ${table.name} have alike`, (test) => {
    const connection = open(test);
    const key = columnsOf(table, table.key).map(({ name }) => name).sort();
    const primary = columnsIn(connection, table.name).filter(({ pk }) => pk > 0);
    const indexes = connection.prepare(`PRAGMA index_list(${table.name})`).all([]) as {
      name: string;
      unique: number;
      partial: number;
    }[];
    const unique = indexes.filter((index) => index.unique && !index.partial).map(({ name }) =>
      (connection.prepare(`PRAGMA index_info(${name})`).all([]) as { name: string }[])
        .map((column) => column.name).sort()
    );
    const alone = [primary.map(({ name }) => name).sort(), ...unique];
    if (key.length > 0) assert.ok(alone.some((columns) => `${columns}` === `${key}`), `${key}`);
    else assert.match(layoutOf(connection, table.name), /CHECK \(no = 1\)/);
  });
}

function layoutOf(connection: Connection, table: string): string {
  const sql = "SELECT sql FROM sqlite_master WHERE name = ?";
  return (connection.prepare(sql).raw().all([table]) as [[string]])[0][0];
}

/** A value of the column that differs by `n`. */
function valueOf({ kind, names }: Column, n: number): unknown {
  if (kind === "whole") return n;
  if (kind === "name") return names![n % names!.length];
  if (kind === "bytes") return new Uint8Array([n]);
  return kind === "text" ? `text ${n}` : `{"n":${n}}`;
}

function rowOf(table: Table<any>, n: number): Record<string, unknown> {
  const values = columnsOf(table).map(({ field, column }, i) => [field, valueOf(column, n + i)]);
  return Object.fromEntries(values);
}

for (const table of TABLES.filter(({ name }) => name !== "vault_meta")) {
  it(`gives back every column of ${table.name} as it was given, null too`, (test) => {
    const connection = open(test);
    const columns = columnsOf(table);
    const { sql } = inserted(table);
    const nothing = rowOf(table, 40);
    for (const { field, column } of columns) {
      if (column.nullable && !table.key.includes(field)) nothing[field] = null;
    }
    const decode = decoding<Record<string, unknown>>(columns);
    const all = columns.map(({ name }) => name).join(", ");
    for (const row of [rowOf(table, 2), nothing]) {
      const values: never[] = [];
      placing(columns)(values, 0, row, []);
      connection.prepare(sql(`(${columns.map(() => "?").join(", ")})`)).run(values);
      const found = connection.prepare(`SELECT ${all} FROM ${table.name}`).all([]) as any[];
      const decoded = found.map((raw) => decode(raw, (text) => text as string));
      assert.ok(decoded.some((one) => isSame(one, row)), JSON.stringify(decoded));
    }
  });
}

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

it("writes what a hand-over brings into every column of its table", (test) => {
  const connection = open(test);
  const writer = new Writer(connection, new Presence(":memory:", () => ""));
  const rows = {
    creates: described.RUNS,
    events: described.EVENTS,
    steps: described.STEPS,
    contexts: described.CONTEXTS,
    timers: described.TIMERS,
    decisions: described.DECISIONS,
    seals: described.SEALS,
    templates: described.TEMPLATES,
  };
  const scheduling = { schedules: described.SCHEDULES, fires: described.FIRES };
  const handOver: HandOver = {
    ...emptyHandOver(),
    scheduling: { removed: [], schedules: [], fires: [] },
  };
  for (const [list, table] of Object.entries(scheduling)) {
    handOver.scheduling![list as keyof typeof scheduling].push(rowOf(table, 3) as never);
  }
  for (const [list, table] of Object.entries(rows)) {
    handOver[list as keyof typeof rows].push(rowOf(table, 3) as never);
  }
  const flattened = flatten([handOver], 7);
  assert.ok(flattened.ok && writer.commitWhole(flattened.flat));
  for (const table of [...Object.values(rows), ...Object.values(scheduling)] as Table<any>[]) {
    const [raw] = connection.prepare(`SELECT * FROM ${table.name}`).all([]) as any[];
    const decode = decoding(columnsOf(table));
    assert.deepEqual(decode(raw, (text) => text as string), rowOf(table, 3), table.name);
  }
  const [[id]] = connection.prepare("SELECT id FROM events").raw().all([]) as [[number]];
  assert.equal(id, 7);
});

it("carries a column that is added to a description into every list and statement of its table", () => {
  const more = { ...described.STEPS.columns, lastNote: { kind: "text", nullable: true } };
  const steps = { ...described.STEPS, columns: more } as unknown as Table<any>;
  const columns = columnsOf(steps);
  const { sql } = inserted(steps);
  assert.match(sql("(?)"), /detail, last_note\) VALUES/);
  const values: unknown[] = [];
  placing(columns)(values as never[], 0, { ...rowOf(described.STEPS, 1), lastNote: "so" }, []);
  assert.equal(values.at(-1), "so");
  const decode = decoding<{ lastNote: string }>(columns);
  assert.equal(decode({ last_note: "so" }, () => null).lastNote, "so");
});

it("has no list for a batch whose columns are not those of a table", () => {
  const known = new Set(
    TABLES.flatMap((table) => [...columnsOf(table).map(({ name }) => name), table.numbered]),
  );
  // What is only looked at once all is written is in no table.
  for (const list of LIST_NAMES.filter((list) => !LAST_GUARDS.includes(list))) {
    for (const { name } of LISTS[list].columns) assert.ok(known.has(name), `${list}: ${name}`);
  }
});

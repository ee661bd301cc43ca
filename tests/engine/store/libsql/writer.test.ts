// What the writer does when the disk is full, a text cannot be kept, or a content comes again.

import assert from "node:assert/strict";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { openWriter } from "../../../../engine/store/libsql/connection.ts";
import { flatten } from "../../../../engine/store/sql/flatten.ts";
import { WIDTH } from "../../../../engine/store/sql/lists.ts";
import { STATEMENTS } from "../../../../engine/store/libsql/statements.ts";
import { migrate } from "../../../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../../../engine/store/libsql/migrations.ts";
import { Presence } from "../../../../engine/store/libsql/presence.ts";
import { Writer } from "../../../../engine/store/libsql/writer.ts";
import type { HandOver } from "../../../../engine/store/store.ts";
import {
  decisionRow,
  event,
  handOver,
  run,
  runUpdate,
  stepRow,
  uuid,
} from "../../../support/rows.ts";
import { scratch } from "../../../support/scratch.ts";

function open(test: TestContext) {
  const connection = openWriter(join(scratch(test), "test.db"), "full");
  test.after(() => connection.close());
  migrate(connection, MIGRATIONS, 0);
  const writer = new Writer(connection, new Presence(":memory:", () => ""));
  const count = (table: string) =>
    (connection.prepare(`SELECT count(*) FROM ${table}`).raw().all([]) as [[number]])[0][0];
  return { connection, writer, count };
}

function flat(...batch: HandOver[]) {
  const flattened = flatten(batch, 1);
  assert.ok(flattened.ok);
  return flattened.flat;
}

it("fails a whole commit when the disk is full, and takes the next", (test) => {
  const { connection, writer, count } = open(test);
  const [[pages]] = connection.prepare("PRAGMA page_count").raw().all([]) as [[number]];
  const batch = [handOver({
    creates: [run(1)],
    events: [event(1, 1, { payload: "x".repeat(60_000) })],
  })];
  connection.exec(`PRAGMA max_page_count = ${pages + 2}`);
  assert.throws(() => writer.commitWhole(flat(...batch)), { code: "SQLITE_FULL" });
  assert.throws(() => writer.commitEach(batch, 1), { code: "SQLITE_FULL" });
  assert.equal(connection.inTransaction, false);
  assert.equal(count("runs") + count("events"), 0);
  connection.exec("PRAGMA max_page_count = 100000");
  assert.equal(writer.commitWhole(flat(...batch)), true);
  assert.equal(count("runs") + count("events"), 2);
});

it("writes nothing of a batch in which a guard missed or a row is rejected", (test) => {
  const { writer, count } = open(test);
  const good = handOver({ creates: [run(1)], events: [event(1, 1)] });
  assert.equal(writer.commitWhole(flat(good, handOver({ updates: [runUpdate(9)] }))), false);
  assert.equal(writer.commitWhole(flat(good, handOver({ events: [event(1, 1)] }))), false);
  assert.equal(count("runs") + count("events"), 0);
});

it("keeps a large content once", (test) => {
  const { connection, writer, count } = open(test);
  const payload = "x".repeat(70_000);
  const rows = handOver({
    creates: [run(1, { params: payload })],
    events: [event(1, 1, { payload }), event(1, 2, { payload }), event(1, 3, { payload: "{}" })],
  });
  assert.equal(writer.commitWhole(flat(rows)), true);
  assert.equal(count("blobs"), 1);
  assert.deepEqual(
    connection.prepare("SELECT typeof(payload), length(payload) FROM events").raw().all([]),
    [["blob", 32], ["blob", 32], ["text", 2]],
  );
});

it("refuses a text that would not come back unchanged", (test) => {
  const { writer } = open(test);
  const results = writer.commitEach([
    handOver({ creates: [run(1, { idempotencyKey: "a\0b" })] }),
    handOver({ creates: [run(2, { agentId: "\ud800" })] }),
    handOver({ creates: [run(3)], steps: [stepRow(3, "a\0")] }),
    handOver({ creates: [run(4)], timers: [{ runNo: 4, key: "\0", dueAt: 1 }] }),
    handOver({ creates: [run(6)], decisions: [decisionRow(6, 1, { fallback: "\0" })] }),
    handOver({ creates: [run(7)], decisions: [decisionRow(7, 1, { resolvedBy: "\udc00" })] }),
    handOver({ creates: [run(5, { idempotencyKey: "a" })] }),
  ], 1);
  assert.deepEqual(results.map((result) => (result.ok ? "ok" : result.reason)), [
    ...Array(6).fill("refused"),
    "ok",
  ]);
});

it("sends each run, step, context, timer and decision in its last state only", () => {
  const context = (data: string) => ({
    runNo: 1,
    agentId: "a",
    originalIntent: null,
    data,
    agentNotes: null,
    createdAt: 1,
    updatedAt: 1,
  });
  const { lists: sent } = flat(
    handOver({
      creates: [run(1)],
      steps: [stepRow(1, "a"), stepRow(1, "b")],
      contexts: [context("1")],
      timers: [{ runNo: 1, key: "t", dueAt: 1 }, { runNo: 1, key: "u", dueAt: 1 }],
      decisions: [decisionRow(1, 1), decisionRow(1, 2)],
    }),
    handOver({
      updates: [runUpdate(1)],
      steps: [stepRow(1, "b", { attempt: 2 }), stepRow(1, "c")],
      contexts: [context("2")],
      timers: [{ runNo: 1, key: "t", dueAt: null }, { runNo: 1, key: "u", dueAt: 2 }],
      decisions: [decisionRow(1, 1, { status: "cancelled" })],
    }),
    handOver({ steps: [stepRow(1, "c", { attempt: 5 })] }),
  );
  assert.equal(sent.runs.length, WIDTH.runs);
  assert.equal(sent.guards.length, 0);
  const steps = Array.from(
    { length: sent.steps.length / WIDTH.steps },
    (_, i) => sent.steps.slice(WIDTH.steps * i + 1, WIDTH.steps * i + 4),
  );
  assert.deepEqual(steps.map(([id, , attempt]) => [id, attempt]), [["a", 1], ["b", 2], ["c", 5]]);
  assert.equal(sent.contexts.length, WIDTH.contexts);
  assert.deepEqual(sent.timers, [1, "u", 2]);
  assert.deepEqual(sent.untimers, []);
  const decisions = Array.from(
    { length: sent.decisions.length / WIDTH.decisions },
    (_, i) => [sent.decisions[WIDTH.decisions * i], sent.decisions[WIDTH.decisions * i + 9]],
  );
  assert.deepEqual(decisions, [[uuid(1), 3], [uuid(2), 0]]);
});

it("looks for the timers that it removes alone, however many the run has", (test) => {
  const { connection } = open(test);
  for (const name of ["untimers", "claims"] as const) {
    const { sql, text } = STATEMENTS[name];
    for (const count of [1, 3]) {
      const statement = sql(Array(count).fill(text!.each).join(text!.between));
      const plan = connection.prepare(`EXPLAIN QUERY PLAN ${statement}`)
        .all(Array(WIDTH[name] * count).fill(0)) as { detail: string }[];
      const searches = plan.map(({ detail }) => detail).filter((detail) => /^S/.test(detail));
      assert.equal(searches.length, count);
      for (const search of searches) assert.match(search, /^SEARCH .*run_no=\? AND key=\?\)/);
    }
  }
});

it("moves the time of a known agent and leaves all else of it as it is", (test) => {
  const { connection, writer } = open(test);
  connection.exec(
    "INSERT INTO agents (id, name, type, created_at) VALUES ('a', 'A', 'service', 5)",
  );
  writer.commitWhole(flat(handOver({ agents: [{ id: "a", at: 9 }] })));
  const [row] = connection.prepare("SELECT * FROM agents").all([]) as Record<string, unknown>[];
  const { name, type, created_at, last_seen_at } = row!;
  assert.deepEqual([name, type, created_at, last_seen_at], ["A", "service", 5, 9]);
});

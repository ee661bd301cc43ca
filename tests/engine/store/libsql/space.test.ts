// Whether removals and backups leave the file no larger than they must, and hold the writer for no longer.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import Database from "libsql";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import type { EventId } from "../../../../engine/store/event-id.ts";
import type { LibsqlStore } from "../../../../engine/store/libsql/libsql-store.ts";
import { fillStore } from "../../../support/filled-store.ts";
import { event, handOver, run } from "../../../support/rows.ts";
import { scratch } from "../../../support/scratch.ts";

const RUNS = 3_000;
const TO = 1_000_000_000;
/** What a piece of a sweep may hold the writer for, and a commit may wait for a copy, ms. */
const MOST_MS = 20;
/** What the log is cut back to, bytes. */
const MOST_LOGGED = 64 * 2 ** 20;

async function filled(t: TestContext) {
  const path = join(scratch(t), "opcode.db");
  const store = await openLibsqlStore({ path, durability: "normal" });
  await fillStore(store, { runs: RUNS, events: 20, from: 0, to: TO });
  return { path, store };
}

/** Removes all that ended before; returns how long each call took, ms. */
async function removeBefore(store: LibsqlStore, endedBefore: number): Promise<number[]> {
  const expiry = { endedBefore, textsBefore: null, belowRunNo: null, keysSince: Infinity };
  const took: number[] = [];
  for (let after: number | null = 0; after !== null;) {
    const { runs, next } = await store.expiredRuns(expiry, after);
    for (let rest = runs.toReversed(); rest.length > 0;) {
      const began = performance.now();
      const removal = await store.removeRuns(rest, { at: 1, keysSince: Infinity, budgetMs: 3 });
      took.push(performance.now() - began);
      rest = rest.slice(removal.through);
    }
    after = next;
  }
  return took;
}

test("what removals free is given back in pieces, but for a part", async (t) => {
  const { path, store } = await filled(t);
  const before = statSync(path).size;
  const took = await removeBefore(store, TO);
  let returned = 0;
  for (;;) {
    // However little time there is.
    const space = await store.returnSpace(0);
    if (space.returned === 0) {
      assert.ok(space.free <= Math.max(1_024, space.pages / 10) + 32, JSON.stringify(space));
      break;
    }
    returned += space.returned;
  }
  assert.ok(returned > 100, `${returned}`);
  await store.close();
  const after = statSync(path).size;
  assert.ok(after < 0.7 * before, `${before} → ${after}, ${returned} pages`);
  const slowest = Math.max(...took);
  t.diagnostic(
    `${took.length} pieces, the slowest ${slowest.toFixed(1)} ms; ${returned} pages back`,
  );
  if (process.env.STRICT) assert.ok(slowest <= MOST_MS, `${slowest}`);
});

test("what removals write is in the database by their end, and commits move the log again then", async (t) => {
  const { path, store } = await filled(t);
  const copy = `${path}.copy`;
  closeSync(openSync(copy, "wx", 0o600));
  // Both leave the log to a thread of their own; the later one to end gives it back.
  const [took, facts] = await Promise.all([
    store.removing(() => removeBefore(store, TO)),
    store.backup(copy),
  ]);
  assert.ok(took.length > 0 && facts.runs > 0);
  const other = new Database(path);
  t.after(() => other.close());
  const logged = () =>
    other.prepare("PRAGMA wal_checkpoint(PASSIVE)").raw().all([])[0] as [number, number, number];
  const [, pages, moved] = logged();
  assert.equal(moved, pages);
  assert.deepEqual(other.prepare("PRAGMA integrity_check").raw().all([]), [["ok"]]);
  // Some 1,100 pages each: with nobody to move them, three are more than the log ever holds.
  const first = await store.takeRunNos(3);
  for (let n = 0; n < 3; n++) {
    const payload = JSON.stringify(randomBytes(2.25 * 2 ** 20).toString("hex"));
    const creates = [run(first + n, { status: "completed" })];
    const events = [event(first + n, 1, { payload })];
    const [result] = await store.commit([handOver({ creates, events })]);
    assert.ok(result!.ok);
  }
  assert.ok(logged()[1] < 2_500, String(logged()));
  other.close();
  await store.close();
});

test("a store that closes while removals go on leaves no log, and tells them", async (t) => {
  const { path, store } = await filled(t);
  let began = () => {};
  const begun = new Promise<void>((resolve) => began = resolve);
  const removing = store.removing(async () => {
    for (let times = 0;; times++) {
      await store.returnSpace(0);
      if (times === 3) began();
    }
  });
  await begun;
  const [, told] = await Promise.all([store.close(), removing.catch((error) => error)]);
  assert.equal(told.code, "BUSY");
  assert.equal(existsSync(`${path}-wal`), false);
});

test("a list of events passes at once over those that were removed", async (t) => {
  const { store } = await filled(t);
  await removeBefore(store, TO / 2);
  const oldest = await store.listEvents({ order: "oldest", limit: 5 });
  assert.deepEqual(oldest.rows.map(({ seq }) => seq), [1, 2, 3, 4, 5]);
  const first = Number(oldest.rows[0]!.id);
  assert.ok(first > 25_000, `${first}`);
  // What is older than the removed ones would be looked for one window of ids after the other.
  const before = await store.listEvents({ order: "newest", limit: 5, afterId: 1 as EventId });
  let cursor = before.next ?? undefined;
  let pages = 0;
  for (; cursor !== undefined; pages++) {
    const page = await store.listEvents({ order: "newest", limit: 1_000, cursor });
    assert.ok(page.rows.length > 0 || page.next === null);
    cursor = page.next ?? undefined;
  }
  assert.ok(pages <= 34, `${pages}`);
  await store.close();
});

test("a log that grew while somebody read is cut back once nobody does", async (t) => {
  const path = join(scratch(t), "opcode.db");
  const store = await openLibsqlStore({ path, durability: "normal" });
  const logged = () => statSync(`${path}-wal`).size;
  let runNo = await store.takeRunNos(100);
  const commit = async (bytes: number) => {
    const payload = JSON.stringify(randomBytes(bytes / 2).toString("hex"));
    const creates = [run(runNo, { status: "completed" })];
    const [result] = await store.commit([
      handOver({ creates, events: [event(runNo++, 1, { payload })] }),
    ]);
    assert.ok(result!.ok);
  };
  await commit(2);
  const reader = new Database(path);
  t.after(() => reader.close());
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM runs").all([]);
  for (let n = 0; n < 18; n++) await commit(4 * 2 ** 20);
  assert.ok(logged() > MOST_LOGGED, `${logged()}`);
  reader.exec("COMMIT");
  for (let n = 0; n < 5 && logged() > MOST_LOGGED; n++) await commit(2);
  assert.ok(logged() <= MOST_LOGGED, `${logged()}`);
  await store.close();
});

test("a file that was made without a list for it keeps its size, and its backup has one", async (t) => {
  const path = join(scratch(t), "old.db");
  const old = new Database(path);
  old.exec("PRAGMA auto_vacuum = NONE");
  old.exec("VACUUM");
  old.exec(
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL," +
      " checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)",
  );
  old.close();
  const store = await openLibsqlStore({ path, durability: "normal" });
  await fillStore(store, { runs: 1_500, events: 20, from: 0, to: TO });
  await removeBefore(store, TO);
  assert.equal((await store.returnSpace(1_000)).returned, 0);
  const copy = `${path}.copy`;
  closeSync(openSync(copy, "wx", 0o600));
  await store.backup(copy);
  await store.close();
  const opened = new Database(copy);
  t.after(() => opened.close());
  assert.deepEqual(opened.prepare("PRAGMA auto_vacuum").raw().all([]), [[2]]);
  assert.ok(statSync(copy).size < statSync(path).size / 2);
});

test("commits go on while a copy is made, which has none of them", async (t) => {
  const { path, store } = await filled(t);
  const copy = `${path}.copy`;
  closeSync(openSync(copy, "wx", 0o600));
  let isDone = false;
  const copying = store.backup(copy).finally(() => isDone = true);
  const took: number[] = [];
  const first = await store.takeRunNos(100_000);
  for (let n = first; !isDone; n++) {
    const began = performance.now();
    const [result] = await store.commit([
      handOver({ creates: [run(n, { status: "completed" })], events: [event(n, 1)] }),
    ]);
    assert.ok(result!.ok);
    took.push(performance.now() - began);
  }
  const facts = await copying;
  assert.ok(facts.runs >= RUNS && facts.runs < RUNS + took.length, JSON.stringify(facts));
  const opened = new Database(copy);
  t.after(() => opened.close());
  assert.deepEqual(opened.prepare("PRAGMA integrity_check").raw().all([]), [["ok"]]);
  const [[runs]] = opened.prepare("SELECT count(*) FROM runs").raw().all([]) as [[number]];
  assert.equal(runs, facts.runs);
  // What the log has gathered is in the database already: the next commit waits for none of it.
  const began = performance.now();
  await store.commit([handOver({ creates: [run(first - 1 + 99_999)] })]);
  const next = performance.now() - began;
  await store.close();
  const slowest = Math.max(...took);
  t.diagnostic(
    `${took.length} commits meanwhile, the slowest ${slowest.toFixed(1)} ms; the next one ` +
      `${next.toFixed(1)} ms`,
  );
  if (process.env.STRICT) assert.ok(Math.max(slowest, next) <= 5 * MOST_MS);
});

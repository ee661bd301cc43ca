// Whether all data get from one kind of store into the other and back, whenever the way there is ended.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openLibsqlStore } from "../../../engine/store/libsql/open.ts";
import { openTransfer as openFile } from "../../../engine/store/libsql/transfer.ts";
import { moveAll, type MoveProgress } from "../../../engine/store/move.ts";
import { openPostgresStore } from "../../../engine/store/postgres/open.ts";
import { openTransfer as openServer } from "../../../engine/store/postgres/transfer.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import { MOVED, type MovedRow, type Transfer } from "../../../engine/store/transfer.ts";
import { fillAllTables } from "../../support/all-tables.ts";
import { postgresDatabase, type TestDatabase } from "../../support/postgres.ts";
import { event, handOver } from "../../support/rows.ts";
import { scratch } from "../../support/scratch.ts";
import { allRows } from "../../transfer-suite.ts";

const node = () => ({ instance: "one", version: "7" });

/** A filled file, and a database of the server that has nothing. */
async function sides(t: TestContext) {
  const file = join(scratch(t), "test.db");
  const database = await postgresDatabase();
  t.after(() => database.remove());
  const store = await openLibsqlStore({ path: file, durability: "normal" });
  await fillAllTables(store);
  await store.close();
  return { file, database };
}

const ofServer = ({ url }: TestDatabase, use: "source" | "target") =>
  openServer({ address: serverAddress(url), node }, use);

async function move(from: Transfer, to: Transfer, progress: (at: MoveProgress) => void = () => {}) {
  try {
    return await moveAll({ from, to, progress });
  } finally {
    await from.close();
    await to.close();
  }
}

/** All that a file has. */
async function contentsOf(file: string): Promise<Record<string, MovedRow[]>> {
  const transfer = openFile(file, "look", 0);
  const tables: Record<string, MovedRow[]> = {};
  for (const table of MOVED) tables[table.name] = await allRows(transfer, table);
  await transfer.close();
  return tables;
}

/** Ends, as a process would, before the call with this number that changes something. */
function endingAt(to: Transfer, calls: number): Transfer {
  let left = calls;
  const ending =
    <Args extends unknown[]>(call: (...args: Args) => Promise<void>) => (...args: Args) =>
      left-- > 0 ? call(...args) : Promise.reject(new Error("killed"));
  return {
    id: to.id,
    facts: () => to.facts(),
    workers: () => to.workers(),
    read: (table, page) => to.read(table, page),
    last: (table) => to.last(table),
    write: ending((table, rows) => to.write(table, rows)),
    begin: ending((half) => to.begin(half)),
    finish: ending(() => to.finish()),
    close: () => to.close(),
  };
}

test("what has gone to a server and back is what it was", async (t) => {
  const { file, database } = await sides(t);
  const told: MoveProgress[] = [];
  const there = await move(
    openFile(file, "source", 0),
    await ofServer(database, "target"),
    (at) => told.push(at),
  );
  assert.equal(there.resumed, false);
  assert.equal(there.rows.events, 703);
  assert.deepEqual(told.at(-1), { doing: "compare", table: "events", done: 703, of: 703 });
  const back = join(scratch(t), "back.db");
  await move(await ofServer(database, "source"), openFile(back, "target", 0));
  assert.deepEqual(await contentsOf(back), await contentsOf(file));
  const store = await openLibsqlStore({ path: back, durability: "normal" });
  const composed = await store.eventPayload(1, 3);
  assert.equal(composed, await store.eventPayload(1, 2));
  await store.close();
});

test("what was ended before any change goes on to the same end", async (t) => {
  const { file, database } = await sides(t);
  let ended = 0;
  for (let left = true; left; ended++) {
    const target = endingAt(await ofServer(database, "target"), Math.min(ended, 3));
    try {
      await move(openFile(file, "source", 0), target);
      left = false;
    } catch (error) {
      assert.equal((error as Error).message, "killed");
    }
  }
  // Each time some pages more, and nothing twice.
  assert.ok(ended > 5, `${ended}`);
  const back = join(scratch(t), "back.db");
  const source = await ofServer(database, "source");
  await assert.rejects(move(source, endingAt(openFile(back, "target", 0), 4)), /killed/);
  await assert.rejects(openLibsqlStore({ path: back, durability: "full" }), /only a part of those/);
  const again = await move(await ofServer(database, "source"), openFile(back, "target", 0));
  assert.equal(again.resumed, true);
  assert.deepEqual(await contentsOf(back), await contentsOf(file));
});

test("a source that was at work in between is moved as it is now", async (t) => {
  const { file, database } = await sides(t);
  const half = async () => {
    const target = endingAt(await ofServer(database, "target"), 15);
    await assert.rejects(move(openFile(file, "source", 0), target), /killed/);
  };
  const work = async (what: "seen" | "hidden") => {
    const store = await openLibsqlStore({ path: file, durability: "normal" });
    if (what === "seen") await store.commit([handOver({ events: [event(2, 701)] })]);
    else {await store.putSecret({
        name: "S",
        value: new Uint8Array([8]),
        createdAt: 1,
        updatedAt: 3,
      });}
    await store.close();
  };
  await half();
  await work("seen");
  const target = endingAt(await ofServer(database, "target"), 15);
  await assert.rejects(move(openFile(file, "source", 0), target), /killed/);
  await work("hidden");
  const moved = await move(openFile(file, "source", 0), await ofServer(database, "target"));
  assert.deepEqual([moved.resumed, moved.rows.events], [true, 704]);
  const back = join(scratch(t), "back.db");
  await move(await ofServer(database, "source"), openFile(back, "target", 0));
  assert.deepEqual(await contentsOf(back), await contentsOf(file));
});

test("a row that is not the same is named, and the target stays closed", async (t) => {
  const { file, database } = await sides(t);
  const target = await ofServer(database, "target");
  const changing: Transfer = {
    ...endingAt(target, Infinity),
    async finish() {
      await Promise.reject(new Error("not to be asked"));
    },
    async write(table, rows) {
      await target.write(table, rows);
      if (table.name !== "events") return;
      await database.rows("UPDATE events SET payload = '{\"i\":0}' WHERE run_no = 2 AND seq = 650");
    },
  };
  await assert.rejects(
    move(openFile(file, "source", 0), changing),
    /^OpcodeError: payload of the row 653 of events is not what it was: the data stay where they are/,
  );
  await assert.rejects(
    openPostgresStore({
      address: serverAddress(database.url),
      node: { instance: "two", shared: false },
      durability: "full",
    }),
    /only a part of those/,
  );
});

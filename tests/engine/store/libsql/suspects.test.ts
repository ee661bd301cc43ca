// Whether the writer notes a run whose turn does not end, and takes it back once it has.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as passed } from "node:timers/promises";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { handOver, run } from "../../../support/rows.ts";
import { scratch } from "../../../support/scratch.ts";

test("a run whose turn does not end is noted while the main thread is stuck, and blamed for its end", async (t) => {
  const path = join(scratch(t), "opcode.db");
  const open = () => openLibsqlStore({ path, durability: "normal" });
  let store = await open();
  await store.commit([handOver({ creates: [run(7)] })]);

  // It got through: turns that follow each other are no turn that does not end.
  store.turns.set([7, 1]);
  for (let turn = 2; turn < 30; turn++) {
    await passed(50);
    store.turns.set([7, turn]);
  }
  await store.crash();
  store = await open();
  assert.deepEqual(await store.countDeaths(), []);

  // Stuck for good, as far as anyone can see.
  store.turns.set([7, 1]);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
  await store.crash();
  store = await open();
  const [suspect] = await store.countDeaths();
  assert.deepEqual([suspect?.runNo, suspect?.deaths, suspect?.reason], [
    7,
    1,
    "a turn of it did not end",
  ]);
  await store.close();
});

// What becomes of a run's timer that more nodes than one hold for theirs, as after the end of the one that had the run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../../core/log.ts";
import { createMemoryServer, LEASE_MS, type MemoryNode } from "../../support/memory-server.ts";
import { openTestEngine } from "../../support/test-engine.ts";

async function startNode(store: MemoryNode) {
  const errors: string[] = [];
  const error = (message: string, fields?: object) =>
    void errors.push(`${message} ${JSON.stringify(fields)}`);
  const engine = await openTestEngine({ store, log: { ...silentLogger, error } });
  return { engine, store, errors };
}

/** What is to be done now is done, though it comes in several turns. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}

test("it fires once, on the node that gets the run, and again when that one is gone", async () => {
  let now = 0;
  const server = createMemoryServer({ now: () => now });
  const open = (instance: string) => startNode(server.open(instance));
  const [a, b, c] = [await open("a"), await open("b"), await open("c")];
  const wait = (id: string, ...depends_on: string[]) => ({
    ...{ id, depends_on, type: "wait" },
    config: { duration: "60s" },
  });
  const { workflow_id: id } = await a.engine.run([wait("first"), wait("second", "first")], {
    wait_ms: 0,
  });
  const pass = async (ms: number, nodes: readonly typeof b[]) => {
    for (let left = ms; left > 0; left -= 1_000) {
      now += 1_000;
      for (const { store } of nodes) store.renew();
      for (const { engine } of nodes) engine.clock.advance(1_000);
      await settled();
    }
  };
  const completed = async () =>
    (await server.store.readRun(id, { events: 100 }))!.events
      .filter(({ type }) => type === "step_completed").map(({ stepId }) => stepId);
  await settled();
  await pass(LEASE_MS + 55_000, [b, c]);
  assert.deepEqual(await completed(), ["first"]);
  const [holder, other] = (await b.store.ownership!.claim(id)).is === "ours" ? [b, c] : [c, b];
  assert.equal((await other.store.ownership!.claim(id)).is, "elsewhere");
  await pass(LEASE_MS + 65_000, [other]);
  assert.deepEqual(await completed(), ["first", "second"]);
  assert.deepEqual([...holder.errors, ...other.errors], []);
});

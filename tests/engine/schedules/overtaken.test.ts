// Whether a run of a schedule begins once when several processes see its time come.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logger } from "../../../core/log.ts";
import { silentLogger } from "../../../core/log.ts";
import type { Store } from "../../../engine/store/store.ts";
import { createMemoryStore, type MemoryStore } from "../../support/memory-store.ts";
import {
  openTestEngine,
  pass,
  settle,
  TestClock,
  type TestEngine,
} from "../../support/test-engine.ts";

const HOUR = 3_600_000;
const ECHO = [{ id: "a", action: "test.echo", params: {} }];

/** Two processes over one store, of which the second knows the schedule of the first. */
async function openTwo() {
  const clock = new TestClock();
  clock.advance(HOUR - clock.now() % HOUR);
  const store = createMemoryStore();
  const complaints: string[] = [];
  const complain = (message: string) => void complaints.push(message);
  const log: Logger = { ...silentLogger, error: complain, warn: complain };
  const gates = [gated(store), gated(store.beside())] as const;
  const first = await openTestEngine({ store: gates[0].store, clock, log });
  await first.define("w", ECHO);
  const terms = { template_name: "w", cron: "0 * * * *", agent_id: "test" };
  await first.opcode.schedules.create({ name: "hourly", ...terms });
  const second = await openTestEngine({ store: gates[1].store, clock, log });
  return { first, second, complaints, gates };
}

/** The store with these methods instead of its own. */
function replacing(inner: MemoryStore, methods: Partial<Store>): MemoryStore {
  return new Proxy(inner, {
    get(target, name) {
      if (name in methods) return methods[name as keyof Store];
      const value = target[name as keyof MemoryStore] as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A store whose commits wait while its gate is shut. */
function gated(inner: MemoryStore) {
  let gate: PromiseWithResolvers<void> | null = null;
  /** What became of the runs of schedules whose commit has waited. */
  const held: string[] = [];
  const commit: Store["commit"] = async (batch) => {
    const isHeld = gate !== null;
    await gate?.promise;
    const results = await inner.commit(batch);
    for (const [i, { scheduling }] of batch.entries()) {
      const result = results[i]!;
      if (isHeld && scheduling) held.push(result.ok ? "stored" : result.reason);
    }
    return results;
  };
  return {
    store: replacing(inner, { commit }),
    held,
    shut: () => void (gate = Promise.withResolvers()),
    open() {
      gate?.resolve();
      gate = null;
    },
  };
}

/** A store that reads which runs are under way, and is not told for a while. */
function slowToTell(inner: MemoryStore) {
  let gate: PromiseWithResolvers<void> | null = null;
  const unfinishedAmong: Store["unfinishedAmong"] = async (runNos) => {
    const found = await inner.unfinishedAmong(runNos);
    await gate?.promise;
    return found;
  };
  return {
    store: replacing(inner, { unfinishedAmong }),
    shut: () => void (gate = Promise.withResolvers()),
    open: () => gate?.resolve(),
  };
}

async function outcomes({ opcode }: TestEngine): Promise<unknown[]> {
  const { fires } = await opcode.schedules.fires("hourly");
  return fires.map(({ outcome, status }) => `${outcome} ${status}`);
}

test("who is overtaken between its decision and its commit has started nothing, and says nothing of it", async () => {
  const { first, second, complaints, gates } = await openTwo();
  gates[1].shut();
  await pass(first, HOUR);
  assert.deepEqual(await outcomes(first), ["started completed"]);
  gates[1].open();
  await settle();
  assert.deepEqual(gates[1].held, ["fenced"]);
  const { rows } = await second.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 1);
  assert.equal((await second.opcode.schedules.get("hourly")).runs, 1);
  for (let hour = 2; hour <= 3; hour++) {
    await pass(first, HOUR);
    await pass(first, 10_000);
    assert.deepEqual(await outcomes(first), Array(hour).fill("started completed"));
  }
  assert.deepEqual(complaints, []);
});

test("a schedule that is paused while its run begins has that run, and no other", async () => {
  const { first, second, gates } = await openTwo();
  await second.opcode.stop();
  gates[0].shut();
  first.clock.advance(HOUR);
  await settle();
  const paused = first.opcode.schedules.update("hourly", { enabled: false });
  await settle();
  gates[0].open();
  assert.equal((await paused).status, "paused");
  await settle();
  assert.deepEqual(gates[0].held, ["stored"]);
  assert.deepEqual(await outcomes(first), ["started completed"]);
  for (let hour = 0; hour < 3; hour++) await pass(first, HOUR);
  assert.equal((await outcomes(first)).length, 1);
});

test("a run does not go on waiting for one that was over before anybody waited for it", async () => {
  const clock = new TestClock();
  clock.advance(HOUR - clock.now() % HOUR);
  const { store, shut, open } = slowToTell(createMemoryStore());
  const engine = await openTestEngine({ store, clock, log: silentLogger });
  await engine.define("w", [{ id: "a", action: "test.external" }]);
  const terms = { template_name: "w", cron: "0 * * * *", agent_id: "test", overlap: "queue" };
  await engine.opcode.schedules.create({ name: "hourly", ...terms } as never);
  await pass(engine, HOUR);
  shut();
  await pass(engine, HOUR);
  (await engine.called("a")).resolve(null);
  await settle();
  open();
  await settle();
  assert.deepEqual(await outcomes(engine), ["started active", "started completed"]);
});

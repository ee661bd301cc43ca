// Whether the engine's reads and short ones get past the lists that callers ask for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Lanes } from "../../../../engine/store/libsql/lanes.ts";
import type { ThreadClient } from "../../../../engine/store/libsql/thread-client.ts";

/** A thread whose calls are answered when the test says so. */
function thread() {
  const calls: string[] = [];
  const waiting: ((value: unknown) => void)[] = [];
  const client = {
    call(_: string, name: string) {
      calls.push(name);
      return new Promise((resolve) => waiting.push(resolve));
    },
  } as unknown as ThreadClient;
  return { client, calls, answer: () => waiting.shift()!(null) };
}

test("callers have one list and one look at a run under way, the engine all it needs", async () => {
  const { client, calls, answer } = thread();
  const lanes = new Lanes(client);
  const filter = { order: "newest", limit: 10 } as const;
  const lists = [1, 2].map(() => lanes.read("listEvents", filter, null));
  const views = [1, 2].map(() => lanes.read("viewRun", "id", { events: 1, room: 1 }));
  await turn();
  assert.deepEqual(calls, ["listEvents", "viewRun"]);
  const due = [1, 2].map(() => lanes.read("dueTimers", 5, 10));
  assert.deepEqual(calls.slice(2), ["dueTimers", "dueTimers"], "at once");
  for (let i = 0; i < 4; i++) answer();
  await Promise.all([lists[0], views[0], ...due]);
  await turn();
  assert.deepEqual(calls.slice(4), ["listEvents", "viewRun"]);
  answer();
  answer();
  await Promise.all([...lists, ...views]);
});

test("strangers wait for each other alone", async () => {
  const { client, calls, answer } = thread();
  const lanes = new Lanes(client);
  const hooks = Array.from({ length: 9 }, () => lanes.read("hook", "w", "in"));
  const view = lanes.read("viewRun", "id", { events: 1, room: 1 });
  await turn();
  assert.deepEqual(calls, ["hook", "viewRun"]);
  for (let i = 0; i < 10; i++) {
    answer();
    await turn();
  }
  await Promise.all([...hooks, view]);
});

test("a list that fails lets the next one in", async () => {
  const failing = {
    call: () => Promise.reject(new Error("I/O")),
  } as unknown as ThreadClient;
  const lanes = new Lanes(failing);
  const list = () => lanes.read("listRuns", { limit: 1 }, null);
  for (const each of [list(), list()]) await assert.rejects(each, /I\/O/);
});

// What runs cost that wait, and how they come back: many decisions over a restart, sleepers over kill -9.
//
// `SUSPENDED=10000 SLEEPERS=500 npm test -- e2e/suspended` is the full size. Times and memory are
// told as diagnostics; STRICT=1 holds them to the bars.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { startCallCounter } from "../support/call-counter.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { Rest } from "../support/rest.ts";

const SUSPENDED = Number(process.env.SUSPENDED ?? 500);
const SLEEPERS = Number(process.env.SLEEPERS ?? 50);
const STRICT = process.env.STRICT === "1";
const AT_ONCE = 50;

const asking: JsonObject = {
  steps: [
    { id: "first", action: "crypto.uuid" },
    {
      id: "ask",
      type: "reasoning",
      depends_on: ["first"],
      config: { prompt_context: "go on?", options: [{ id: "yes" }, { id: "no" }] },
    },
    {
      id: "last",
      action: "crypto.hash",
      depends_on: ["ask"],
      params: { data: "${{steps.ask.output.choice}} ${{steps.first.output.uuid}}" },
    },
  ],
};

test("many runs that wait for a decision cost little memory and all come back", async (t) => {
  const home = tempHome(t);
  const first = await spawnDaemon(t, { home });
  let rest = new Rest(first.url);
  await rest.post("/api/v1/templates", { name: "asking", definition: asking, agent_id: "test" });
  // What the first runs load stays loaded.
  const start = async () => {
    const run = await rest.post("/api/v1/runs", {
      template_name: "asking",
      agent_id: "test",
      wait_ms: 30_000,
    });
    assert.equal(run.status, "suspended");
    return run.workflow_id as string;
  };
  const warm = await inParallel(200, start);
  const before = await restingRss(first.pid);
  const ids = [...warm, ...await inParallel(SUSPENDED - 200, start)];
  const grown = await restingRss(first.pid) - before;
  t.diagnostic(`${SUSPENDED} suspended runs: RSS grew by ${(grown / 1024).toFixed(1)} MB`);
  await rest.destroy();
  await first.stop();

  const restarted = performance.now();
  const second = await spawnDaemon(t, { home });
  rest = new Rest(second.url);
  afterwards(t, () => rest.destroy());
  const answer = await decide(rest, ids[0]!);
  const tookMs = performance.now() - restarted;
  t.diagnostic(`restart to the first answered decision: ${tookMs.toFixed(0)} ms`);
  assert.equal(answer.status, "completed");
  const others = ids.slice(1);
  const answers = await inParallel(others.length, (n) => decide(rest, others[n]!));
  assert.deepEqual(answers.filter(({ status }) => status !== "completed"), []);
  if (STRICT) {
    assert.ok(grown <= 50 * 1024, `RSS grew by ${grown} KB`);
    assert.ok(tookMs <= 1_000, `the first answer took ${tookMs} ms`);
  }
});

test("sleepers wake at their own time after kill -9, each once", async (t) => {
  const counter = await startCallCounter(() => 0);
  afterwards(t, () => counter.close());
  const home = tempHome(t);
  const first = await spawnDaemon(t, { home });
  let rest = new Rest(first.url);
  const call = (id: string, after: string[]) => ({
    id,
    action: "http.get",
    params: { url: `${counter.url}/${id}` },
    depends_on: after,
  });
  const definition: JsonObject = {
    steps: [
      call("before", []),
      { id: "sleep", type: "wait", config: { duration: "5s" }, depends_on: ["before"] },
      call("after", ["sleep"]),
    ],
  };
  await rest.post("/api/v1/templates", { name: "sleeper", definition, agent_id: "test" });
  const ids = await inParallel(SLEEPERS, async () => {
    const body = { template_name: "sleeper", agent_id: "test" };
    return (await rest.post("/api/v1/runs", body)).workflow_id as string;
  });
  await asleep(rest, ids);
  await rest.destroy();
  await first.kill();

  const second = await spawnDaemon(t, { home });
  rest = new Rest(second.url);
  afterwards(t, () => rest.destroy());
  const late = await inParallel(ids.length, async (n) => {
    const status = await ended(rest, ids[n]!);
    assert.equal(status.status, "completed");
    const { sleep } = status.steps as Record<string, JsonObject>;
    const { started_at, completed_at } = sleep as Record<string, string>;
    return Date.parse(completed_at!) - Date.parse(started_at!) - 5_000;
  });
  const worst = Math.max(...late);
  t.diagnostic(`${SLEEPERS} sleepers: the latest woke ${worst} ms after its time`);
  assert.ok(Math.min(...late) >= 0, "one woke too early");
  if (STRICT) assert.ok(worst <= 500, `one woke ${worst} ms late`);
  for (const [key, calls] of counter.calls) {
    assert.equal(calls, 1, `${key} was called ${calls} times`);
  }
  assert.equal(counter.calls.size, 2 * SLEEPERS);
});

function decide(rest: Rest, id: string): Promise<JsonObject> {
  return rest.post(`/api/v1/runs/${id}/signal`, {
    agent_id: "ann",
    signal_type: "decision",
    step_id: "ask",
    payload: { choice: "yes" },
    wait_ms: 30_000,
  });
}

/** Waits until the sleep of each run has begun. */
async function asleep(rest: Rest, ids: string[]): Promise<void> {
  await inParallel(ids.length, async (n) => {
    for (;;) {
      const { steps } = await rest.get(`/api/v1/runs/${ids[n]}`);
      const { sleep } = steps as Record<string, JsonObject>;
      if (sleep?.status !== "pending") return;
    }
  });
}

async function ended(rest: Rest, id: string): Promise<JsonObject> {
  for (;;) {
    const status = await rest.get(`/api/v1/runs/${id}`);
    if (status.status === "completed" || status.status === "failed") return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs the work `count` times, some at once; returns in order. */
async function inParallel<T>(
  count: number,
  work: (n: number) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      answers[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}

/** Resident kilobytes of a process; of the full size once they no longer change: it trims itself. */
async function restingRss(pid: number): Promise<number> {
  let rss = rssOf(pid);
  let since = performance.now();
  while (STRICT && performance.now() - since < 12_000) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = rssOf(pid);
    if (Math.abs(now - rss) <= 512) continue;
    rss = now;
    since = performance.now();
  }
  return rss;
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}

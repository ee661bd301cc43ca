// Whether what is counted with the commits is what there is after kill -9 at random moments.
//
// `SEED=…` repeats one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { noTallies, type Tallied } from "../../engine/store/counts.ts";
import type { RunRecord, Store, StoredDecision } from "../../engine/store/store.ts";
import { checkCounts } from "../sim/check/counts.ts";
import { readAll } from "../sim/world/rows.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { openHomeStore } from "../support/home-store.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { Rest, RestError } from "../support/rest.ts";

const KILLS = 3;
const CLIENTS = 8;
const AGENTS = ["alice", "bob"];
/** What a list shows at most. */
const MOST_RUNS = 900;

const TEMPLATES: Record<string, JsonObject[]> = {
  good: [{ id: "a", action: "crypto.uuid" }],
  bad: [{ id: "a", action: "assert.equals", params: { actual: 1, expected: 2 } }],
  asks: [{
    id: "gate",
    type: "reasoning",
    config: { prompt_context: "?", options: [{ id: "yes" }], target_agent: "bob" },
  }],
  waits: [{ id: "w", type: "wait", config: { signal: "go" } }],
};

test(`${KILLS} × kill -9: runs by status, questions, and what happened are what the rows say`, async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  const home = tempHome(t);
  let daemon = await spawnDaemon(t, { home });
  let rest = new Rest(daemon.url);
  for (const [name, steps] of Object.entries(TEMPLATES)) {
    const definition = { steps };
    await rest.post("/api/v1/templates", { name, definition, agent_id: "author" });
  }
  let begun = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    let isOver = false;
    const answered = Promise.withResolvers<void>();
    let left = 20 + Math.floor(random() * 60);
    const client = async () => {
      while (!isOver && begun < MOST_RUNS) {
        const body = { template_name: pick(Object.keys(TEMPLATES)), agent_id: pick(AGENTS) };
        const run = await rest.post("/api/v1/runs", { ...body, wait_ms: pick([0, 2_000]) });
        begun++;
        if (--left === 0) answered.resolve();
        if (run.status !== "suspended" || random() < 0.4) continue;
        const signal = random() < 0.5
          ? { signal_type: "cancel" }
          : body.template_name === "asks"
          ? { signal_type: "decision", step_id: "gate", payload: { choice: "yes" } }
          : { signal_type: "data", payload: { name: "go" } };
        const request = { ...signal, agent_id: "bob" };
        await rest.post(`/api/v1/runs/${run.workflow_id}/signal`, request);
      }
    };
    // Cut off by the kill; an error that was answered is a fault.
    const clients = Array.from({ length: CLIENTS }, () =>
      client().catch((thrown) => {
        if (thrown instanceof RestError) answered.reject(thrown);
      }));
    await answered.promise;
    isOver = true;
    await daemon.kill();
    await Promise.all(clients);
    await rest.destroy();
    await assertCounted(home);
    daemon = await spawnDaemon(t, { home });
    rest = new Rest(daemon.url);
  }
  const open = () => rest.get("/api/v1/runs?status=pending,active&limit=1");
  while (((await open()).runs as JsonObject[]).length > 0);
  const stats = await rest.get("/api/v1/stats");
  await rest.destroy();
  assert.equal(await daemon.stop(), 0);
  const { records, tallies } = await assertCounted(home);
  t.diagnostic(`${records.length} runs: ${JSON.stringify(tallies)}`);
  const { decisions, ...runs } = tallies;
  assert.deepEqual([stats.runs, stats.pending_decisions], [runs, decisions]);
  for (const stretch of ["minutes", "days"]) {
    const sum = { started: 0, completed: 0, failed: 0 };
    for (const one of stats[stretch] as typeof sum[]) {
      for (const what of Object.keys(sum) as (keyof typeof sum)[]) sum[what] += one[what];
    }
    const logged = (type: string) =>
      records.reduce((n, { events }) => n + events.filter((one) => one.type === type).length, 0);
    assert.deepEqual(sum, {
      started: records.length,
      completed: logged("workflow_completed"),
      failed: logged("workflow_failed"),
    });
  }
});

/** The rows of a database that no process has open, against its counts. */
async function assertCounted(home: string) {
  const store = await openHomeStore(home);
  try {
    const records = await readAll(store);
    assert.ok(records.length > 0 && records.length < 1_000, `${records.length} runs`);
    const evidence: { record: RunRecord; decisions: StoredDecision[] }[] = [];
    for (const record of records) {
      const { rows } = await store.listDecisions({ runId: record.run.id, limit: 100 });
      evidence.push({ record, decisions: rows });
    }
    assert.deepEqual(await checkCounts(store, evidence), []);
    const all = noTallies();
    for (const { record, decisions } of evidence) {
      all[record.run.status]++;
      for (const { status } of decisions) if (status === "pending") all.decisions++;
    }
    await assertOfAgents(store, evidence);
    return { records, tallies: all };
  } finally {
    await store.close();
  }
}

async function assertOfAgents(
  store: Store,
  evidence: readonly { record: RunRecord; decisions: readonly StoredDecision[] }[],
): Promise<void> {
  const expected = new Map<string, Record<Tallied, number>>();
  const of = (agent: string) => {
    if (!expected.has(agent)) expected.set(agent, noTallies());
    return expected.get(agent)!;
  };
  for (const { record: { run }, decisions } of evidence) {
    of(run.agentId)[run.status]++;
    for (const { status, targetAgentId, agentId } of decisions) {
      if (status === "pending") of(targetAgentId ?? agentId).decisions++;
    }
  }
  for (const { id, tallies } of (await store.listAgents({ limit: 100 })).rows) {
    assert.deepEqual(tallies, of(id), id);
  }
}

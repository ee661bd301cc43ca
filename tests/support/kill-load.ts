// The load under which processes are killed, and what must hold of it afterwards: nothing that was
// acknowledged is lost, and no effect that happened happens twice.

import assert from "node:assert/strict";
import type { JsonObject } from "../../core/json.ts";
import { assertFoldMatchesRows } from "./fold-check.ts";
import type { openHomeStore } from "./home-store.ts";
import type { Rest } from "./rest.ts";

const CLIENTS = 12;
/** Steps that call the counting server. */
const COUNTED = /^call\d$/;

export function templates(url: string): Record<string, JsonObject> {
  const call = (n: number, dependsOn: string[] = []) => ({
    id: `call${n}`,
    action: "http.get",
    params: { url: `${url}/${n}` },
    depends_on: dependsOn,
  });
  const pure = (id: string, dependsOn: string[] = []) => ({
    id,
    action: "crypto.uuid",
    depends_on: dependsOn,
  });
  return {
    child: { steps: [call(1), pure("end", ["call1"])] },
    parent: {
      steps: [
        call(1),
        {
          id: "child",
          action: "workflow.run",
          params: { template_name: "child" },
          depends_on: ["call1"],
        },
        pure("end", ["child"]),
      ],
    },
    diamond: {
      steps: [
        pure("begin"),
        call(1, ["begin"]),
        call(2, ["begin"]),
        {
          id: "join",
          action: "crypto.hash",
          params: { data: "${{steps.begin.output.uuid}}" },
          depends_on: ["call1", "call2"],
        },
        call(3, ["join"]),
      ],
    },
    retrying: {
      steps: [
        {
          id: "refused",
          action: "shell.exec",
          // Of the failures that are retried one that no breaker counts: it would make them wait.
          params: { command: "/no/such/program" },
          retry: { max: 2, delay: "15ms" },
          on_error: { strategy: "ignore" },
        },
        call(1, ["refused"]),
      ],
    },
    pure: { steps: [pure("a"), pure("b", ["a"]), pure("c", ["b"])] },
  };
}

/**
 * Clients that start runs, some waiting for their end, until they are told or cut off. `patient`: they
 * try again after a refusal that says to.
 */
export function startLoad(
  rest: Rest,
  random: () => number,
  acknowledged: Map<string, JsonObject>,
  { clients = CLIENTS, patient = false } = {},
) {
  const names = ["diamond", "parent", "retrying", "pure"];
  let stopped = false;
  const client = async () => {
    while (!stopped) {
      const template_name = names[Math.floor(random() * names.length)]!;
      const wait_ms = random() < 0.3 ? 0 : 5_000;
      const reply = await rest.post("/api/v1/runs", { template_name, agent_id: "test", wait_ms })
        .catch((thrown) => {
          // Cut off by the kill: the start was not acknowledged. An answered error is a failure.
          if (!("status" in thrown)) return null;
          if (patient && thrown.status === 503) return "later";
          throw thrown;
        });
      if (reply === null) return;
      if (reply === "later") {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      acknowledged.set(String(reply.workflow_id), reply);
    }
  };
  const ended = Promise.all(Array.from({ length: clients }, client));
  return { ended, stop: () => stopped = true };
}

/** Answers every interrupted step with retry or skip; the last answer must let the run go on. */
export async function answerInterrupted(rest: Rest, random: () => number): Promise<number> {
  let answered = 0;
  const { runs } = await rest.get("/api/v1/runs?status=suspended&limit=1000") as {
    runs: { id: string }[];
  };
  for (const { id } of runs) {
    const steps = (await rest.get(`/api/v1/runs/${id}`)).interrupted as string[] | undefined;
    // A parent that waits for its interrupted child has none of its own.
    for (const [i, step_id] of (steps ?? []).entries()) {
      const signal_type = random() < 0.5 ? "retry" : "skip";
      const reply = await rest.post(`/api/v1/runs/${id}/signal`, { signal_type, step_id });
      const left = steps!.slice(i + 1);
      assert.deepEqual(reply.interrupted ?? [], left);
      assert.equal(reply.resumed ?? false, left.length === 0);
    }
    if (steps) answered++;
  }
  return answered;
}

export async function untilNothingIsOpen(rest: Rest, daemon: { log(): string }): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const open: JsonObject[] = [];
    for (const status of ["pending", "active", "suspended"]) {
      const page = await rest.get(`/api/v1/runs?status=${status}&limit=5`);
      open.push(...page.runs as JsonObject[]);
    }
    if (open.length === 0) return;
    if (Date.now() > deadline) {
      const state = await rest.get(`/api/v1/runs/${open[0]!.id}`);
      assert.fail(`a run does not end: ${JSON.stringify(state)}\n${daemon.log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The store against what was acknowledged and what really was called. */
export async function checkStore(
  store: Awaited<ReturnType<typeof openHomeStore>>,
  acknowledged: Map<string, JsonObject>,
  calls: ReadonlyMap<string, number>,
): Promise<number> {
  let completedCalls = 0;
  for (const [id, reply] of acknowledged) {
    const { run, steps, output } = await assertFoldMatchesRows(store, id);
    assert.equal(run.status, "completed", `${id}: ${JSON.stringify([run, steps])}`);
    if (reply.status === "completed") {
      assert.deepEqual(JSON.parse(output!), reply.output, `acknowledged output of ${id}`);
    }
    for (const step of steps) {
      if (step.status !== "completed" || !COUNTED.test(step.stepId)) continue;
      completedCalls++;
      const key = `${id}:${step.stepId}:${step.attempt}`;
      assert.equal(calls.get(key), 1, `${key} was called ${calls.get(key) ?? 0} times`);
    }
  }
  for (const [key, count] of calls) assert.equal(count, 1, `${key} was called ${count} times`);
  return completedCalls;
}

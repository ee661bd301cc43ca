// How many bytes an answer moves out of the store: hardly more than it shows.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { createMemoryStore, type MemoryStore } from "../support/memory-store.ts";
import { openTestEngine } from "../support/test-engine.ts";

const MIB = 1024 * 1024;

/** Texts up to 1 KiB come with their rows, whether they are shown or not. */
const WITH_ROWS = 512 * 1024;

/** A store that tells how many characters its reads answer. */
function counting(inner: MemoryStore) {
  const count = { moved: 0 };
  const store = new Proxy(inner, {
    get(_, name: keyof MemoryStore) {
      const value: unknown = inner[name];
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        const answer = await value.apply(inner, args);
        count.moved += JSON.stringify(answer)?.length ?? 0;
        return answer;
      };
    },
  });
  return { store, count };
}

/** An engine with one run that holds far more than an answer has room for. */
async function openHeavy() {
  const { store, count } = counting(createMemoryStore());
  const engine = await openTestEngine({ store });
  const big = "x".repeat(300_000);
  const steps: JsonObject[] = Array.from({ length: 40 }, (_, i) => ({
    id: `s${i}`,
    action: "test.echo",
    params: { i, big: "${{inputs.p}}" },
  }));
  const deps = steps.map(({ id }) => id as string);
  const ask = {
    id: "ask",
    type: "reasoning",
    config: { prompt_context: "on?", options: [], data_inject: { all: "steps.s0.output.big" } },
    depends_on: deps,
  };
  const reply = await engine.run([...steps, ask], { params: { p: big } });
  assert.equal(reply.status, "suspended");
  return {
    engine,
    id: reply.workflow_id,
    async cost(ask: () => Promise<unknown>) {
      count.moved = 0;
      const shown = JSON.stringify(await ask())?.length ?? 0;
      return { moved: count.moved, shown };
    },
  };
}

test("no answer moves much more than it shows, nor shows more than it has room for", async (t) => {
  const { engine: { opcode }, id, cost } = await openHeavy();
  const asked: Record<string, () => Promise<unknown>> = {
    status: () => opcode.status(id),
    diagram: () => opcode.diagram({ workflow_id: id }),
    "a check": () => opcode.checkWorkflow(id),
    workflows: () => opcode.query({ resource: "workflows" }),
    "workflows in brief": () => opcode.query({ resource: "workflows", brief: true }),
    decisions: () => opcode.query({ resource: "decisions" }),
    "templates in brief": () => opcode.query({ resource: "templates", brief: true }),
  };
  for (const [what, ask] of Object.entries(asked)) {
    const { moved, shown } = await cost(ask);
    t.diagnostic(`${what}: ${moved} bytes read, ${shown} shown`);
    assert.ok(shown <= 1.3 * MIB, `${what} shows ${shown}`);
    assert.ok(moved <= 1.2 * shown + WITH_ROWS, `${what}: ${moved} bytes for ${shown}`);
  }
});

test("what an answer leaves out has its size, and the event has it all", async () => {
  const { engine: { opcode }, id } = await openHeavy();
  const { steps, truncated } = await opcode.status(id);
  assert.equal(truncated, true);
  const left = Object.values(steps).filter((step) => step.output_size !== undefined);
  assert.ok(left.length > 30);
  for (const { output, output_size } of left) {
    assert.equal(output, undefined);
    assert.ok(output_size! > 300_000);
  }
  const { rows } = await opcode.query({
    resource: "events",
    filter: { workflow_id: id, step_id: left[0]!.step_id, event_type: "step_completed" },
  });
  const { output } = rows[0]!.payload as { output: { big: string } };
  assert.equal(output.big.length, 300_000);
  const { rows: [listed] } = await opcode.query({ resource: "workflows" });
  assert.deepEqual([listed!.input_params, listed!.truncated], [undefined, true]);
  assert.ok(Number(listed!.input_params_size) > 300_000);
});

test("a run's output is whole up to 16 MiB; above that only its size is told", async () => {
  const engine = await openTestEngine();
  const big = "x".repeat(6 * MIB);
  const sinks = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: `s${i}`,
      action: "test.echo",
      params: { big: "${{inputs.p}}" },
    }));
  const fits = await engine.run(sinks(2), { params: { p: big } });
  assert.equal(Object.keys(fits.output as JsonObject).length, 2);
  const whole = await engine.opcode.status(fits.workflow_id);
  assert.deepEqual(Object.keys(whole.output as JsonObject), ["s0", "s1"]);
  const { workflow_id, output, output_size, truncated } = await engine.run(sinks(3), {
    params: { p: big },
  });
  assert.deepEqual([output, truncated], [undefined, true]);
  assert.ok(output_size! > 18 * MIB);
  const status = await engine.opcode.status(workflow_id);
  assert.deepEqual([status.output, status.truncated], [undefined, true]);
  assert.ok(status.output_size! > 18 * MIB);
  const { rows } = await engine.opcode.query({
    resource: "events",
    filter: { workflow_id, event_type: "workflow_completed" },
  });
  assert.equal(rows[0]!.payload, undefined);
  assert.ok(Number(rows[0]!.payload_size) > 18 * MIB);
});

// Whether answers about runs fit their room, say first who is needed, and own up to what is cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../../core/json.ts";
import { digestRun, ordered } from "../../../../server/mcp/digest/run.ts";
import { seeded } from "../../../support/random.ts";

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const step = (step_id: string, more: JsonObject = {}): [string, JsonObject] => [
  step_id,
  { workflow_id: "w", step_id, status: "completed", duration_ms: 1, ...more },
];

test("what needs somebody stands before what may be long", () => {
  const reply = {
    workflow_id: "w",
    status: "suspended",
    output: 1,
    steps: {},
    error: { code: "X", message: "m" },
    interrupted: ["a"],
    events: [],
    context: {},
    waiting_signals: [],
    pending_decisions: [],
    truncated: true,
    started_at: "t",
  };
  assert.deepEqual(Object.keys(ordered(reply)), [
    ...["workflow_id", "status", "truncated", "started_at"],
    ...["error", "pending_decisions", "waiting_signals", "interrupted"],
    ...["output", "steps", "context", "events"],
  ]);
  assert.deepEqual(digestRun(reply)(10_000), reply, "and nothing of it is cut");
});

test("iterations are counted, but for those that failed or are open", () => {
  const steps = Object.fromEntries([
    step("fetch", { output: "x".repeat(50) }),
    step("loop", { output: { iterations: 900 } }),
    ...Array.from({ length: 900 }, (_, i) =>
      step(`loop.iter_${i}.a`, {
        output: "y".repeat(100),
        ...(i === 700 && { status: "failed", error: { code: "HTTP", message: "500" } }),
        ...(i === 899 && { status: "running" }),
      })),
    step("after", { status: "pending" }),
  ]);
  const digest = digestRun({ workflow_id: "w", status: "failed", steps })(24_000) as any;
  assert.deepEqual(Object.keys(digest.steps), [
    ...["fetch", "loop", "loop.iter_700.a", "loop.iter_899.a", "after"],
  ]);
  assert.deepEqual(digest.steps.loop.nested, { completed: 898 });
  assert.equal(digest.steps.fetch.output, "x".repeat(50));
  assert.equal(digest.steps_left_out, undefined);
  assert.equal(digest.truncated, true);
  assert.match(digest.hint, /opcode\.status with step_id/);
});

test("a large output shows its size and how it begins; small ones beside it stay", () => {
  const large = { rows: Array.from({ length: 20_000 }, (_, id) => ({ id, name: 'Ö"' })) };
  const steps = Object.fromEntries([
    step("small", { output: [1, 2] }),
    step("big", { output: large }),
  ]);
  const digest = digestRun({ workflow_id: "w", status: "completed", output: large, steps })(
    24_000,
  ) as any;
  assert.ok(bytes(digest) <= 24_000);
  assert.deepEqual(digest.steps.small.output, [1, 2]);
  for (const shown of [digest, digest.steps.big]) {
    assert.equal(shown.output, undefined);
    assert.equal(shown.output_size, bytes(large));
    assert.ok(shown.output_start.length > 1_000);
    assert.ok(JSON.stringify(large).startsWith(shown.output_start));
  }
});

test("questions keep what they ask and what can be chosen; the others are counted", () => {
  const pending_decisions = Array.from({ length: 100 }, (_, i) => ({
    id: `d${i}`,
    decision_id: `d${i}`,
    workflow_id: "w",
    step_id: `ask_${i}`,
    status: "pending",
    context: { prompt: `Deploy ${i}? ${"why ".repeat(500)}`, data: "z".repeat(10_000) },
    options: [{ id: "yes", description: "d".repeat(500) }, { id: "no" }] as JsonObject[],
    created_at: "t",
  }));
  const digest = digestRun({ workflow_id: "w", status: "suspended", steps: {}, pending_decisions })(
    24_000,
  ) as any;
  assert.equal(digest.pending_decisions_count, 100);
  assert.ok(digest.pending_decisions.length >= 5, `${digest.pending_decisions.length}`);
  for (const [i, decision] of digest.pending_decisions.entries()) {
    assert.equal(decision.decision_id, `d${i}`);
    assert.deepEqual(decision.options, [{ id: "yes" }, { id: "no" }]);
    assert.ok(decision.context.prompt.startsWith(`Deploy ${i}? why`));
    assert.deepEqual(decision.context.size, bytes(pending_decisions[i]!.context));
  }
});

test("every answer fits, whatever is long in it, and counts every step", () => {
  const next = seeded(11);
  const random = { below: (most: number) => Math.floor(next() * most) };
  const text = (most: number) => '"é\u0001x🎈'.repeat(random.below(most / 6) + 1);
  for (let n = 0; n < 150; n++) {
    const names = Array.from(
      { length: random.below(400) },
      (_, i) => random.below(2) === 0 || i === 0 ? `s${i}` : `s0.iter_${i}.${text(60)}`,
    );
    const steps = Object.fromEntries(names.map((name) =>
      step(name, {
        status: ["completed", "failed", "skipped", "suspended"][random.below(8)] ?? "completed",
        ...(random.below(2) === 0 && { output: text(5_000) }),
        ...(random.below(9) === 0 &&
          { error: { code: "X", message: text(3_000), details: [text(900)] } }),
      })
    ));
    const reply = {
      workflow_id: "w",
      status: "failed",
      ...(random.below(2) === 0 && { output: { text: text(60_000) } }),
      ...(random.below(2) === 0 &&
        { error: { code: "X", message: text(60_000), details: text(60_000) } }),
      ...(random.below(2) === 0 && { interrupted: names }),
      ...(random.below(2) === 0 && { context: { notes: text(60_000) } }),
      waiting_signals: names.slice(0, 100).map((step_id) => ({ step_id, signal: text(100) })),
      events: Array.from({ length: 200 }, (_, sequence) => ({ sequence, payload: text(2_000) })),
      steps,
    };
    for (const limit of [24_000, 10_000]) {
      const digest = digestRun(reply)(limit) as any;
      assert.ok(bytes(digest) <= limit, `${n}: ${bytes(digest)} of ${limit}`);
      const counted = [
        digest.steps_left_out ?? {},
        ...Object.values<any>(digest.steps).map((s) => s.nested ?? {}),
      ]
        .flatMap((counts) => Object.values<number>(counts)).reduce((sum, count) => sum + count, 0);
      assert.equal(Object.keys(digest.steps).length + counted, Object.keys(steps).length);
    }
  }
});

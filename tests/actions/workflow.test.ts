// workflow.*: what each asks of its run, and what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ForceFail } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { actionContext, actionNamed, execute, failsWith } from "../support/action-context.ts";

test("emit publishes, under each of its names", async () => {
  const context = actionContext();
  const ask = (params: Json) => execute("workflow.emit", params, context);
  assert.deepEqual(await ask({ event_type: "a", payload: { n: 1 } }), { emitted: true });
  await ask({ event: "b", data: [2] });
  await ask({ signal: "c" });
  assert.deepEqual(context.recorded.emitted, [
    { type: "a", payload: { n: 1 } },
    { type: "b", payload: [2] },
    { type: "c", payload: null },
  ]);
  await assert.rejects(ask({}), failsWith("VALIDATION_ERROR", /params\.event_type: is required/));
  await assert.rejects(ask({ event_type: "" }), failsWith("VALIDATION_ERROR", /must not be empty/));
});

test("an event's type is a word: no line of a stream can be forged by it", async () => {
  const context = actionContext();
  const ask = (event_type: string) => execute("workflow.emit", { event_type }, context);
  for (const type of ["a\ndata: forged", "a\r\n\r\nevent: x", "a b", "ä", "a,b", "x".repeat(65)]) {
    const refusal = /params\.event_type: must be 1 to 64 letters, digits, dots, hyphens and under/;
    await assert.rejects(ask(type), failsWith("VALIDATION_ERROR", refusal), JSON.stringify(type));
  }
  await ask("orders.v2-done_1");
  assert.deepEqual(context.recorded.emitted.map(({ type }) => type), ["orders.v2-done_1"]);
});

test("fail throws the force-fail that no on_error sees", async () => {
  await assert.rejects(execute("workflow.fail", { reason: "enough" }), (error) => {
    assert.ok(error instanceof ForceFail);
    assert.deepEqual(error.toJSON(), { code: "NON_RETRYABLE", message: "enough" });
    return true;
  });
  await assert.rejects(
    execute("workflow.fail", { reason: "" }),
    failsWith("VALIDATION_ERROR", /params\.reason: must not be empty/),
  );
});

test("log takes any level, and what it does not know is info", async () => {
  const context = actionContext();
  const lines: Json[] = [
    { message: "one" },
    { message: 2, level: "warn", data: { a: 1 }, extra: true },
    { message: "three", level: "loud" },
  ];
  for (const params of lines) {
    assert.deepEqual(await execute("workflow.log", params, context), { logged: true });
  }
  assert.deepEqual(context.recorded.logs, [
    { level: "info", message: "one", data: undefined },
    { level: "warn", message: "2", data: { a: 1 } },
    { level: "info", message: "three", data: undefined },
  ]);
  await assert.rejects(execute("workflow.log", {}), failsWith("VALIDATION_ERROR"));
});

test("notify says whether the agent heard it, and never fails", async () => {
  const absent = { notified: false, reason: "agent_not_connected" };
  const context = actionContext({ notify: async () => absent });
  assert.deepEqual(await execute("workflow.notify", { message: "hi", data: 1 }, context), absent);
  assert.deepEqual(context.recorded.notes, [{ message: "hi", data: 1 }]);
  const broken = actionContext({ notify: () => Promise.reject(new Error("pipe")) });
  assert.deepEqual(await execute("workflow.notify", { message: "hi" }, broken), {
    notified: false,
    reason: "send_failed",
  });
});

test("context is read for this run by default, and updated for no other", async () => {
  const row = { workflow_id: "run-1", accumulated_data: { a: 1 } };
  const context = actionContext({ contexts: { "run-1": row, "child-1": { workflow_id: "c" } } });
  const ask = (params: Json) => execute("workflow.context", params, context);
  assert.deepEqual(await ask({ action: "read" }), row);
  assert.deepEqual(await ask({ action: "read", workflow_id: "child-1" }), { workflow_id: "c" });
  await assert.rejects(
    ask({ action: "read", workflow_id: "nobody" }),
    failsWith("EXECUTION_ERROR", /no stored context/),
  );
  assert.deepEqual(await ask({ action: "update", data: { b: 2 }, agent_notes: "n" }), {
    updated: true,
    workflow_id: "run-1",
  });
  assert.deepEqual(context.recorded.updates, [{ data: { b: 2 }, agentNotes: "n" }]);
  await assert.rejects(
    ask({ action: "update", workflow_id: "child-1" }),
    failsWith("PERMISSION_DENIED"),
  );
  await assert.rejects(
    ask({ action: "update", data: [1] }),
    failsWith("VALIDATION_ERROR", /params\.data: must be an object/),
  );
  await assert.rejects(
    ask({ action: "drop" }),
    failsWith("VALIDATION_ERROR", /"read" or "update"/),
  );
});

test("only an update of the context writes", () => {
  const { effects } = actionNamed("workflow.context");
  assert.ok(typeof effects === "function");
  assert.equal(effects({ action: "read" }), "none");
  assert.equal(effects({ action: "update" }), "store");
});

test("run names its child and is never executed", async () => {
  const params = { template_name: "t", version: "v2", params: { a: 1 } };
  assert.deepEqual(actionNamed("workflow.run").child!(params), params);
  await assert.rejects(
    execute("workflow.run", { template_name: "t" }),
    failsWith("ACTION_UNAVAILABLE"),
  );
  await assert.rejects(
    execute("workflow.run", {}),
    failsWith("VALIDATION_ERROR", /params\.template_name/),
  );
});

// Whether an engine serves although the runs of the last one are slow to come back.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogFields } from "../../../core/log.ts";
import { external } from "../../support/steps.ts";
import { openTestEngine, settle, TestClock, until } from "../../support/test-engine.ts";

test("what takes long to come back does not keep the engine from serving, and comes back", async () => {
  const clock = new TestClock();
  const first = await openTestEngine({ clock });
  await first.define("w", [external("a")]);
  const start = (idempotency_key: string) => ({
    template_name: "w",
    agent_id: "test",
    idempotency_key,
  });
  const { workflow_id } = await first.opcode.run({ ...start("k"), wait_ms: 0 });
  await first.called("a");
  const store = first.store.crash();
  const { readRun } = store;
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  store.readRun = async (id, options) => {
    // What clients read needs no seals.
    if (options.seals) {
      asked++;
      await gate.promise;
    }
    return readRun.call(store, id, options);
  };
  let isOpen = false;
  const opening = openTestEngine({ clock, store }).finally(() => isOpen = true);
  await until(() => asked > 0, "its runs to be read");
  assert.equal(isOpen, false);
  clock.advance(2_000);
  const second = await opening;
  // It serves; whoever asks for the run that is not back yet gets it as it is stored, or waits for it.
  assert.equal((await second.opcode.status(workflow_id)).status, "active");
  const waits = second.opcode.run({ ...start("k"), wait_ms: 60_000 });
  gate.resolve();
  const { status, interrupted } = await waits;
  assert.deepEqual([status, interrupted], ["suspended", ["a"]], "marked once it is read");
});

test("an engine that is stopped meanwhile leaves the rest to the next start", async () => {
  const clock = new TestClock();
  const first = await openTestEngine({ clock });
  await first.run([external("a")], { wait_ms: 0 });
  await first.called("a");
  const store = first.store.crash();
  const gate = Promise.withResolvers<void>();
  const { readRun } = store;
  let asked = 0;
  store.readRun = async (id, options) => {
    // What clients read needs no seals.
    if (options.seals) {
      asked++;
      await gate.promise;
    }
    return readRun.call(store, id, options);
  };
  const errors: string[] = [];
  const note = (message: string) => errors.push(message);
  const log = { debug() {}, info() {}, warn: note, error: note };
  const opening = openTestEngine({ clock, store, log: log as never });
  await until(() => asked > 0, "its runs to be read");
  clock.advance(2_000);
  const second = await opening;
  const stopped = second.opcode.stop();
  gate.resolve();
  clock.advance(20_000);
  await stopped;
  assert.deepEqual(errors, []);
});

test("a run that is interrupted is logged with the commands that answer, at a stop and at a start", async () => {
  for (const how of ["crash", "stop"]) {
    const clock = new TestClock();
    const logged: { level: string; msg: string; fields?: LogFields }[] = [];
    const note = (level: string) => (msg: string, fields?: LogFields) =>
      void logged.push({ level, msg, ...(fields && { fields }) });
    const log = {
      debug: note("debug"),
      info: note("info"),
      warn: note("warn"),
      error: note("error"),
    };
    const first = await openTestEngine({ clock, log });
    const { workflow_id } = await first.run([external("a"), external("b")], { wait_ms: 0 });
    await until(() => first.open.length === 2, "the steps to be under way");
    if (how === "crash") await openTestEngine({ clock, log, store: first.store.crash() });
    else {
      const stopped = first.opcode.stop();
      await settle();
      clock.advance(10_000);
      await stopped;
    }
    const lines = logged.filter(({ msg }) => msg.startsWith("run interrupted"));
    assert.equal(lines.length, 1, how);
    const { level, fields } = lines[0]!;
    assert.equal(level, "warn");
    assert.deepEqual([fields!.workflow_id, fields!.steps], [workflow_id, ["a", "b"]]);
    assert.equal(
      fields!.hint,
      "whether each step had its effect is not known: " +
        `opcode signal ${workflow_id} retry --step a, or opcode signal ${workflow_id} skip --step a`,
    );
  }
});

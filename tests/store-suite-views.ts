// What every store must do for answers: measure all texts, read the small ones and those asked for.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { LARGEST_LISTED } from "../engine/store/page.ts";
import type { HandOver, Store } from "../engine/store/store.ts";
import { decisionRow, event, handOver, run, stepRow, uuid } from "./support/rows.ts";

const NOTHING = { outputs: [], payloads: [], errors: [] };

/** To be called inside the suite of all stores; `open` returns the store of the current test. */
export function viewSuite(open: () => Store): void {
  let store: Store;
  beforeEach(() => void (store = open()));

  const commit = (...batch: Partial<HandOver>[]) => store.commit(batch.map(handOver));
  const output = (size: number) => JSON.stringify({ output: "x".repeat(size), duration_ms: 1 });
  const done = (runNo: number, seq: number, payload: string) =>
    event(runNo, seq, { type: "step_completed", stepId: `s${seq}`, payload });

  describe("viewRun", () => {
    it("reads what is small, and measures what is not", async () => {
      const large = output(2_000_000);
      const longest = JSON.stringify({ code: "BUSY", message: "m".repeat(9_000) });
      await commit({
        creates: [run(1, { outputSeq: 3, params: `"${"p".repeat(100_000)}"` })],
        events: [done(1, 1, output(3)), done(1, 2, large), done(1, 3, output(70_000))],
        steps: [
          stepRow(1, "a", { outputSeq: 1 }),
          stepRow(1, "b", { outputSeq: 2 }),
          stepRow(1, "c", { status: "failed", error: longest }),
        ],
      });
      const view = (await store.viewRun(uuid(1), { events: 2, room: 1_000 }))!;
      assert.deepEqual([view.output, view.outputSize], [null, output(70_000).length]);
      assert.equal("params" in view.run, false);
      assert.deepEqual(
        view.steps.map((step) => [step.stepId, step.output, step.outputSize]),
        [["a", `"xxx"`, output(3).length], ["b", null, large.length], ["c", null, 0]],
      );
      assert.deepEqual([view.steps[2]!.error, view.steps[2]!.errorSize], [null, longest.length]);
      assert.deepEqual(
        view.events.map(({ seq, payload, payloadSize }) => [seq, payload, payloadSize]),
        [[2, null, large.length], [3, null, output(70_000).length]],
      );
      assert.equal(view.allSteps && view.allDecisions, true);
      const texts = await store.runTexts(1, { outputs: [2], payloads: [3, 9], errors: ["c", "z"] });
      assert.equal(texts.outputs[2] === `"${"x".repeat(2_000_000)}"`, true);
      assert.deepEqual(texts.payloads, { 3: output(70_000), 9: null });
      assert.deepEqual(texts.errors, { c: longest, z: null });
      assert.equal(await store.viewRun(uuid(9), { events: 0, room: 0 }), null);
    });

    it("shows of a large error its code and how its message begins", async () => {
      const error = JSON.stringify({
        code: "TIMEOUT_ERROR",
        message: "m".repeat(5_000),
        details: { stdout: "o".repeat(300_000) },
        step_id: "a",
      });
      const cut = {
        code: "TIMEOUT_ERROR",
        message: "m".repeat(2_000),
        details: { truncated: true, size: error.length },
        step_id: "a",
      };
      const steps = [stepRow(1, "a", { status: "failed", error })];
      await commit({ creates: [run(1, { status: "failed", error })], steps });
      const view = await store.viewRun(uuid(1), { events: 0, room: 0 });
      assert.deepEqual(JSON.parse(view!.run.error!), cut);
      const { errors } = await store.runTexts(1, { ...NOTHING, errors: ["a"] });
      assert.deepEqual(JSON.parse(errors.a!), cut);
      const { rows } = await store.listRuns({ limit: 1 });
      assert.deepEqual(JSON.parse(rows[0]!.run.error!), cut);
      assert.deepEqual(JSON.parse((await store.runHead(uuid(1)))!.error!), cut);
    });

    it("gives contexts the room that there is, and keeps of each what matters most", async () => {
      const context = (filler: number) =>
        JSON.stringify({ prompt: "yes?", step_outputs: { a: "x".repeat(filler) } });
      await commit({
        creates: [run(1)],
        events: [
          event(1, 1, { type: "decision_requested", payload: context(50_000) }),
          event(1, 2, { type: "decision_requested", payload: context(10) }),
          event(1, 3, { type: "decision_requested", payload: context(3_000_000) }),
        ],
        decisions: [1, 2, 3].map((seq) => decisionRow(1, seq, { requestedSeq: seq })),
        contexts: [{
          runNo: 1,
          agentId: "a",
          originalIntent: null,
          data: JSON.stringify({ d: "x".repeat(20_000) }),
          agentNotes: null,
          createdAt: 1,
          updatedAt: 1,
        }],
      });
      const view = (await store.viewRun(uuid(1), { events: 0, room: 10_000 }))!;
      assert.deepEqual(view.decisions.map((row) => [JSON.parse(row.context), row.contextCut]), [
        [{ truncated: true, size: context(3_000_000).length }, true],
        [JSON.parse(context(10)), false],
        [{ prompt: "yes?", truncated: true }, true],
      ]);
      assert.deepEqual([view.context!.data, view.dataSize], [null, 20_008]);
      const { rows } = await store.listDecisions({ limit: 10, room: 10_000 });
      assert.deepEqual(rows.map((row) => row.context), view.decisions.map((row) => row.context));
    });

    it("tells how each step stands, without any text", async () => {
      const steps = [
        stepRow(1, "a", { durationMs: 12, retries: 2 }),
        stepRow(1, "b.c.d", { status: "failed", durationMs: null, retries: 0 }),
      ];
      await commit({ creates: [run(1)], steps });
      assert.deepEqual(await store.stepStatuses(1), [
        { stepId: "a", status: "completed", durationMs: 12, retries: 2 },
        { stepId: "b.c.d", status: "failed", durationMs: null, retries: 0 },
      ]);
    });
  });

  describe("lists", () => {
    it("show of large texts how large they are", async () => {
      const params = JSON.stringify({ p: "x".repeat(LARGEST_LISTED) });
      const payload = output(LARGEST_LISTED);
      await commit({
        creates: [run(1, { params, outputSeq: 1 }), run(2)],
        events: [done(1, 1, payload)],
      });
      const { rows: [small, large] } = await store.listRuns({ limit: 5 });
      assert.deepEqual([large!.params, large!.paramsSize], [null, params.length]);
      assert.deepEqual([large!.output, large!.outputSize], [null, payload.length]);
      assert.equal(small!.params, run(2).params);
      const { rows: [brief] } = await store.listRuns({ limit: 1, brief: true });
      assert.deepEqual([brief!.params, brief!.paramsSize, brief!.outputSize], [null, 0, 0]);
      const events = await store.listEvents({ order: "oldest", limit: 5, mostText: 1_000 });
      assert.deepEqual(
        events.rows.map((row) => [row.payload, row.payloadSize]),
        [[null, payload.length]],
      );
    });

    it("end a page where its texts fill it, and go on behind", async () => {
      const payload = output(3_000_000);
      await commit({
        creates: [run(1)],
        events: [1, 2, 3, 4, 5].map((seq) => done(1, seq, payload)),
      });
      const first = await store.listEvents({ order: "oldest", limit: 10 });
      assert.deepEqual(first.rows.map(({ seq }) => seq), [1, 2]);
      const second = await store.listEvents({ order: "oldest", limit: 10, cursor: first.next! });
      assert.deepEqual(second.rows.map(({ seq }) => seq), [3, 4]);
    });
  });
}

// What every store must do with timers that belong to no run: two never act on the same.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HandOver, NO_RUN, type Store } from "../engine/store/store.ts";
import { event, handOver, run, uuid } from "./support/rows.ts";

export function freeTimerSuite(storeOf: () => Store): void {
  const commit = async (...batch: Partial<HandOver>[]) => {
    const results = await storeOf().commit(batch.map(handOver));
    return results.map((result) => (result.ok ? "ok" : result.reason));
  };
  const free = (key: string, dueAt: number | null) => ({ runNo: NO_RUN, key, dueAt });
  const due = async () => (await storeOf().dueTimers(1_000, 10)).timers;
  const times = async () => (await due()).map(({ key, dueAt }) => `${key} ${dueAt}`);

  describe("timers without a run", () => {
    it("fall due among the others, with nobody's id", async () => {
      await commit({
        creates: [run(1)],
        timers: [free("sweep:a", 20), { runNo: 1, key: "t", dueAt: 10 }, free("lease:b", 5)],
      });
      assert.deepEqual(await due(), [
        { runId: null, agentId: null, ...free("lease:b", 5) },
        { runId: uuid(1), agentId: "agent", runNo: 1, key: "t", dueAt: 10 },
        { runId: null, agentId: null, ...free("sweep:a", 20) },
      ]);
    });

    it("are taken by the hand-over that acts on them, with what it did", async () => {
      await commit({ timers: [free("a", 50), free("b", 60)] });
      const acts = { claims: [{ key: "a", dueAt: 50 }], creates: [run(1)], events: [event(1, 1)] };
      assert.deepEqual(await commit(acts), ["ok"]);
      assert.deepEqual(await times(), ["b 60"]);
      assert.notEqual(await storeOf().runByNo(1), null);
    });

    it("are taken and set anew by the same hand-over", async () => {
      await commit({ timers: [free("a", 50)] });
      const acts = { claims: [{ key: "a", dueAt: 50 }], timers: [free("a", 70)] };
      assert.deepEqual(await commit(acts), ["ok"]);
      assert.deepEqual(await times(), ["a 70"]);
    });

    const gone = {
      "was taken": { claims: [{ key: "a", dueAt: 50 }] },
      "was taken and set anew": {
        claims: [{ key: "a", dueAt: 50 }],
        timers: [free("a", 70)],
      },
      "was moved": { timers: [free("a", 70)] },
      "was removed": { timers: [free("a", null)] },
    };
    for (const [what, before] of Object.entries(gone)) {
      const late = { claims: [{ key: "a", dueAt: 50 }], creates: [run(9)], timers: [free("c", 1)] };

      it(`fence whoever acts on one that ${what}`, async () => {
        await commit({ timers: [free("a", 50)] });
        assert.deepEqual([await commit(before), await commit(late)], [["ok"], ["fenced"]]);
        assert.equal(await storeOf().runByNo(9), null);
        assert.ok(!(await times()).includes("c 1"));
      });

      it(`fence whoever acts on one that ${what} in the same batch`, async () => {
        await commit({ timers: [free("a", 50)] });
        const creates = [run(1)];
        assert.deepEqual(await commit(before, late, { creates }), ["ok", "fenced", "ok"]);
        assert.equal(await storeOf().runByNo(9), null);
        assert.notEqual(await storeOf().runByNo(1), null);
      });
    }

    it("fence a hand-over one of whose timers is not as it was found, and leave the others", async () => {
      await commit({ timers: [free("a", 50), free("b", 60)] });
      const claims = [{ key: "a", dueAt: 50 }, { key: "b", dueAt: 61 }];
      assert.deepEqual(await commit({ claims }), ["fenced"]);
      assert.deepEqual(await times(), ["a 50", "b 60"]);
    });

    it("follow on each other within a batch", async () => {
      await commit({ timers: [free("a", 50)] });
      const next = (from: number, to: number) => ({
        claims: [{ key: "a", dueAt: from }],
        timers: [free("a", to)],
      });
      assert.deepEqual(await commit(next(50, 60), next(60, 70)), ["ok", "ok"]);
      assert.deepEqual(await times(), ["a 70"]);
    });
  });
}

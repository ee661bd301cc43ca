// What every store must do with schedules, and with what became of their times.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HandOver, NO_RUN, type Scheduling, type Store } from "../engine/store/store.ts";
import { fireRow, handOver, run, scheduleRow, uuid } from "./support/rows.ts";

export function scheduleSuite(storeOf: () => Store): void {
  const commit = async (...batch: Partial<HandOver>[]) => {
    const results = await storeOf().commit(batch.map(handOver));
    return results.map((result) => (result.ok ? "ok" : result.reason));
  };
  const says = (rows: Partial<Scheduling>): Partial<HandOver> => ({
    scheduling: { removed: [], schedules: [], fires: [], ...rows },
  });

  describe("schedules", () => {
    it("are found by id and by name, as they were last written", async () => {
      const row = scheduleRow(1, { templateVersion: 3, endsAt: 9, maxRuns: 4, reason: "so" });
      const other = { ...row, trigger: "daily", params: `{"a":"${"x".repeat(200_000)}"}` };
      assert.deepEqual(await commit(says({ schedules: [row] })), ["ok"]);
      assert.deepEqual(await storeOf().schedule(uuid(1)), row);
      assert.deepEqual(await commit(says({ schedules: [{ ...row, runs: 7 }, other] })), ["ok"]);
      assert.deepEqual(await storeOf().scheduleByName("schedule-1"), other);
      assert.equal(await storeOf().schedule(uuid(2)), null);
      assert.equal(await storeOf().scheduleByName("schedule-2"), null);
    });

    it("are known by their last state also when one batch says two", async () => {
      const row = scheduleRow(1);
      await commit(says({ schedules: [row] }), says({ schedules: [{ ...row, status: "paused" }] }));
      assert.equal((await storeOf().schedule(uuid(1)))!.status, "paused");
    });

    it("do not share a name: the second is refused, and nothing of what came with it is there", async () => {
      await commit(says({ schedules: [scheduleRow(1)] }));
      const second = { ...scheduleRow(2), name: "schedule-1" };
      assert.deepEqual(
        await commit({ ...says({ schedules: [second] }), creates: [run(5)] }, {
          creates: [run(6)],
        }),
        ["refused", "ok"],
      );
      assert.equal(await storeOf().runByNo(5), null);
      assert.notEqual(await storeOf().runByNo(6), null);
    });

    it("come with what a run begins as, or not at all when somebody else has its timer", async () => {
      const timer = (dueAt: number) => ({ runNo: NO_RUN, key: "schedule:1", dueAt });
      const row = scheduleRow(1);
      await commit({ ...says({ schedules: [row] }), timers: [timer(50)] });
      const fire = (n: number): Partial<HandOver> => ({
        ...says({ schedules: [{ ...row, runs: n }], fires: [fireRow(1, 50, { runNo: n })] }),
        claims: [{ key: "schedule:1", dueAt: 50 }],
        timers: [timer(60)],
        creates: [run(n)],
      });
      assert.deepEqual(await commit(fire(1), fire(2)), ["ok", "fenced"]);
      assert.deepEqual(await commit(fire(3)), ["fenced"]);
      assert.equal((await storeOf().schedule(uuid(1)))!.runs, 1);
      const { rows } = await storeOf().listFires({ scheduleId: uuid(1), limit: 5 });
      assert.deepEqual(rows.map(({ runNo }) => runNo), [1]);
    });

    it("are taken away, and leave their names to others at once", async () => {
      await commit(says({ schedules: [scheduleRow(1)], fires: [fireRow(1, 10)] }));
      const successor = { ...scheduleRow(2), name: "schedule-1" };
      assert.deepEqual(await commit(says({ removed: [uuid(1)], schedules: [successor] })), ["ok"]);
      assert.equal(await storeOf().schedule(uuid(1)), null);
      assert.deepEqual(await storeOf().scheduleByName("schedule-1"), successor);
      assert.deepEqual(
        await commit(says({ schedules: [scheduleRow(3)] }), says({ removed: [uuid(3)] })),
        ["ok", "ok"],
      );
      assert.equal(await storeOf().schedule(uuid(3)), null);
    });

    it("are listed by name in pages, with every filter", async () => {
      const rows = [
        scheduleRow(1, { name: "c" }),
        scheduleRow(2, { name: "a", agentId: "b", status: "paused" }),
        scheduleRow(3, { name: "b", templateName: "other", trigger: "t" }),
      ];
      await commit(says({ schedules: rows }));
      const list = async (filter: object) =>
        (await storeOf().listSchedules({ limit: 9, ...filter })).rows.map(({ name }) => name);
      assert.deepEqual(await list({}), ["a", "b", "c"]);
      assert.deepEqual(await list({ id: uuid(1) }), ["c"]);
      assert.deepEqual(await list({ name: "b" }), ["b"]);
      assert.deepEqual(await list({ agentId: "b" }), ["a"]);
      assert.deepEqual(await list({ status: "active" }), ["b", "c"]);
      assert.deepEqual(await list({ templateName: "report", status: "active" }), ["c"]);
      const first = await storeOf().listSchedules({ limit: 2 });
      assert.deepEqual(first.rows.map(({ name }) => name), ["a", "b"]);
      const second = await storeOf().listSchedules({ limit: 2, cursor: first.next! });
      assert.deepEqual([second.rows.map(({ name }) => name), second.next], [["c"], null]);
      const ofTriggers = await storeOf().triggersOf("other");
      assert.deepEqual(ofTriggers.map(({ name }) => name), ["b"]);
      assert.deepEqual(await storeOf().triggersOf("report"), []);
    });

    it("have fires, the latest time first, that tell how their runs stand now", async () => {
      await commit({
        creates: [run(1), run(2, { status: "failed" })],
        ...says({
          schedules: [scheduleRow(1), scheduleRow(2)],
          fires: [
            fireRow(1, 10),
            fireRow(1, 30, { outcome: "skipped", runNo: null, detail: `{"reason":"overlap"}` }),
            fireRow(1, 20, { outcome: "queued", runNo: null }),
            fireRow(2, 15),
          ],
        }),
      });
      await commit(says({ fires: [fireRow(1, 20, { runNo: 2, at: 25 })] }));
      const list = async (filter: object) =>
        await storeOf().listFires({ scheduleId: uuid(1), limit: 9, ...filter });
      const { rows } = await list({});
      assert.deepEqual(rows.map(({ dueAt, runStatus }) => [dueAt, runStatus]), [
        [30, null],
        [20, "failed"],
        [10, "active"],
      ]);
      assert.deepEqual(rows[1], {
        ...fireRow(1, 20, { runNo: 2, at: 25 }),
        runId: uuid(2),
        runStatus: "failed",
      });
      assert.deepEqual((await list({ since: 20 })).rows.length, 2);
      assert.deepEqual((await list({ until: 20, limit: 1 })).rows[0]!.dueAt, 20);
      assert.deepEqual((await list({ since: 11, until: 29 })).rows.map(({ dueAt }) => dueAt), [20]);
      const page = await list({ limit: 1 });
      assert.deepEqual((await list({ limit: 1, cursor: page.next })).rows[0]!.dueAt, 20);
    });

    it("are asked which of their runs are not over", async () => {
      await commit({
        creates: [run(1), run(2, { status: "completed" }), run(3, { status: "suspended" })],
      });
      assert.deepEqual(await storeOf().unfinishedAmong([3, 2, 1, 9]), [3, 1]);
    });
  });
}

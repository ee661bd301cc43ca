// What every store must do to find ended runs that go, and to take them away.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Expired, Expiry, FiresGone, FiresKept } from "../engine/store/retention-store.ts";
import type { FireRow, HandOver, RunRow, Store } from "../engine/store/store.ts";
import {
  decisionRow,
  event,
  fireRow,
  handOver,
  run,
  runUpdate,
  scheduleRow,
  stepRow,
  templateRow,
  uuid,
} from "./support/rows.ts";

const NEVER: Expiry = { endedBefore: null, textsBefore: null, belowRunNo: null, keysSince: 0 };
const SOME_MS = 1_000;

export function retentionSuite(storeOf: () => Store): void {
  const commit = (...batch: Partial<HandOver>[]) => storeOf().commit(batch.map(handOver));
  /** A run that ended at that time, of three events. */
  const ended = (runNo: number, at: number, fields: Partial<RunRow> = {}): Partial<HandOver> => ({
    creates: [
      run(runNo, { status: "completed", lastSeq: 3, completedAt: at, updatedAt: at, ...fields }),
    ],
    events: [1, 2, 3].map((seq) => event(runNo, seq, { payload: `{"n":${seq}}` })),
    steps: [stepRow(runNo, "a")],
  });
  const expired = async (expiry: Partial<Expiry>) => {
    const { runs, next } = await storeOf().expiredRuns({ ...NEVER, ...expiry }, 0);
    assert.equal(next, null);
    return runs;
  };
  const options = { at: 9_000, keysSince: Infinity, budgetMs: SOME_MS };
  let newest = 0;
  /** As when others have begun since: the newest run stays whatever is asked for. */
  const remove = async (runs: Expired[], more: { keysSince?: number } = {}) => {
    await commit({ creates: [run(++newest)], events: [event(newest, 1)] });
    return await storeOf().removeRuns(runs, { ...options, ...more });
  };
  const view = (runNo: number) => storeOf().viewRun(uuid(runNo), { events: 10, room: 10_000 });
  const numbers = async (expiry: Partial<Expiry>) =>
    (await expired(expiry)).map(({ runNo, goes }) => `${runNo} ${goes}`);

  describe("ended runs", () => {
    beforeEach(() => {
      newest = 10_000;
    });

    it("expire by when they ended, whatever ended them", async () => {
      await commit(
        ended(1, 5_000),
        ended(2, 6_000, { status: "failed" }),
        ended(3, 7_000, { status: "cancelled" }),
        { creates: [run(4), run(5, { status: "suspended" }), run(6, { status: "pending" })] },
      );
      assert.deepEqual(await numbers({}), []);
      assert.deepEqual(await numbers({ endedBefore: 6_000 }), ["1 whole"]);
      assert.deepEqual(await numbers({ endedBefore: 10_000 }), ["1 whole", "2 whole", "3 whole"]);
      assert.deepEqual(await numbers({ endedBefore: 6_000, textsBefore: 7_000 }), [
        "1 whole",
        "2 texts",
      ]);
      assert.deepEqual(await numbers({ belowRunNo: 3 }), ["1 whole", "2 whole"]);
    });

    it("are counted from the newest back", async () => {
      await commit(...[1, 2, 3, 4, 5].map((n) => ended(n, 5_000)), { creates: [run(6)] });
      const store = storeOf();
      assert.deepEqual(await store.endedBack(null, 2), { runNo: 4, count: 2 });
      assert.deepEqual(await store.endedBack(4, 10), { runNo: 1, count: 3 });
      assert.deepEqual(await store.endedBack(1, 10), { runNo: null, count: 0 });
    });

    it("are looked at a bounded number at a time", async () => {
      const all = Array.from({ length: 700 }, (_, i) => ended(i + 1, 5_000));
      await commit(...all);
      const seen: number[] = [];
      let after: number | null = 0;
      for (let reads = 0; after !== null; reads++) {
        assert.ok(reads < 5);
        const slice = await storeOf().expiredRuns({ ...NEVER, endedBefore: 6_000 }, after);
        assert.ok(slice.runs.length <= 500);
        seen.push(...slice.runs.map(({ runNo }) => runNo));
        after = slice.next;
      }
      assert.deepEqual(seen, all.map((_, i) => i + 1));
    });

    it("go with all that was theirs, and nothing of others", async () => {
      const mine = {
        contexts: [1, 2].map((runNo) => ({
          runNo,
          agentId: "agent",
          originalIntent: null,
          data: "{}",
          agentNotes: null,
          createdAt: 1,
          updatedAt: 1,
        })),
        decisions: [decisionRow(1, 11), decisionRow(2, 12)],
        seals: [1, 2].map((runNo) => ({ runNo, slot: "params", blob: new Uint8Array([1]) })),
        timers: [1, 2].map((runNo) => ({ runNo, key: "t", dueAt: 5 })),
      };
      await commit(ended(1, 5_000), ended(2, 7_000), mine);
      const before = await storeOf().readRun(uuid(2), { events: 10, seals: true });
      const { heldMs: _, ...removal } = await remove(await expired({ endedBefore: 6_000 }));
      assert.deepEqual(removal, { through: 1, whole: 1, texts: 0, events: 3, contents: 0 });
      const store = storeOf();
      assert.equal(await store.runHead(uuid(1)), null);
      assert.equal(await store.eventPayload(1, 1), null);
      assert.equal(await store.decisionById(uuid(11)), null);
      assert.deepEqual(await store.stepStatuses(1), []);
      assert.deepEqual((await store.dueTimers(10, 10)).timers.map(({ runNo }) => runNo), [2]);
      const events = await store.listEvents({ order: "oldest", limit: 10 });
      assert.deepEqual(events.rows.map(({ runId }) => runId), [2, 2, 2, 10_001].map(uuid));
      assert.deepEqual(await store.readRun(uuid(2), { events: 10, seals: true }), before);
      assert.deepEqual((await store.listRuns({ limit: 10 })).rows.map(({ run }) => run.runNo), [
        10_001,
        2,
      ]);
    });

    it("stay as a row without texts while what refers to them is there", async () => {
      await commit(
        ended(1, 5_000, { params: `{"a":1}`, error: `{"code":"E","message":"m"}`, outputSeq: 3 }),
        ended(2, 7_000, { forkedFrom: JSON.stringify({ workflow_id: uuid(1), step_id: "a" }) }),
      );
      const [first] = await expired({ endedBefore: 6_000 });
      assert.deepEqual((await remove([first!])).texts, 1);
      const { run: left, events, steps } = (await view(1))!;
      assert.deepEqual([events, steps, left.lastSeq, left.outputSeq], [[], [], 0, null]);
      assert.deepEqual([left.status, left.completedAt], ["completed", 5_000]);
      assert.deepEqual(left.error, `{"code":"E","message":"m"}`);
      assert.deepEqual(JSON.parse(left.marks!), { removed: 9_000 });
      assert.equal((await storeOf().runByNo(1))!.params, "{}");
      // Again nothing, until nobody refers to it.
      const again = () => expired({ endedBefore: 8_000 });
      const { through, whole, texts, events: gone } = await remove([(await again())[0]!]);
      assert.deepEqual([through, whole, texts, gone], [1, 0, 0, 0]);
      assert.deepEqual((await remove((await again()).reverse())).whole, 2);
      assert.equal(await view(1), null);
    });

    it("keep the row alone when only the texts are old enough", async () => {
      await commit(ended(1, 5_000));
      assert.deepEqual((await remove(await expired({ textsBefore: 6_000 }))).texts, 1);
      assert.deepEqual(await numbers({ textsBefore: 6_000 }), []);
      assert.deepEqual(await numbers({ textsBefore: 6_000, endedBefore: 5_500 }), ["1 whole"]);
      assert.deepEqual((await remove(await expired({ endedBefore: 5_500 }))).whole, 1);
    });

    it("go no sooner than the run that started them, at any depth", async () => {
      const family = (status: RunRow["status"], at: number | null) => [
        { creates: [run(1, { status, completedAt: at, updatedAt: at ?? 1 })] },
        ended(2, 3_000, { parentRunNo: 1, parentStepId: "a", depth: 1 }),
        ended(3, 2_000, { parentRunNo: 2, parentStepId: "a", depth: 2 }),
      ];
      await commit(...family("suspended", null));
      assert.deepEqual(await numbers({ endedBefore: 6_000 }), []);
      await commit({
        updates: [runUpdate(1, { expectStatus: "suspended", completedAt: 7_000 })],
      });
      assert.deepEqual(await numbers({ endedBefore: 6_000, textsBefore: 6_000 }), []);
      assert.deepEqual(await numbers({ endedBefore: 6_000, textsBefore: 8_000 }), [
        "1 texts",
        "2 texts",
        "3 texts",
      ]);
      const all = await expired({ endedBefore: 8_000 });
      assert.deepEqual(all.map(({ goes }) => goes), ["whole", "whole", "whole"]);
      // The youngest first: nobody is left who refers to the next.
      assert.deepEqual((await remove(all.reverse())).whole, 3);
    });

    it("stay as a row for a time of a schedule, until nothing is told of that", async () => {
      const scheduling = { removed: [], schedules: [scheduleRow(1)], fires: [fireRow(1, 4_000)] };
      await commit({ ...ended(1, 5_000), scheduling });
      const goes = () => expired({ endedBefore: 6_000 });
      assert.deepEqual((await remove(await goes())).texts, 1);
      const { rows: [fire] } = await storeOf().listFires({ scheduleId: uuid(1), limit: 5 });
      assert.deepEqual([fire!.runId, fire!.runStatus], [uuid(1), "completed"]);
      const none = { since: 4_001, most: 10, least: 0 };
      await storeOf().removeFires(none, { after: "", budgetMs: SOME_MS });
      assert.deepEqual((await remove(await goes())).whole, 1);
    });

    it("keep their idempotency keys for the time that was promised", async () => {
      await commit(ended(1, 5_000, { idempotencyKey: "once" }));
      const all = await expired({ endedBefore: 6_000 });
      assert.deepEqual((await remove(all, { keysSince: 5_000 })).texts, 1);
      assert.equal((await storeOf().runByKey("agent", "once"))!.runNo, 1);
      const later = await expired({ endedBefore: 6_000 });
      assert.deepEqual((await remove(later, { keysSince: 5_001 })).whole, 1);
      assert.equal(await storeOf().runByKey("agent", "once"), null);
    });

    it("that go on meanwhile stay, and whoever loaded one before is fenced", async () => {
      const failed = { status: "failed" as const };
      await commit(
        ended(1, 5_000, failed),
        ended(2, 5_000, failed),
        ended(3, 7_000, {
          forkedFrom: JSON.stringify({ workflow_id: uuid(2), step_id: "a" }),
        }),
      );
      const all = await expired({ endedBefore: 6_000 });
      const goesOn = (runNo: number) =>
        commit({
          updates: [
            runUpdate(runNo, {
              expectStatus: "failed",
              expectSeq: 3,
              status: "active",
              lastSeq: 4,
              completedAt: null,
            }),
          ],
          events: [event(runNo, 4)],
        });
      assert.equal((await goesOn(1))[0]!.ok, true);
      await remove(all);
      assert.equal((await view(1))!.events.length, 4);
      // Of the other one the row is left.
      assert.equal((await goesOn(2))[0]!.ok, false);
      assert.deepEqual((await view(2))!.events, []);
    });

    it("of the newest numbers stay, so that none comes twice", async () => {
      await commit(ended(2_000, 5_000));
      assert.deepEqual(await numbers({ endedBefore: 6_000 }), ["2000 whole"]);
      const removal = await storeOf().removeRuns(await expired({ endedBefore: 6_000 }), options);
      assert.deepEqual([removal.through, removal.whole, removal.texts], [1, 0, 0]);
      assert.equal((await view(2_000))!.events.length, 3);
    });

    it("of many events go in pieces, and one that is half gone is found again", async () => {
      const events = Array.from({ length: 950 }, (_, i) => event(1, i + 1, { payload: "{}" }));
      await commit({
        creates: [run(1, { status: "failed", lastSeq: 950, completedAt: 1 })],
        events,
      });
      await commit({ creates: [run(2)], events: [event(2, 1)] });
      const all = await expired({ endedBefore: 1_000 });
      const store = storeOf();
      let removed = 0;
      let through = 0;
      for (let calls = 0; through === 0; calls++) {
        assert.ok(calls < 200);
        const removal = await store.removeRuns(all, { ...options, budgetMs: 0 });
        removed += removal.events;
        through = removal.through;
        // Whoever looks meanwhile finds no part of it as if it were all.
        const head = await store.runHead(uuid(1));
        if (head === null) break;
        assert.match(head.marks!, /"removing":9000/);
        assert.deepEqual((await store.halfRemoved(10)).map(({ runNo }) => runNo), [1]);
      }
      assert.deepEqual([removed, await store.runHead(uuid(1))], [950, null]);
      assert.deepEqual(await store.halfRemoved(10), []);
    });

    it("of large values go one value after the other, and their params too", async () => {
      const large = (n: number) => JSON.stringify({ output: `${n}`.repeat(100_000) });
      await commit({
        creates: [
          run(1, { status: "failed", lastSeq: 12, completedAt: 1, params: large(99) }),
          run(2, { status: "failed", lastSeq: 1, completedAt: 1, params: large(98) }),
        ],
        events: [
          ...Array.from({ length: 12 }, (_, i) => event(1, i + 1, { payload: large(i) })),
          event(2, 1),
        ],
      });
      await commit({ creates: [run(3)], events: [event(3, 1)] });
      let most = 0;
      let whole = 0;
      let contents = 0;
      let rest = await expired({ endedBefore: 1_000 });
      for (let calls = 0; rest.length > 0; calls++) {
        assert.ok(calls < 40);
        const removal = await storeOf().removeRuns(rest, { ...options, budgetMs: 0 });
        most = Math.max(most, removal.contents);
        whole += removal.whole;
        contents += removal.contents;
        rest = rest.slice(removal.through);
      }
      assert.equal(whole, 2);
      // The store in memory has no texts apart.
      if (contents > 0) assert.deepEqual([contents, most <= 2], [14, true]);
    });

    it("lose large texts with the last one that has the same", async () => {
      const large = (n: number) => JSON.stringify({ output: `${n}`.repeat(100_000) });
      const with_ = (runNo: number, at: number, ns: number[], params = "{}") => ({
        creates: [
          run(runNo, { status: "completed", lastSeq: ns.length, completedAt: at, params }),
        ],
        events: ns.map((n, i) => event(runNo, i + 1, { payload: large(n) })),
      });
      await commit(
        { templates: [templateRow("t", 1, { definition: large(4) })] },
        with_(1, 1_000, [1, 2, 4, 1], large(5)),
        with_(2, 2_000, [2, 3], large(5)),
        with_(3, 3_000, [3], large(6)),
      );
      const texts = async (runNo: number, count: number) => {
        for (let seq = 1; seq <= count; seq++) {
          assert.equal((await storeOf().eventPayload(runNo, seq))!.length, 100_013);
        }
      };
      await remove(await expired({ endedBefore: 1_500 }));
      await texts(2, 2);
      assert.equal((await storeOf().runByNo(2))!.params, large(5));
      await remove(await expired({ endedBefore: 2_500 }));
      await texts(3, 1);
      assert.equal((await storeOf().template("t", 1))!.definition, large(4));
      await remove(await expired({ endedBefore: 3_500 }));
      assert.equal(await storeOf().runByNo(3), null);
    });
  });

  describe("what became of the times of schedules", () => {
    const bounds = { since: 0, most: 1_000, least: 0 };
    const told = async (schedule: number) => {
      const { rows } = await storeOf().listFires({ scheduleId: uuid(schedule), limit: 1_000 });
      return rows.map(({ dueAt }) => dueAt).reverse();
    };
    /** As often as it takes; returns how many went, and in how many calls. */
    const removeAll = async (kept: FiresKept, budgetMs = SOME_MS) => {
      let fires = 0;
      let calls = 0;
      for (let after: string | null = ""; after !== null; calls++) {
        assert.ok(calls < 50);
        const gone: FiresGone = await storeOf().removeFires(kept, { after, budgetMs });
        fires += gone.fires;
        after = gone.next;
      }
      return { fires, calls };
    };
    const says = (schedules: number[], fires: FireRow[]) =>
      commit({
        scheduling: { removed: [], schedules: schedules.map((n) => scheduleRow(n)), fires },
      });

    it("goes by when it was written, but for the newest of each schedule that is there", async () => {
      const times = [10, 20, 30, 40];
      await says([1, 2], [1, 2, 3].flatMap((n) => times.map((dueAt) => fireRow(n, dueAt))));
      assert.equal((await removeAll({ ...bounds, since: 30, least: 1 })).fires, 6);
      assert.deepEqual(await told(1), [30, 40]);
      assert.equal((await removeAll({ ...bounds, since: 100, least: 1 })).fires, 4);
      // Of the third schedule nobody asks any more.
      assert.deepEqual([await told(1), await told(2), await told(3)], [[40], [40], []]);
    });

    it("stays while it is young, however long ago the time was", async () => {
      await says([1], [10, 20, 30].map((dueAt) => fireRow(1, dueAt, { at: dueAt + 1_000 })));
      assert.equal((await removeAll({ ...bounds, since: 1_015 })).fires, 1);
      assert.deepEqual(await told(1), [20, 30]);
    });

    it("is no more than so many of the newest times, of each schedule", async () => {
      const times = Array.from({ length: 350 }, (_, i) => i);
      await says([1, 2], [...times.map((dueAt) => fireRow(1, dueAt)), fireRow(2, 1)]);
      assert.equal((await removeAll({ ...bounds, most: 20, least: 5 }, 0)).fires, 330);
      assert.deepEqual(await told(1), times.slice(-20));
      assert.deepEqual(await told(2), [1]);
    });
  });
}

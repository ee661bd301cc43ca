// What every store must do with what others are still to be told of runs.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CallbackFilter,
  type CallbackRow,
  type HandOver,
  NO_RUN,
  type Store,
} from "../engine/store/store.ts";
import { callbackRow, event, handOver, run, runUpdate } from "./support/rows.ts";

export function callbackSuite(storeOf: () => Store): void {
  const commit = async (...batch: Partial<HandOver>[]) => {
    const results = await storeOf().commit(batch.map(handOver));
    return results.map((result) => (result.ok ? "ok" : result.reason));
  };
  const says = (...rows: CallbackRow[]) => ({ calling: { rows, removed: [] } });
  const done = (runNo: number, seq: number) => ({
    calling: { rows: [], removed: [{ runNo, seq }] },
  });

  describe("callbacks", () => {
    it("come in the order of their run's events, as they were last written", async () => {
      const first = callbackRow(1, 3, { event: "suspended" });
      await commit(says(callbackRow(1, 20), first, callbackRow(2, 1)));
      assert.deepEqual(await storeOf().firstCallback(1), first);
      const tried = { ...first, attempts: 2, firstTriedAt: 50 };
      await commit(says(tried));
      assert.deepEqual(await storeOf().firstCallback(1), tried);
      await commit(done(1, 3));
      assert.deepEqual(await storeOf().firstCallback(1), callbackRow(1, 20));
      await commit(done(1, 20), done(1, 20));
      assert.equal(await storeOf().firstCallback(1), null);
      assert.notEqual(await storeOf().firstCallback(2), null);
      assert.equal(await storeOf().firstCallback(3), null);
    });

    it("are given up, and no others of their run wait for that", async () => {
      const failed = { attempts: 3, firstTriedAt: 50, lastTriedAt: 90, lastError: "no", dueAt: 99 };
      const gone = callbackRow(1, 3, { ...failed, givenUpAt: 90 });
      await commit(says(gone, callbackRow(1, 20), callbackRow(1, 21), callbackRow(2, 1)));
      assert.deepEqual(await storeOf().firstCallback(1), callbackRow(1, 20));
      const told = async (filter: Partial<CallbackFilter>) =>
        (await storeOf().listCallbacks({ limit: 10, ...filter })).rows
          .map(({ runNo, seq, isBehind }) => `${runNo}.${seq}${isBehind ? " behind" : ""}`);
      assert.deepEqual(await told({}), ["1.3", "1.20", "1.21 behind", "2.1"]);
      assert.deepEqual(await told({ givenUp: true }), ["1.3"]);
      assert.deepEqual(await told({ givenUp: false }), ["1.20", "1.21 behind", "2.1"]);
      assert.deepEqual(await told({ runNo: 1, givenUp: false }), ["1.20", "1.21 behind"]);
      assert.deepEqual(await storeOf().callback(1, 3), { ...gone, isBehind: false });
      assert.deepEqual(await storeOf().callback(1, 21), {
        ...callbackRow(1, 21),
        isBehind: true,
      });
      assert.equal(await storeOf().callback(1, 4), null);
      const first = await storeOf().listCallbacks({ limit: 2 });
      const { rows, next } = await storeOf().listCallbacks({ limit: 2, cursor: first.next! });
      assert.deepEqual(rows.map(({ seq }) => seq), [21, 1]);
      assert.equal(next, null);
      await commit(says({ ...gone, givenUpAt: null }));
      assert.equal((await storeOf().firstCallback(1))!.seq, 3);
    });

    it("are there with the event that they tell of, or neither is", async () => {
      await commit({ creates: [run(1)] });
      const key = "callback:1.1";
      const ends = (expectSeq: number): Partial<HandOver> => ({
        runNo: 1,
        updates: [runUpdate(1, { expectSeq, lastSeq: expectSeq + 1 })],
        events: [event(1, expectSeq + 1, { type: "workflow_completed" })],
        timers: [{ runNo: NO_RUN, key, dueAt: 5 }],
        ...says(callbackRow(1, expectSeq + 1)),
      });
      assert.deepEqual(await commit(ends(7)), ["fenced"]);
      assert.equal(await storeOf().firstCallback(1), null);
      assert.deepEqual(await commit(ends(0)), ["ok"]);
      assert.equal((await storeOf().firstCallback(1))!.seq, 1);
      const sent = { ...done(1, 1), claims: [{ key, dueAt: 5 }] };
      assert.deepEqual(await commit(sent, sent), ["ok", "fenced"]);
    });

    it("find the text of their event measured, and read it if it is not too large", async () => {
      const payload = `{"output":"${"x".repeat(5_000)}"}`;
      await commit({
        creates: [run(1, { lastSeq: 2 })],
        events: [event(1, 1, { payload: '{"output":"ü"}' }), event(1, 2, { payload })],
      });
      const text = (seq: number, most: number) => storeOf().eventText(1, seq, most);
      assert.deepEqual(await text(1, 100), { payload: '{"output":"ü"}', size: 15 });
      assert.deepEqual(await text(2, 1_500), { payload: null, size: payload.length });
      assert.deepEqual(await text(2, 9_999), { payload, size: payload.length });
      assert.equal(await text(3, 100), null);
    });
  });
}

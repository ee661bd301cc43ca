// What a store promises of limits: as many runs begin as they allow, whoever begins them.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HandOver, LimitRow, Store } from "../engine/store/store.ts";
import { run, runUpdate } from "./support/rows.ts";
import { outcome } from "./support/outcome.ts";

const TEMPLATE: LimitRow = { kind: "template", name: "report", most: 2 };
const AGENT: LimitRow = { kind: "agent", name: "agent", most: 2 };

const pending = (runNo: number) => run(runNo, { status: "pending" });

/** The run begins under these limits. */
const begins = (runNo: number, ...limits: LimitRow[]): Partial<HandOver> => ({
  runNo,
  updates: [
    runUpdate(runNo, { expectStatus: "pending", status: "active", completedAt: null }),
  ],
  limits,
});

export function limitSuite(made: () => { store: Store; beside?(): Promise<Store> }): void {
  describe("limits", () => {
    it("count what has begun and not ended", async () => {
      const { store } = made();
      await outcome(store, {
        creates: [
          pending(1),
          run(2, { status: "active" }),
          run(3, { status: "suspended" }),
          run(4, { status: "completed" }),
          run(5, { status: "active", agentId: "other" }),
          run(6, { status: "active", templateName: "other", parentRunNo: 2 }),
          run(7, { status: "active", parentRunNo: 2, marks: '{"within":true}' }),
          run(8, { status: "active", parentRunNo: 6, marks: '{"kept":[1]}' }),
        ],
      });
      const of = (kind: LimitRow["kind"], name: string) => ({ kind, name });
      const asked = [of("template", "report"), of("agent", "agent"), of("template", "nothing")];
      assert.deepEqual(await store.begunRuns(asked), [4, 2, 0]);
      assert.deepEqual(await store.begunRuns([]), []);
    });

    it("keep out a run beyond them, and nothing else of its batch", async () => {
      const { store } = made();
      await outcome(store, { creates: [1, 2, 3, 4].map(pending) });
      assert.deepEqual(
        await outcome(store, begins(1, TEMPLATE), begins(2, TEMPLATE, AGENT), begins(3, AGENT)),
        ["ok", "ok", "fenced"],
      );
      assert.equal((await store.runByNo(3))?.status, "pending");
      assert.deepEqual(await outcome(store, begins(4)), ["ok"], "who asks for none");
      const ends = { updates: [runUpdate(1)] };
      assert.deepEqual(await outcome(store, ends, begins(3, { ...AGENT, most: 3 })), ["ok", "ok"]);
    });

    it("count a run that is created as begun", async () => {
      const { store } = made();
      const one: LimitRow = { ...TEMPLATE, most: 1 };
      const created = (runNo: number) => ({
        creates: [run(runNo, { status: "active" })],
        limits: [one],
      });
      assert.deepEqual(await outcome(store, created(1), created(2)), ["ok", "fenced"]);
      assert.equal(await store.runByNo(2), null);
    });

    it("hold also among several that begin runs at once", async () => {
      const { store, beside } = made();
      const stores = [store, ...beside ? [await beside(), await beside()] : []];
      const runNos = Array.from({ length: 30 }, (_, i) => i + 1);
      const of = (runNo: number) => stores[runNo % stores.length]!;
      for (const one of stores) {
        await outcome(
          one,
          ...runNos.filter((no) => of(no) === one).map((no) => ({ creates: [pending(no)] })),
        );
      }
      const results = await Promise.all(
        runNos.map(async (runNo) => await outcome(of(runNo), begins(runNo, TEMPLATE, AGENT))),
      );
      assert.equal(results.flat().filter((result) => result === "ok").length, 2);
      assert.deepEqual(await store.begunRuns([TEMPLATE, AGENT]), [2, 2]);
    });
  });
}

// What a store promises when several processes write to it at once; for one of its own they hold anyway.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HandOver, NO_RUN, type Store } from "../engine/store/store.ts";
import { pages } from "./support/pages.ts";
import { event, handOver, run, runUpdate, stepRow, templateRow, uuid } from "./support/rows.ts";
import { outcome } from "./support/outcome.ts";

/** What one of them has from now on is the other's, where each has its own. */
async function turnOver(from: Store, to: Store, runNo: number): Promise<void> {
  if (from.ownership === undefined || from === to) return;
  await from.ownership.release(uuid(runNo));
  assert.equal((await to.ownership!.claim(uuid(runNo))).is, "ours");
}

export function writersSuite(
  made: () => { store: Store; beside?(): Promise<Store> },
): void {
  describe("two writers", () => {
    /** Both handles; the same twice where a second process is kept out. */
    const both = async (): Promise<[Store, Store]> => {
      const { store, beside } = made();
      return [store, await beside?.() ?? store];
    };

    it("never get the same numbers for their runs", async () => {
      const [a, b] = await both();
      const blocks = await Promise.all([a, b, a, b].map((store) => store.takeRunNos(5)));
      const all = blocks.flatMap((first) => [0, 1, 2, 3, 4].map((i) => first + i));
      assert.equal(new Set(all).size, 20);
      assert.ok(blocks[2]! > blocks[0]! && blocks[3]! > blocks[1]!, "each gets larger ones later");
    });

    it("see at once what either has committed, and go on from it", async () => {
      const [a, b] = await both();
      await outcome(a, { creates: [run(1)], steps: [stepRow(1, "s")] });
      assert.deepEqual((await b.readRun(uuid(1), { events: 0 }))?.run, run(1));
      await turnOver(a, b, 1);
      assert.deepEqual(await outcome(b, { updates: [runUpdate(1)] }), ["ok"]);
      assert.equal((await a.runByNo(1))?.status, "completed");
    });

    it("do not both change a run that they found in the same state", async () => {
      const [a, b] = await both();
      await outcome(a, { creates: [run(1), run(2)] });
      await turnOver(a, b, 2);
      const change = (what: string, seq: number): Partial<HandOver> => ({
        updates: [runUpdate(1, { lastSeq: 1, status: "active" })],
        events: [event(1, seq, { payload: JSON.stringify(what) })],
      });
      const results = await Promise.all([
        outcome(a, change("a", 1)),
        outcome(b, change("b", 1), { updates: [runUpdate(2)] }),
      ]);
      assert.deepEqual(results.map(([first]) => first).sort(), ["fenced", "ok"]);
      assert.equal(results[1]![1], "ok", "what else was in the batch is not held up");
      const { rows } = await a.listEvents({ runId: uuid(1), order: "oldest", limit: 5 });
      assert.deepEqual(rows.map(({ payload }) => payload), [
        results[0]![0] === "ok" ? `"a"` : `"b"`,
      ]);
    });

    it("do not both act on a timer of a run", async () => {
      const [a, b] = await both();
      await outcome(a, { creates: [run(1)], timers: [{ runNo: 1, key: "t", dueAt: 5 }] });
      const [ofA, ofB] = await Promise.all([a, b].map((store) => store.dueTimers(9, 9)));
      assert.equal(ofA!.timers.length, 1);
      // Both are told, but where runs have owners.
      const others = a !== b && b.ownership ? [] : ofA!.timers;
      assert.deepEqual(ofB!.timers, others);
      const act = {
        updates: [runUpdate(1, { status: "active", lastSeq: 1 })],
        events: [event(1, 1)],
        timers: [{ runNo: 1, key: "t", dueAt: null }],
      };
      const results = await Promise.all([outcome(a, act), outcome(b, act)]);
      assert.deepEqual(results.flat().sort(), ["fenced", "ok"]);
    });

    it("do not both act on a timer without a run", async () => {
      const [a, b] = await both();
      await outcome(a, { timers: [{ runNo: NO_RUN, key: "schedule:x", dueAt: 5 }] });
      const act = (runNo: number) => ({
        claims: [{ key: "schedule:x", dueAt: 5 }],
        timers: [{ runNo: NO_RUN, key: "schedule:x", dueAt: 105 }],
        creates: [run(runNo)],
      });
      const results = await Promise.all([outcome(a, act(1)), outcome(b, act(2))]);
      assert.deepEqual(results.flat().sort(), ["fenced", "ok"]);
      assert.equal((await a.listRuns({ limit: 5 })).rows.length, 1);
      assert.equal((await b.dueTimers(0, 5)).nextDueAt, 105);
    });

    it("do not both start a run for one idempotency key, or store one version of a template", async () => {
      const [a, b] = await both();
      const start = (runNo: number) => ({ creates: [run(runNo, { idempotencyKey: "k" })] });
      const starts = await Promise.all([outcome(a, start(1)), outcome(b, start(2))]);
      assert.deepEqual(starts.flat().sort(), ["ok", "refused"]);
      const define = { templates: [templateRow("t", 1)] };
      const defines = await Promise.all([outcome(a, define), outcome(b, define)]);
      assert.deepEqual(defines.flat().sort(), ["ok", "refused"]);
    });

    it("keep a reader who reads on from missing an event, whoever commits it", async () => {
      const [a, b] = await both();
      await outcome(a, { creates: [run(1), run(2)] });
      const seen: string[] = [];
      let last: number | undefined;
      for (let seq = 1; seq <= 20; seq++) {
        const commits = [
          outcome(a, { events: [event(1, seq)] }),
          outcome(b, { events: [event(2, seq)] }),
        ];
        // Reads while they commit, and after.
        for (const wait of [null, commits]) {
          if (wait) await Promise.all(wait);
          const { rows } = await b.listEvents({
            order: "oldest",
            limit: 100,
            ...(last !== undefined && { afterId: last as never }),
          });
          seen.push(...rows.map((row) => `${row.runId} ${row.seq}`));
          last = rows.at(-1)?.id ?? last;
        }
      }
      assert.equal(seen.length, 40);
      assert.equal(new Set(seen).size, 40);
    });

    it("tell each hand-over the ids that its events have for both", async () => {
      const [a, b] = await both();
      await outcome(a, { creates: [run(1), run(2)] });
      const [ofA, ofB] = await Promise.all([
        a.commit([handOver({ events: [event(1, 1), event(1, 2)] })]),
        b.commit([handOver({ events: [event(2, 1), event(2, 2)] })]),
      ]);
      for (const [results, id] of [[ofA, uuid(1)], [ofB, uuid(2)]] as const) {
        const { rows } = await a.listEvents({ runId: id, order: "oldest", limit: 5 });
        assert.deepEqual(results[0]!.ok && results[0]!.eventIds, rows.map((row) => row.id));
      }
    });

    it("take each other's cursors, and miss nothing that was there when a list began", async () => {
      const [a, b] = await both();
      await outcome(a, { creates: [1, 2, 3, 4, 5].map((n) => run(n, { createdAt: n })) });
      let turn = 0;
      const found = await pages(async (cursor) => {
        const store = turn++ % 2 === 0 ? a : b;
        await outcome(store, { creates: [run(10 + turn)] });
        return await store.listRuns({ limit: 2, cursor });
      });
      const ids = found.map((row) => row.run.id);
      assert.equal(new Set(ids).size, ids.length);
      for (const n of [1, 2, 3, 4, 5]) assert.ok(ids.includes(uuid(n)), `run ${n}`);
    });
  });
}

// What a store promises of whose the runs are, where several processes write to it at once.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Store } from "../engine/store/store.ts";
import { handOver, run, runUpdate, uuid } from "./support/rows.ts";
import { outcome } from "./support/outcome.ts";

export interface SharedStores {
  store: Store;
  /** The process of `store` ends without a word, and is started again at once. */
  crash(): Promise<Store>;
  /** Opens it once more, as another process would. */
  beside(): Promise<Store>;
  /** Another process begins as what the first one is, which has not ended and does not know. */
  again(): Promise<Store>;
  /** Its process ends without a word, and is not heard of for long enough. */
  dies(store: Store): Promise<void>;
  /** It is not heard of for long enough, and lives all the same. */
  isGivenUp(store: Store): Promise<void>;
}

export function ownershipSuite(made: () => SharedStores): void {
  describe("the runs of several processes", () => {
    let a: Store;
    let b: Store;

    beforeEach(async () => {
      a = made().store;
      b = await made().beside();
    });

    const claim = async (store: Store, runNo: number) =>
      (await store.ownership!.claim(uuid(runNo))).is;
    const adopted = async (store: Store, limit = 10) =>
      (await store.ownership!.adopt(limit)).runs.map(({ runNo }) => runNo);
    const child = (runNo: number, parentRunNo: number) => run(runNo, { parentRunNo });

    it("are those of who has created them, and others change nothing of them", async () => {
      await outcome(a, { creates: [run(1)] });
      assert.deepEqual(await outcome(b, { updates: [runUpdate(1)] }), ["fenced"]);
      assert.equal(await claim(b, 1), "elsewhere");
      assert.equal(await claim(a, 1), "ours");
      assert.deepEqual(await outcome(a, { updates: [runUpdate(1)] }), ["ok"]);
      assert.equal(await claim(a, 9), "nowhere");
    });

    it("are claimed with all of their tree", async () => {
      await outcome(a, { creates: [run(1), child(2, 1)] }, { creates: [child(3, 2)] });
      await outcome(a, { creates: [child(4, 3)] });
      await a.ownership!.release(uuid(4));
      assert.equal(await claim(b, 3), "ours");
      for (const runNo of [1, 2, 3, 4]) {
        assert.equal(await claim(a, runNo), "elsewhere", `run ${runNo}`);
        assert.deepEqual(await outcome(b, { updates: [runUpdate(runNo)] }), ["ok"], `run ${runNo}`);
      }
    });

    it("are claimed by one of those who claim them at once", async () => {
      const c = await made().beside();
      const runNos = Array.from({ length: 40 }, (_, i) => i + 1);
      await outcome(a, { creates: runNos.map((runNo) => run(runNo, { status: "active" })) });
      for (const runNo of runNos.slice(0, 20)) {
        await a.ownership!.release(uuid(runNo));
        const claims = await Promise.all([a, b, c].map((store) => claim(store, runNo)));
        assert.deepEqual(claims.sort(), ["elsewhere", "elsewhere", "ours"], `run ${runNo}`);
      }
      await Promise.all(runNos.slice(20).map((runNo) => a.ownership!.release(uuid(runNo))));
      const all = await Promise.all([
        adopted(b, 50),
        adopted(c, 50),
        ...runNos.slice(20).map((runNo) =>
          claim(a, runNo).then((told) => told === "ours" ? [runNo] : [])
        ),
      ]);
      const found = all.flat().filter((runNo) => runNo > 20);
      assert.equal(new Set(found).size, found.length, "each is one's");
    });

    it("are nobody's when their process is gone, and go on with others", async () => {
      await outcome(a, {
        creates: [
          run(1, { status: "active" }),
          run(2, { status: "suspended" }),
          run(3, { status: "completed" }),
          run(4, { status: "pending" }),
        ],
      });
      assert.deepEqual(await adopted(b), [], "it is alive");
      await made().dies(a);
      assert.deepEqual(await adopted(b), [1, 4], "those that have something to do");
      assert.equal(await claim(b, 2), "ours", "and any that somebody asks for");
      assert.deepEqual(await adopted(b), []);
    });

    it("are not claimed by a process that another has followed as the same node", async () => {
      await outcome(b, { creates: [run(1, { status: "active" }), run(2)] });
      const next = await made().again();
      assert.deepEqual(await adopted(next), []);
      await b.ownership!.release(uuid(1));
      await b.ownership!.release(uuid(2));
      assert.equal(await claim(a, 2), "elsewhere");
      assert.deepEqual(await adopted(a), []);
      assert.equal(await claim(b, 1), "ours");
      assert.equal(await claim(next, 2), "ours");
    });

    it("are adopted also from a process that came and went between two looks", async () => {
      await outcome(a, { creates: [run(1)] });
      assert.deepEqual(await adopted(b), []);
      const c = await made().beside();
      await outcome(c, { creates: [run(2, { status: "active" })] });
      await c.close();
      const { runs, gone } = await b.ownership!.adopt(10);
      assert.deepEqual([runs.map(({ runNo }) => runNo), gone], [[2], true]);
      assert.equal((await b.ownership!.adopt(10)).gone, false);
    });

    it("are adopted in parts, each by one", async () => {
      const all = Array.from({ length: 20 }, (_, i) => i + 1);
      await outcome(a, { creates: all.map((runNo) => run(runNo, { status: "active" })) });
      const c = await made().beside();
      await made().dies(a);
      const found: number[] = [];
      for (let rounds = 0; found.length < 20; rounds++) {
        assert.ok(rounds < 40, "it comes to an end");
        for (const part of await Promise.all([adopted(b, 3), adopted(c, 3)])) found.push(...part);
      }
      assert.deepEqual(found.sort((x, y) => x - y), all);
    });

    it("are adopted with children whose parent has ended", async () => {
      await outcome(a, {
        creates: [run(1, { status: "failed" }), run(2, { status: "active", parentRunNo: 1 })],
      });
      await made().dies(a);
      assert.deepEqual(await adopted(b), [2]);
      assert.equal(await claim(b, 1), "ours");
      assert.deepEqual(await outcome(b, { updates: [runUpdate(2)] }), ["ok"]);
    });

    it("are adopted when their tree was claimed for one that somebody asked for", async () => {
      const active = (runNo: number, parentRunNo: number) =>
        run(runNo, { status: "active", parentRunNo });
      await outcome(a, { creates: [run(1, { status: "active" }), active(2, 1), active(3, 1)] });
      await outcome(a, { creates: [run(4, { status: "active" })] });
      assert.deepEqual(await adopted(b), []);
      await made().dies(a);
      assert.equal(await claim(b, 2), "ours");
      assert.deepEqual(await adopted(b), [1, 2, 3, 4]);
      assert.deepEqual(await adopted(b), []);
      assert.deepEqual(await adopted(b), []);
    });

    it("are adopted with all of their tree, also in parts", async () => {
      const active = (runNo: number) => run(runNo, { status: "active", parentRunNo: 1 });
      await outcome(a, { creates: [run(1, { status: "active" }), ...[2, 3, 4, 5].map(active)] });
      assert.deepEqual(await adopted(b), []);
      await made().dies(a);
      const parts: number[][] = [];
      for (let more = true; more;) {
        const part = await b.ownership!.adopt(2);
        parts.push(part.runs.map(({ runNo }) => runNo));
        more = part.more;
      }
      assert.deepEqual(parts, [[1, 2], [3, 4], [5]]);
    });

    it("are not answered for by a process that another has followed as the same node", async () => {
      await outcome(a, { creates: [run(1)] });
      const message = { id: "m", runId: uuid(1), request: "{}" };
      await b.ownership!.ask(message);
      const next = await made().again();
      await a.ownership!.answer({ id: "m", text: "late" });
      assert.equal(await b.ownership!.answerTo("m"), null);
      assert.deepEqual(await next.ownership!.asked(5), [message]);
      await next.ownership!.answer({ id: "m", text: "said" });
      assert.equal(await b.ownership!.answerTo("m"), "said");
    });

    it("stay untouched by a process that comes back too late", async () => {
      await outcome(a, { creates: [run(1, { status: "active" })] });
      await made().dies(a);
      assert.deepEqual(await adopted(b), [1]);
      await assert.rejects(a.commit([handOver({ updates: [runUpdate(1)] })]), {
        code: "STORE_ERROR",
      });
      assert.equal((await b.runByNo(1))!.status, "active");
    });

    describe("that processes die of", () => {
      const suspect = (runNo: number, deaths: number, reason = "it was being loaded") => ({
        runNo,
        id: uuid(runNo),
        deaths,
        reason,
      });
      const told = async (store: Store, runNo: number) =>
        (await store.ownership!.claim(uuid(runNo))).suspects;

      it("are not blamed as long as the process lives, whoever starts or stops meanwhile", async () => {
        await outcome(a, { creates: [run(1), run(2)] });
        await a.suspect(1, "it was being loaded");
        assert.deepEqual(await b.countDeaths(), []);
        const c = await made().beside();
        assert.deepEqual(await c.countDeaths(), []);
        await c.close();
        await made().dies(a);
        assert.deepEqual(await told(b, 1), [suspect(1, 1)]);
      });

      it("are blamed once, and whoever takes the tree over is told of all of it", async () => {
        await outcome(a, { creates: [run(1), child(2, 1)] }, { creates: [run(3), run(4)] });
        for (const runNo of [1, 2, 3]) await a.suspect(runNo, "it was being loaded");
        await made().dies(a);
        const c = await made().beside();
        const claims = await Promise.all([told(b, 2), told(c, 3), told(b, 4)]);
        assert.deepEqual(claims, [[suspect(1, 1), suspect(2, 1)], [suspect(3, 1)], []]);
        assert.deepEqual(await told(b, 2), [], "it was ours already");
        assert.deepEqual(await b.countDeaths(), [suspect(1, 1), suspect(2, 1)]);
        assert.deepEqual(await c.countDeaths(), [suspect(3, 1)]);
      });

      it("are told to who adopts them, with the deaths of all before", async () => {
        await outcome(a, { creates: [run(1, { status: "active" }), child(2, 1)] });
        await a.suspect(2, "it was being loaded");
        const first = await b.ownership!.adopt(9);
        assert.deepEqual(first.suspects, []);
        await made().dies(a);
        const adopted = await b.ownership!.adopt(9);
        assert.deepEqual(adopted.runs.map(({ runNo }) => runNo), [1, 2]);
        assert.deepEqual(adopted.suspects, [suspect(2, 1)]);
        const c = await made().beside();
        await b.suspect(2, "a turn of it did not end");
        await made().dies(b);
        const { suspects } = await c.ownership!.adopt(9);
        assert.deepEqual(suspects, [suspect(2, 2, "a turn of it did not end")]);
        await c.trust(2);
        await made().dies(c);
        const d = await made().beside();
        assert.deepEqual((await d.ownership!.adopt(9)).suspects, []);
      });

      it("cost a process its life that is started again before anybody has missed it", async () => {
        await outcome(a, { creates: [run(1)] });
        await a.suspect(1, "it was being loaded");
        await b.suspect(1, null);
        a = await made().crash();
        assert.deepEqual(await b.countDeaths(), [], "it is not b's");
        assert.deepEqual(await a.countDeaths(), [suspect(1, 1)]);
      });

      it("are not noted any more by a process that was given up", async () => {
        await outcome(a, { creates: [run(1)] });
        await made().isGivenUp(a);
        await assert.rejects(a.suspect(1, "it was being loaded"), { code: "STORE_ERROR" });
        assert.deepEqual(await told(b, 1), []);
      });
    });
  });
}

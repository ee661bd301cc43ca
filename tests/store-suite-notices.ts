// What every store must do with what agents that are away are still to be told.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MOST_NOTICES, NOTICE_MS } from "../engine/store/notice-terms.ts";
import type { HandOver, NoticeRow, Store } from "../engine/store/store.ts";
import { handOver, noticeRow, run, uuid } from "./support/rows.ts";

export function noticeSuite(storeOf: () => Store): void {
  const commit = async (...batch: Partial<HandOver>[]) => {
    for (const result of await storeOf().commit(batch.map(handOver))) {
      assert.equal(result.ok, true);
    }
  };
  const says = (...rows: NoticeRow[]) => ({ noticing: { rows, told: [], withdrawn: [] } });
  const goes = (more: { told?: string[]; withdrawn?: string[] }) => ({
    noticing: { rows: [], told: [], withdrawn: [], ...more },
  });
  const of = (agent = "agent", since = 0) => storeOf().noticesOf(agent, since);
  const bodies = async (agent?: string, since?: number) =>
    (await of(agent, since)).map(({ body, dropped }) => [JSON.parse(body).message, dropped]);

  describe("notices", () => {
    it("are their agent's, the oldest first, until it was told", async () => {
      const first = noticeRow(2, { kind: "question", body: `{"message":"ü"}` });
      await commit(says(first, noticeRow(1)), says(noticeRow(3, { agentId: "other" })));
      assert.deepEqual(await of(), [first, noticeRow(1)]);
      assert.deepEqual(await bodies("other"), [["3", 0]]);
      assert.deepEqual(await bodies("nobody"), []);
      await commit(goes({ told: [uuid(2), uuid(9)] }));
      assert.deepEqual(await bodies(), [["1", 0]]);
      assert.deepEqual(await bodies("agent", 2), []);
    });

    it("are withdrawn in the batch in which they came, or later, or not at all", async () => {
      await commit(
        says(noticeRow(1), noticeRow(2)),
        goes({ withdrawn: [uuid(2)] }),
      );
      assert.deepEqual(await bodies(), [["1", 0]]);
      await commit(goes({ withdrawn: [uuid(1), uuid(7)] }));
      assert.deepEqual(await bodies(), []);
    });

    it("of more than there is room for the oldest go, and the oldest left says how many", async () => {
      const rows = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, i) => noticeRow(from + i));
      await commit(says(...rows(1, MOST_NOTICES)));
      assert.equal((await of()).length, MOST_NOTICES);
      await commit(says(...rows(101, 103)), says(noticeRow(900, { agentId: "other" })));
      await commit(says(noticeRow(104)));
      const left = await bodies();
      assert.equal(left.length, MOST_NOTICES);
      assert.deepEqual([left[0], left[1], left.at(-1)], [["5", 4], ["6", 0], ["104", 0]]);
      assert.deepEqual(await bodies("other"), [["900", 0]]);
      // What goes untold leaves its count to the next one, what was told takes it along.
      await commit(goes({ withdrawn: [uuid(5)] }));
      assert.deepEqual((await bodies())[0], ["6", 4]);
      await commit(goes({ told: [uuid(6)] }));
      assert.deepEqual((await bodies())[0], ["7", 0]);
    });

    it("go when their time is over, once others come", async () => {
      await commit(says(
        noticeRow(1),
        noticeRow(2, { agentId: "other" }),
        noticeRow(3, { at: NOTICE_MS }),
      ));
      await commit(says(noticeRow(4, { agentId: "third", at: NOTICE_MS + 3 })));
      assert.deepEqual(await bodies(), [["3", 1]]);
      assert.deepEqual(await bodies("other"), []);
      assert.deepEqual(await bodies("third"), [["4", 0]]);
    });

    it("stand in the view of the run that has said them, but for questions", async () => {
      await commit({ creates: [run(1)] });
      await commit(says(noticeRow(1), noticeRow(2, { kind: "question" }), noticeRow(3)));
      await commit(says(noticeRow(4, { runId: uuid(2) })));
      const view = async (noticesSince?: number) => {
        const more = noticesSince === undefined ? {} : { noticesSince };
        return (await storeOf().viewRun(uuid(1), { events: 0, room: 0, ...more }))!.notices;
      };
      assert.deepEqual(await view(0), [noticeRow(1), noticeRow(3)]);
      assert.deepEqual(await view(2), [noticeRow(3)]);
      assert.deepEqual(await view(), []);
    });
  });
}

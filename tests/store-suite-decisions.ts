// What every store must do with decisions: keep each in its last state, and find it again.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { DECISION_STATUSES } from "../core/status.ts";
import type { DecisionFilter, HandOver, Store } from "../engine/store/store.ts";
import { pages } from "./support/pages.ts";
import { decisionRow, event, handOver, run, runUpdate, uuid } from "./support/rows.ts";

/** To be called inside the suite of all stores; `open` returns the store of the current test. */
export function decisionSuite(open: () => Store): void {
  let store: Store;
  beforeEach(() => void (store = open()));

  const commit = (...batch: Partial<HandOver>[]) => store.commit(batch.map(handOver));
  const asked = (runNo: number, seq: number, context: string) =>
    event(runNo, seq, { type: "decision_requested", stepId: "ask", payload: context });
  const answered = (runNo: number, seq: number, resolution: string) =>
    event(runNo, seq, { type: "decision_resolved", stepId: "ask", payload: resolution });
  const listed = async () => (await store.listDecisions({ limit: 100 })).rows;

  describe("decisions", () => {
    it("answers the same decision as was handed over, in every field", async () => {
      const full = decisionRow(7, 1, {
        stepId: "each.iter_2.ask",
        agentId: "author",
        targetAgentId: "Prüferin",
        requestedSeq: 1,
        options: `[{"id":"ja","description":"Grüße 🌍"},{"id":"nein"}]`,
        timeoutAt: 1_763_700_000_123,
        fallback: "nein",
        status: "resolved",
        resolvedSeq: 2,
        resolvedBy: "Prüferin",
        resolvedAt: 1_763_700_000_100,
        createdAt: 1_763_600_000_000,
      });
      const bare = decisionRow(7, 2, { options: "[]" });
      const context = `{"prompt":"Weiter?","step_outputs":{"a":1}}`;
      const resolution = `{"choice":"ja","data":{"n":1.5}}`;
      const results = await commit({
        creates: [run(7)],
        events: [asked(7, 1, context), answered(7, 2, resolution)],
        decisions: [full, bare],
      });
      assert.equal(results[0]!.ok, true);
      assert.deepEqual(await listed(), [
        { ...bare, runId: uuid(7), context, contextCut: false, resolution: null },
        { ...full, runId: uuid(7), context, contextCut: false, resolution },
      ]);
    });

    it("knows up to when links of a decision were taken back, whatever becomes of it", async () => {
      const [one, two] = [decisionRow(1, 1), decisionRow(1, 2)];
      const at = async ({ id }: { id: string }) => (await store.decisionById(id))?.linksRevokedAt;
      await commit({ creates: [run(1)], decisions: [one, two] });
      assert.deepEqual([await at(one), await at(two)], [null, null]);
      await commit({ revoking: { runNo: 1, decisionId: one.id, revokedAt: 5 } });
      await commit({ revoking: { runNo: 1, decisionId: one.id, revokedAt: 7 } });
      await commit({ decisions: [{ ...one, status: "cancelled" }] });
      assert.deepEqual([await at(one), await at(two)], [7, null]);
    });

    it("shows an empty context when its event says nothing", async () => {
      const rows = [decisionRow(1, 1), decisionRow(1, 2, { requestedSeq: 9 })];
      await commit({ creates: [run(1)], events: [event(1, 1)], decisions: rows });
      assert.deepEqual((await listed()).map((row) => row.context), ["null", "null"]);
    });

    it("keeps each decision in its last state, across commits", async () => {
      const [first, second] = [decisionRow(1, 1), decisionRow(1, 2)];
      await commit({
        creates: [run(1)],
        events: [asked(1, 1, `{"q":1}`)],
        decisions: [first, second],
      });
      const resolved = {
        ...first,
        status: "resolved" as const,
        resolvedSeq: 2,
        resolvedBy: "me",
        resolvedAt: 50,
      };
      await commit({ events: [answered(1, 2, `{"choice":"yes"}`)], decisions: [resolved] });
      assert.deepEqual(await listed(), [
        { ...second, runId: uuid(1), context: `{"q":1}`, contextCut: false, resolution: null },
        {
          ...resolved,
          runId: uuid(1),
          context: `{"q":1}`,
          contextCut: false,
          resolution: `{"choice":"yes"}`,
        },
      ]);
      const gone = { ...second, status: "cancelled" as const, resolvedAt: 60 };
      await commit({ decisions: [gone] });
      assert.deepEqual((await listed()).map((row) => row.status), ["cancelled", "resolved"]);
    });

    it("takes several hand-overs on one decision in one batch", async () => {
      const waiting = decisionRow(1, 1);
      const results = await commit(
        { creates: [run(1)], events: [asked(1, 1, `{"q":1}`)], decisions: [waiting] },
        {
          updates: [runUpdate(1, { status: "active", lastSeq: 1 })],
          decisions: [{ ...waiting, targetAgentId: "you" }, decisionRow(1, 2)],
        },
        {
          updates: [runUpdate(1, { expectSeq: 1, lastSeq: 2 })],
          events: [answered(1, 2, `{"choice":"no"}`)],
          decisions: [{ ...waiting, status: "timed_out", resolvedSeq: 2, resolvedAt: 9 }],
        },
      );
      assert.ok(results.every((result) => result.ok));
      const rows = await listed();
      assert.deepEqual(
        rows.map((row) => [row.id, row.status, row.targetAgentId, row.resolution]),
        [[uuid(2), "pending", null, null], [uuid(1), "timed_out", null, `{"choice":"no"}`]],
      );
    });

    it("takes one decision in two states of the same hand-over", async () => {
      const row = decisionRow(1, 1);
      await commit({ creates: [run(1)], decisions: [row, { ...row, status: "cancelled" }] });
      assert.deepEqual((await listed()).map(({ status }) => status), ["cancelled"]);
    });

    it("keeps nothing of a hand-over that is fenced, nor of what builds on it", async () => {
      const kept = decisionRow(1, 1);
      await commit({ creates: [run(1), run(2)], decisions: [kept] });
      const results = await commit(
        {
          updates: [runUpdate(1, { expectSeq: 4 })],
          decisions: [{ ...kept, status: "resolved" }, decisionRow(1, 2)],
        },
        { decisions: [decisionRow(1, 3)] },
        { updates: [runUpdate(2)], decisions: [decisionRow(2, 4)] },
      );
      assert.deepEqual(results.map((result) => result.ok ? "ok" : result.reason), [
        "fenced",
        "fenced",
        "ok",
      ]);
      const rows = (await listed()).map(({ id, status }) => [id, status]);
      assert.deepEqual(rows, [[uuid(4), "pending"], [uuid(1), "pending"]]);
    });

    it("keeps nothing of a hand-over that is refused, nor of what builds on it", async () => {
      await commit({ creates: [run(1)], events: [event(1, 1)], decisions: [decisionRow(1, 1)] });
      const results = await commit(
        { events: [event(1, 1)], decisions: [decisionRow(1, 1, { status: "cancelled" })] },
        { creates: [run(2, { id: uuid(1) })], decisions: [decisionRow(2, 2)] },
        { decisions: [decisionRow(2, 3)] },
        { creates: [run(3)], decisions: [decisionRow(3, 4)] },
      );
      assert.deepEqual(results.map((result) => result.ok ? "ok" : result.reason), [
        "refused",
        "refused",
        "fenced",
        "ok",
      ]);
      const rows = (await listed()).map(({ id, status }) => [id, status]);
      assert.deepEqual(rows, [[uuid(4), "pending"], [uuid(1), "pending"]]);
    });

    it("fences an update of a run whose decision was left out", async () => {
      await commit({ creates: [run(1), run(2)] });
      const results = await commit(
        { updates: [runUpdate(2, { expectSeq: 9 })], decisions: [decisionRow(1, 1)] },
        { updates: [runUpdate(1)] },
      );
      assert.deepEqual(results.map((result) => result.ok), [false, false]);
    });

    it("gives large contexts and resolutions back unchanged", async () => {
      const context = JSON.stringify({ outputs: "ß".repeat(100_000) });
      const resolution = JSON.stringify({ choice: "yes", data: "x".repeat(70_000) });
      await commit({
        creates: [run(1), run(2)],
        events: [asked(1, 1, context), answered(1, 2, resolution), asked(2, 1, context)],
        decisions: [decisionRow(1, 1, { status: "resolved", resolvedSeq: 2 }), decisionRow(2, 2)],
      });
      const [second, first] = await listed();
      assert.equal(first?.context === context && first.resolution === resolution, true);
      assert.equal(second?.context === context && second.resolution === null, true);
      const record = await store.readRun(uuid(2), { events: 0 });
      assert.equal(record?.decisions[0]?.requestedSeq, 1);
      assert.equal(await store.eventPayload(1, 2) === resolution, true);
    });

    it("shows a run's pending decisions with it, newest first, and no other's", async () => {
      await commit({
        creates: [run(1), run(2)],
        events: [asked(1, 1, `{"q":1}`), asked(2, 1, `{"q":2}`)],
        decisions: [
          decisionRow(1, 1, { createdAt: 5 }),
          decisionRow(1, 2, { createdAt: 7 }),
          decisionRow(1, 4, { createdAt: 6 }),
          decisionRow(1, 3, { createdAt: 6 }),
          decisionRow(1, 5, { status: "resolved" }),
          decisionRow(1, 6, { status: "timed_out" }),
          decisionRow(1, 7, { status: "cancelled" }),
          decisionRow(2, 8),
        ],
      });
      const record = await store.readRun(uuid(1), { events: 0 });
      assert.deepEqual(record?.decisions.map(({ id }) => id), [3, 4, 2, 1].map(uuid));
      assert.deepEqual(record.decisions[0], decisionRow(1, 3, { createdAt: 6 }));
      const view = await store.viewRun(uuid(1), { events: 0, room: 10_000 });
      assert.deepEqual(view?.decisions.map(({ id }) => id), [3, 4, 2, 1].map(uuid));
      assert.deepEqual(view.decisions[0], {
        ...decisionRow(1, 3, { createdAt: 6 }),
        runId: uuid(1),
        context: `{"q":1}`,
        contextCut: false,
        resolution: null,
      });
    });
  });

  describe("listDecisions", () => {
    const created = Array.from({ length: 60 }, (_, i) =>
      decisionRow(1 + (i % 3), i + 1, {
        status: DECISION_STATUSES[i % 4]!,
        agentId: `agent${i % 5}`,
        targetAgentId: i % 7 === 0 ? null : `target${i % 2}`,
        // The clock was set back once.
        createdAt: 1_000 + Math.floor(i / 8) - (i >= 30 ? 3 : 0),
      }));
    const newestFirst = created.toReversed();
    beforeEach(() =>
      commit({
        creates: [1, 2, 3].map((runNo) => run(runNo)),
        events: [1, 2, 3].map((runNo) => asked(runNo, 1, "{}")),
        decisions: created,
      })
    );

    const filters = {
      "no filter": {},
      "a run": { runId: uuid(2) },
      "a status": { status: "pending" },
      "an agent": { agentId: "agent1" },
      "a target": { targetAgentId: "target1" },
      "a run and a status": { runId: uuid(3), status: "timed_out" },
      "an agent and a status": { agentId: "agent2", status: "resolved" },
      "a target and a status": { targetAgentId: "target0", status: "pending" },
      "all of them": {
        runId: uuid(1),
        status: "pending",
        agentId: "agent4",
        targetAgentId: "target0",
      },
    } as const;
    for (const [what, filter] of Object.entries(filters)) {
      it(`lists newest first, page by page, by ${what}`, async () => {
        const rows = await pages((cursor) => store.listDecisions({ ...filter, limit: 4, cursor }));
        const expected = newestFirst
          .map((row) => ({
            ...row,
            runId: uuid(row.runNo),
            context: "{}",
            contextCut: false,
            resolution: null,
          }))
          .filter((row) =>
            Object.entries(filter).every(([key, value]) => row[key as keyof typeof row] === value)
          );
        assert.ok(expected.length > 0);
        assert.deepEqual(rows, expected);
      });
    }

    it("lists the pending ones by deadline, those without one last, and counts them", async () => {
      await commit({
        decisions: created.map((row, i) => ({
          ...row,
          timeoutAt: i % 3 === 0 ? null : 5_000 + (i * 11) % 17,
        })),
      });
      const { rows: stored } = await store.listDecisions({ status: "pending", limit: 100 });
      const deadline = (row: { timeoutAt: number | null }) => row.timeoutAt ?? Infinity;
      const inOrder = stored.toSorted((a, b) =>
        deadline(a) === deadline(b) ? (a.id < b.id ? -1 : 1) : deadline(a) - deadline(b)
      );
      assert.ok(inOrder.length > 10 && inOrder.at(-1)!.timeoutAt === null);
      const listed = async (filter: Partial<DecisionFilter>) => {
        const asked = { ...filter, order: "deadline" } as const;
        const rows = await pages((cursor) => store.listDecisions({ ...asked, limit: 4, cursor }));
        const { total, isAll } = await store.countDecisions({ ...asked, limit: 1 });
        assert.deepEqual([total, isAll], [rows.length, true]);
        return rows.map(({ id }) => id);
      };
      const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
      assert.deepEqual(await listed({}), ids(inOrder));
      const ofOne = inOrder.filter(({ agentId }) => agentId === "agent2");
      assert.deepEqual(await listed({ agentId: "agent2" }), ids(ofOne));
      const ofRun = inOrder.filter(({ runNo }) => runNo === 2);
      assert.deepEqual(await listed({ runId: uuid(2) }), ids(ofRun));
    });

    it("goes on where a page ended although newer ones have come and shown ones changed", async () => {
      const first = await store.listDecisions({ limit: 5 });
      await commit({
        decisions: [
          decisionRow(1, 100, { createdAt: 9_000 }),
          { ...newestFirst[2]!, status: "cancelled" },
        ],
      });
      const second = await store.listDecisions({ limit: 5, cursor: first.next! });
      assert.deepEqual(
        [...first.rows, ...second.rows].map(({ id }) => id),
        newestFirst.slice(0, 10).map(({ id }) => id),
      );
    });

    it("answers nothing for a run that does not exist", async () => {
      const page = await store.listDecisions({ runId: uuid(99), limit: 5 });
      assert.deepEqual(page, { rows: [], next: null });
    });
  });

  describe("eventPayload", () => {
    it("answers the payload of one event, and null where there is none", async () => {
      await commit({
        creates: [run(1), run(2)],
        events: [event(1, 1, { payload: `{"a":1}` }), event(1, 2), event(2, 1, { payload: "2" })],
      });
      assert.equal(await store.eventPayload(1, 1), `{"a":1}`);
      assert.equal(await store.eventPayload(2, 1), "2");
      assert.equal(await store.eventPayload(1, 2), null);
      assert.equal(await store.eventPayload(1, 3), null);
      assert.equal(await store.eventPayload(9, 1), null);
    });
  });
}

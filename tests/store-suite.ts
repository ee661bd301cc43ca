// What every store must do, whatever it is built on.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { RunStatus } from "../core/status.ts";
import { Composed } from "../engine/store/composed.ts";
import type { HandOver, HandOverResult, RunFilter, RunRow, Store } from "../engine/store/store.ts";
import { countSuite } from "./store-suite-counts.ts";
import { decisionSuite } from "./store-suite-decisions.ts";
import { callbackSuite } from "./store-suite-callbacks.ts";
import { hookSuite } from "./store-suite-hooks.ts";
import { noticeSuite } from "./store-suite-notices.ts";
import { scheduleSuite } from "./store-suite-schedules.ts";
import { retentionSuite } from "./store-suite-retention.ts";
import { freeTimerSuite } from "./store-suite-timers.ts";
import { viewSuite } from "./store-suite-views.ts";
import { limitSuite } from "./store-suite-limits.ts";
import { writersSuite } from "./store-suite-writers.ts";
import { agentIn } from "./support/agents-in.ts";
import { pages } from "./support/pages.ts";
import {
  decisionRow,
  event,
  eventId,
  handOver,
  run,
  runUpdate,
  stepRow,
  templateRow,
  uuid,
} from "./support/rows.ts";

export interface StoreUnderTest {
  store: Store;
  /** Closes the store, if it is open, and opens what it has stored. */
  reopen(): Promise<Store>;
  /** Its process ends without a word, and the next one opens what is stored. */
  crash(): Promise<Store>;
  /** Opens it once more, as another process would; absent where one alone may have it open. */
  beside?(): Promise<Store>;
  /** Removes everything. */
  remove(): Promise<void>;
}

export function storeSuite(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let made: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      made = await makeStore();
      store = made.store;
    });
    afterEach(() => made.remove());

    const commit = (...batch: Partial<HandOver>[]) => store.commit(batch.map(handOver));
    const reasons = (results: HandOverResult[]) =>
      results.map((result) => (result.ok ? "ok" : result.reason));
    /** What each committed hand-over was told of its events. */
    const idsOf = (results: HandOverResult[]) =>
      results.flatMap((result) => (result.ok ? [[...result.eventIds]] : []));
    /** The ids of all events, the oldest first. */
    const logged = async () =>
      (await pages((cursor) => store.listEvents({ order: "oldest", limit: 1_000, cursor })))
        .map(({ id }) => id);

    describe("suspects", () => {
      beforeEach(() => commit({ creates: [run(1), run(2)] }));

      /** What the next process is told after the last one has ended without a word. */
      const afterCrash = async () => {
        store = await made.crash();
        return await store.countDeaths();
      };

      it("count a death for each process that ended in the middle of something", async () => {
        await store.suspect(1, "one thing");
        await store.suspect(2, "another");
        await store.suspect(2, null);
        const once = [{ runNo: 1, id: uuid(1), deaths: 1, reason: "one thing" }];
        assert.deepEqual(await afterCrash(), once);
        // Nothing was noted since.
        assert.deepEqual(await afterCrash(), once);
        await store.suspect(1, "the next");
        await store.suspect(1, null);
        assert.deepEqual(await afterCrash(), once);
        await store.suspect(1, "the last");
        assert.deepEqual(await afterCrash(), [{ ...once[0], deaths: 2, reason: "the last" }]);
        await store.trust(1);
        assert.deepEqual(await afterCrash(), []);
      });

      it("may be condemned without a death, and last", async () => {
        await store.condemn(2, 2);
        store = await made.reopen();
        const condemned = [{ runNo: 2, id: uuid(2), deaths: 2, reason: null }];
        assert.deepEqual(await store.countDeaths(), condemned);
      });

      it("are none because of a store that was closed as it should be", async () => {
        await store.suspect(1, "something");
        store = await made.reopen();
        assert.deepEqual(await store.countDeaths(), []);
      });

      it("may be runs that have many or long texts: their size is told with them", async () => {
        const payload = `{"output":"${"x".repeat(50_000)}"}`;
        await commit({
          creates: [run(3, { status: "active" })],
          events: [event(3, 1, { payload })],
          steps: [stepRow(3, "a", { outputSeq: 1 })],
        });
        const { rows } = await store.openRuns({ limit: 5 });
        const found = rows.find(({ runNo }) => runNo === 3);
        assert.ok(found!.bytes >= 50_000 && found!.bytes < 51_000, `${found!.bytes}`);
      });
    });

    describe("outputs too large for a read", () => {
      it("are left out and measured, but for those that are sealed", async () => {
        const payload = `{"output":"${"x".repeat(100_000)}"}`;
        await commit({
          creates: [run(1, { status: "active" })],
          events: [1, 2, 3].map((seq) =>
            event(1, seq, { payload: seq === 2 ? `{"output":2}` : payload })
          ),
          steps: ["a", "b", "c"].map((id, i) => stepRow(1, id, { outputSeq: i + 1 })),
          seals: [{ runNo: 1, slot: "event:3", blob: new Uint8Array([1]) }],
        });
        const record = await store.readRun(uuid(1), {
          events: 0,
          outputs: { each: 1_000, together: 10_000 },
        });
        assert.deepEqual(record!.steps.map(({ output }) => output?.length ?? null), [
          null,
          1,
          100_002,
        ]);
        assert.ok(record!.steps[0]!.outputSize >= 100_002);
        const whole = await store.readRun(uuid(1), { events: 0 });
        assert.equal(whole!.steps[0]!.output?.length, 100_002);
      });

      it("are read as one text where an event is composed of them", async () => {
        const long = JSON.stringify({ t: "é".repeat(70_000) });
        const parts = ['{"output":{"a":', 1, ',"b":', 2, "}}"];
        const text = `{"output":{"a":${long},"b":2}}`;
        const payload = new Composed({ runNo: 1, parts, length: text.length }, () => null);
        await commit({
          creates: [run(1, { status: "completed", lastSeq: 3, outputSeq: 3 })],
          events: [
            event(1, 1, { payload: `{"output":${long},"duration_ms":1}` }),
            event(1, 2, { payload: `{"output":2,"duration_ms":1}` }),
            event(1, 3, { type: "workflow_completed", payload }),
          ],
        });
        store = await made.reopen();
        assert.equal(await store.eventPayload(1, 3), text);
        assert.equal((await store.readRun(uuid(1), { events: 0 }))!.output, text.slice(10, -1));
        const { rows } = await store.listEvents({ limit: 9, order: "newest" });
        assert.equal(rows[0]!.payload, text);
        const view = await store.viewRun(uuid(1), { events: 1, room: 1_000 });
        const sizes = [rows[0]!.payloadSize, view!.outputSize, view!.events[0]!.payloadSize];
        // About: what is not ASCII has more bytes than its length says.
        for (const size of sizes) assert.ok(size >= text.length && size <= 2 * text.length);
      });

      it("are left out from where they are too many together", async () => {
        const ids = ["a", "b", "c", "d", "e"];
        // The large one in the middle is left out anyway, and counts for nothing.
        const sizes = [600, 600, 5_000, 600, 600];
        await commit({
          creates: [run(1, { status: "active" })],
          events: sizes.map((size, i) =>
            event(1, i + 1, { payload: `{"output":"${"x".repeat(size)}"}` })
          ),
          steps: ids.map((id, i) => stepRow(1, id, { outputSeq: i + 1 })),
        });
        const outputs = { each: 1_000, together: 2_000 };
        const { steps } = (await store.readRun(uuid(1), { events: 0, outputs }))!;
        assert.deepEqual(steps.map(({ output }) => output !== null), [
          true,
          true,
          false,
          true,
          false,
        ]);
      });
    });

    describe("commit", () => {
      it("answers the same run as was handed over, in every field", async () => {
        const full = run(7, {
          parentRunNo: 3,
          parentStepId: "call.child",
          depth: 2,
          params: `{"name":"Grüße 🌍","n":1.5}`,
          idempotencyKey: "key",
          forkedFrom: `{"workflow_id":"${uuid(3)}","step_id":"b"}`,
          rerunOf: uuid(4),
          createdAt: 1_763_700_000_123,
          status: "suspended",
          lastSeq: 12,
          outputSeq: null,
          error: `{"code":"TIMEOUT_ERROR","message":"late"}`,
          startedAt: null,
          completedAt: 5,
          activeMs: 17,
          activeSince: null,
          marks: `{"a":[1,2]}`,
        });
        assert.deepEqual(reasons(await commit({ creates: [full] })), ["ok"]);
        assert.deepEqual(await store.runByNo(7), full);
        assert.deepEqual(await store.runByKey("agent", "key"), full);
        assert.equal(await store.runByNo(8), null);
        assert.equal(await store.runByKey("agent", "other"), null);
        assert.equal(await store.runByKey("another", "key"), null);
      });

      it("changes only the changing fields of a run", async () => {
        await commit({ creates: [run(1, { marks: "{}" })] });
        const { expectStatus: _, expectSeq: __, sameMarks: ___, ...progress } = runUpdate(1, {
          status: "failed",
          lastSeq: 3,
          error: `{"code":"STEP_FAILED"}`,
        });
        await commit({ updates: [runUpdate(1, progress)] });
        assert.deepEqual(await store.runByNo(1), { ...run(1), ...progress });
      });

      it("keeps status and marks where an update says that they stay", async () => {
        const marks = `{"interrupted":["a"]}`;
        const staying = { status: "active", marks, sameMarks: true } as const;
        const at = (expectSeq: number) =>
          runUpdate(1, { ...staying, expectSeq, lastSeq: expectSeq + 1 });
        await commit({ creates: [run(1, { marks })] });
        const results = [
          ...await commit({ updates: [at(0)] }),
          ...await commit({ updates: [at(1)] }, { updates: [at(2)] }),
          ...await commit({ updates: [at(3)] }, {
            updates: [{ ...at(4), status: "failed", marks: null, sameMarks: false }],
          }, { updates: [{ ...at(5), expectStatus: "failed", status: "failed", marks: null }] }),
        ];
        assert.deepEqual(reasons(results), Array(6).fill("ok"));
        const row = await store.runByNo(1);
        assert.deepEqual([row?.status, row?.lastSeq, row?.marks], ["failed", 6, null]);
      });

      it("fences also what changes neither status nor marks", async () => {
        await commit({ creates: [run(1), run(2)] });
        const staying = { status: "active", sameMarks: true } as const;
        const missing = [{ expectSeq: 4 }, { expectStatus: "suspended" as const }];
        for (const miss of missing) {
          const updates = [runUpdate(1, { ...staying, ...miss }), runUpdate(2, staying)];
          assert.deepEqual(reasons(await commit({ updates })), ["fenced"]);
        }
        assert.deepEqual(await store.runByNo(2), run(2));
      });

      it("tells the ids of events, which grow over all runs in the order of the batch", async () => {
        const first = await commit(
          { creates: [run(1)], events: [event(1, 1), event(1, 2)] },
          { creates: [run(2)] },
          { creates: [run(3)], events: [event(3, 1)] },
        );
        const second = await commit({ updates: [runUpdate(1)], events: [event(1, 3)] });
        const told = idsOf([...first, ...second]);
        assert.deepEqual(told.map((ids) => ids.length), [2, 0, 1, 1]);
        const ids = told.flat();
        assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b));
        const { rows } = await store.listEvents({ order: "oldest", limit: 10 });
        assert.deepEqual(rows.map((row) => [row.id, row.runId, row.seq]), [
          [ids[0], uuid(1), 1],
          [ids[1], uuid(1), 2],
          [ids[2], uuid(3), 1],
          [ids[3], uuid(1), 3],
        ]);
      });

      it("takes an empty batch and an empty hand-over", async () => {
        assert.deepEqual(await commit(), []);
        assert.deepEqual(reasons(await commit({})), ["ok"]);
        assert.deepEqual(await logged(), []);
      });

      it("takes commits that are started before the one before is answered", async () => {
        const created = commit({ creates: [run(1)], events: [event(1, 1)] });
        const updated = commit({ updates: [runUpdate(1)], events: [event(1, 2)] });
        assert.deepEqual(idsOf([...await created, ...await updated]).flat(), await logged());
      });

      it("writes more rows than any one statement holds", async () => {
        const events = Array.from({ length: 1_003 }, (_, i) => event(1, i + 1));
        const steps = Array.from({ length: 301 }, (_, i) => stepRow(1, `s${1_000 + i}`));
        await commit({ creates: [run(1, { lastSeq: 1_003 })], events, steps });
        const record = await store.readRun(uuid(1), { events: 2_000 });
        assert.deepEqual(record?.events.map((row) => row.seq), events.map((row) => row.seq));
        assert.deepEqual(record?.steps.map((row) => row.stepId), steps.map((row) => row.stepId));
      });

      it("never gives a run number twice, nor one that a run has", async () => {
        const first = await store.takeRunNos(100);
        assert.ok(first >= 1);
        const second = await store.takeRunNos(3);
        assert.ok(second >= first + 100);
        await commit({ creates: [run(first), run(second + 2)] });
        store = await made.reopen();
        assert.ok(await store.takeRunNos(1) > second + 2);
      });
    });

    describe("the guard", () => {
      beforeEach(() => commit({ creates: [run(1), run(2)] }));

      it("fences a hand-over that expects another status", async () => {
        const missed = runUpdate(1, { expectStatus: "suspended" });
        const results = await commit({ updates: [missed], events: [event(1, 1)] });
        assert.deepEqual(reasons(results), ["fenced"]);
        assert.deepEqual(await store.runByNo(1), run(1));
        assert.deepEqual(await logged(), []);
      });

      it("fences a hand-over that expects another sequence number", async () => {
        assert.deepEqual(reasons(await commit({ updates: [runUpdate(1, { expectSeq: 4 })] })), [
          "fenced",
        ]);
      });

      it("fences an update of a run that does not exist", async () => {
        assert.deepEqual(reasons(await commit({ updates: [runUpdate(9)] })), ["fenced"]);
      });

      it("fences the whole hand-over when one of its runs misses", async () => {
        const updates = [runUpdate(1), runUpdate(2, { expectSeq: 1 })];
        const results = await commit({ updates, agents: [{ id: "a", at: 1 }] });
        assert.deepEqual(reasons(results), ["fenced"]);
        assert.equal((await store.runByNo(1))?.status, "active");
        assert.equal(await agentIn(store, "a"), null);
      });

      it("takes hand-overs of one run that follow on each other", async () => {
        const results = await commit(
          {
            updates: [runUpdate(1, { status: "active", lastSeq: 1 })],
            events: [event(1, 1)],
            steps: [stepRow(1, "a", { status: "running" }), stepRow(1, "b")],
          },
          { updates: [runUpdate(2)] },
          {
            updates: [runUpdate(1, { expectSeq: 1, lastSeq: 2, status: "completed" })],
            events: [event(1, 2)],
            steps: [stepRow(1, "a", { attempt: 3 }), stepRow(1, "c")],
          },
        );
        assert.deepEqual(reasons(results), ["ok", "ok", "ok"]);
        const record = await store.readRun(uuid(1), { events: 10 });
        assert.equal(record?.run.status, "completed");
        assert.equal(record?.run.lastSeq, 2);
        assert.deepEqual(record?.steps.map((row) => [row.stepId, row.status, row.attempt]), [
          ["a", "completed", 3],
          ["b", "completed", 1],
          ["c", "completed", 1],
        ]);
      });

      it("creates a run and changes it in the same batch", async () => {
        const results = await commit(
          { creates: [run(5)], events: [event(5, 1)], steps: [stepRow(5, "a", { attempt: 1 })] },
          {
            updates: [runUpdate(5)],
            events: [event(5, 2)],
            steps: [stepRow(5, "a", { attempt: 2 })],
          },
        );
        assert.deepEqual(reasons(results), ["ok", "ok"]);
        const record = await store.readRun(uuid(5), { events: 5 });
        assert.equal(record?.run.status, "completed");
        assert.deepEqual(record?.steps.map((row) => row.attempt), [2]);
      });

      it("fences the later of two hand-overs that do not follow on each other", async () => {
        const results = await commit(
          { updates: [runUpdate(1, { status: "active", lastSeq: 1 })], events: [event(1, 1)] },
          { updates: [runUpdate(1, { status: "failed", lastSeq: 1 })], events: [event(1, 1)] },
          { updates: [runUpdate(2)] },
        );
        assert.deepEqual(reasons(results), ["ok", "fenced", "ok"]);
        assert.equal((await store.runByNo(1))?.status, "active");
      });

      it("fences what builds on a hand-over that was left out, and nothing else", async () => {
        const results = await commit(
          {
            updates: [runUpdate(1, { expectSeq: 9, status: "active" })],
            creates: [run(10, { parentRunNo: 1 })],
          },
          { updates: [runUpdate(1)] },
          { creates: [run(11, { parentRunNo: 1 })] },
          { updates: [runUpdate(10)], events: [event(10, 1)] },
          { creates: [run(12, { parentRunNo: 10 })] },
          { updates: [runUpdate(12)] },
          { timers: [{ runNo: 10, key: "t", dueAt: 1 }] },
          { steps: [stepRow(11, "a")] },
          { updates: [runUpdate(2)], timers: [{ runNo: 1, key: "child", dueAt: 1 }] },
          { creates: [run(13, { parentRunNo: 2 })] },
        );
        assert.deepEqual(reasons(results), [...Array(8).fill("fenced"), "ok", "ok"]);
        for (const runNo of [10, 11, 12]) assert.equal(await store.runByNo(runNo), null);
        assert.equal((await store.runByNo(1))?.status, "active");
        const due = await store.dueTimers(10, 10);
        assert.deepEqual(due.timers.map((timer) => [timer.runNo, timer.key]), [[1, "child"]]);
      });
    });

    describe("a row that the database rejects", () => {
      it("refuses one hand-over among 99 good ones, a child creation among them", async () => {
        await commit({ creates: [run(1, { idempotencyKey: "taken" }), run(2)] });
        const batch = Array.from({ length: 100 }, (_, i) =>
          handOver({
            creates: [run(100 + i)],
            events: [event(100 + i, 1), event(100 + i, 2)],
            steps: [stepRow(100 + i, "a")],
          }));
        batch[20] = handOver({
          updates: [runUpdate(2, { status: "active" })],
          creates: [run(120, { parentRunNo: 2, parentStepId: "call", depth: 1 })],
          events: [event(120, 1), event(2, 1)],
        });
        batch[50]!.creates[0]!.idempotencyKey = "taken";
        const results = await store.commit(batch);
        assert.deepEqual(reasons(results).filter((reason) => reason !== "ok"), ["refused"]);
        assert.equal(results[50]?.ok, false);
        assert.equal(await store.runByNo(150), null);
        assert.equal((await store.runByNo(120))?.parentRunNo, 2);
        const after = await commit({ creates: [run(300)], events: [event(300, 1)] });
        const ids = idsOf([...results, ...after]).flat();
        assert.equal(ids.length, 199);
        assert.deepEqual(ids, await logged());
      });

      it("fences what builds on a refused creation", async () => {
        await commit({ creates: [run(1)] });
        const results = await commit(
          { creates: [run(1)] },
          { creates: [run(2, { id: uuid(1) })] },
          { creates: [run(3, { parentRunNo: 2 })] },
          { creates: [run(4)] },
        );
        assert.deepEqual(reasons(results), ["refused", "refused", "fenced", "ok"]);
      });

      it("refuses a sequence number that the run has already", async () => {
        await commit({ creates: [run(1)], events: [event(1, 1), event(1, 2)] });
        const results = await commit(
          { events: [event(1, 2)] },
          { creates: [run(2)], events: [event(2, 1)] },
        );
        assert.deepEqual(reasons(results), ["refused", "ok"]);
        assert.equal((await logged()).length, 3);
      });

      it("keeps an idempotency key to one run an agent", async () => {
        const results = await commit(
          { creates: [run(1, { agentId: "a", idempotencyKey: "k" })] },
          { creates: [run(2, { agentId: "b", idempotencyKey: "k" })] },
          { creates: [run(3, { agentId: "a" })] },
          { creates: [run(4, { agentId: "a" })] },
          { creates: [run(5, { agentId: "a", idempotencyKey: "k" })] },
        );
        assert.deepEqual(reasons(results), ["ok", "ok", "ok", "ok", "refused"]);
        assert.equal((await store.runByKey("a", "k"))?.runNo, 1);
        assert.equal((await store.runByKey("b", "k"))?.runNo, 2);
      });

      it("finds the first run of a delivery, whosever it is", async () => {
        await commit(
          { creates: [run(1, { agentId: "a", idempotencyKey: "k" })] },
          { creates: [run(2, { agentId: "b", idempotencyKey: "hook:1" })] },
          { creates: [run(3, { agentId: "a", idempotencyKey: "hook:1" })] },
          { creates: [run(4, { agentId: "a", idempotencyKey: "hook:2" })] },
        );
        assert.equal((await store.runByKey(null, "hook:1"))?.runNo, 2);
        assert.equal((await store.runByKey(null, "hook:2"))?.runNo, 4);
        assert.equal(await store.runByKey(null, "hook:3"), null);
      });
    });

    describe("templates", () => {
      it("stores a version once, for ever", async () => {
        const first = templateRow("a", 1, {
          description: "what it is",
          definition: `{ "steps": [ ] }`,
          inputSchema: `{"type":"object"}`,
          outputSchema: `{}`,
          triggers: `{"cron":"* * * * *"}`,
        });
        await commit({ templates: [first] });
        const again = await commit({ templates: [templateRow("a", 1, { definition: "{}" })] });
        assert.deepEqual(reasons(again), ["refused"]);
        assert.deepEqual(await store.template("a", 1), first);
        assert.equal(await store.template("a", 2), null);
        assert.equal(await store.template("b", null), null);
      });

      it("answers the numerically highest version as the latest", async () => {
        await commit({ templates: [9, 10, 2].map((version) => templateRow("a", version)) });
        assert.equal((await store.template("a", null))?.version, 10);
      });

      it("lists by name, newest version first, page by page", async () => {
        const rows = ["b", "a", "c"].flatMap((name) =>
          [1, 2, 10].map((version) =>
            templateRow(name, version, { agentId: name === "c" ? "other" : "agent" })
          )
        );
        await commit({ templates: rows });
        const all = await pages((cursor) => store.listTemplates({ limit: 2, cursor }));
        assert.deepEqual(
          all.map((row) => `${row.name}${row.version}`),
          ["a10", "a2", "a1", "b10", "b2", "b1", "c10", "c2", "c1"],
        );
        const named = await store.listTemplates({ name: "b", limit: 9 });
        assert.deepEqual(named.rows.map((row) => row.version), [10, 2, 1]);
        assert.equal(named.next, null);
        const others = await pages((cursor) =>
          store.listTemplates({ agentId: "other", limit: 1, cursor })
        );
        assert.deepEqual(others.map((row) => row.name), ["c", "c", "c"]);
        const latest = await pages((cursor) =>
          store.listTemplates({ latest: true, limit: 1, cursor })
        );
        assert.deepEqual(latest.map((row) => `${row.name}${row.version}`), ["a10", "b10", "c10"]);
        await commit({ templates: [templateRow("b-c", 1), templateRow("b-c", 2)] });
        const begins = async (filter: object) =>
          (await pages((cursor) =>
            store.listTemplates({ namePrefix: "b", limit: 1, ...filter, cursor })
          )).map((row) => `${row.name}${row.version}`);
        assert.deepEqual(await begins({}), ["b10", "b2", "b1", "b-c2", "b-c1"]);
        assert.deepEqual(await begins({ latest: true }), ["b10", "b-c2"]);
        assert.deepEqual(await begins({ latest: true, archived: true }), []);
        assert.deepEqual(await begins({ namePrefix: "b-", agentId: "agent" }), ["b-c2", "b-c1"]);
        assert.deepEqual(await begins({ namePrefix: "%" }), []);
        assert.deepEqual(await store.templateNames(2), ["a", "b"]);
        assert.deepEqual(await store.templateNames(9), ["a", "b", "b-c", "c"]);
      });

      it("are archived in all their versions, and listed with the others or apart", async () => {
        const rows = ["a", "b", "c"].flatMap((name) =>
          [1, 2].map((version) =>
            templateRow(name, version, { agentId: name === "c" ? "other" : "agent" })
          )
        );
        await commit({ templates: rows });
        await commit(
          { archiving: { name: "b", archivedAt: 5 } },
          { archiving: { name: "c", archivedAt: 6 } },
        );
        assert.equal((await store.template("b", null))?.archivedAt, 5);
        assert.equal((await store.template("b", 1))?.archivedAt, 5);
        assert.equal((await store.template("a", null))?.archivedAt, null);
        const listed = async (filter: object) =>
          (await pages((cursor) => store.listTemplates({ limit: 1, ...filter, cursor })))
            .map((row) => `${row.name}${row.version}`);
        assert.deepEqual(await listed({ archived: false }), ["a2", "a1"]);
        assert.deepEqual(await listed({ archived: true }), ["b2", "b1", "c2", "c1"]);
        assert.deepEqual(await listed({ archived: true, latest: true }), ["b2", "c2"]);
        assert.deepEqual(await listed({ archived: true, agentId: "other" }), ["c2", "c1"]);
        assert.deepEqual(await listed({ archived: true, latest: true, agentId: "agent" }), ["b2"]);
        assert.deepEqual(await listed({ archived: false, name: "b" }), []);
        assert.deepEqual(await listed({ archived: false, latest: true, name: "b" }), []);
        assert.deepEqual(await listed({ name: "b", latest: true }), ["b2"]);
        assert.deepEqual(await store.templateNames(9), ["a", "b", "c"]);
        // Of two in one batch the later one holds.
        await commit(
          { archiving: { name: "b", archivedAt: null } },
          { archiving: { name: "a", archivedAt: 7 } },
          { archiving: { name: "a", archivedAt: null } },
        );
        assert.deepEqual(await listed({ archived: false, latest: true }), ["a2", "b2"]);
      });
    });

    describe("agents", () => {
      it("registers an unknown one and moves the time of a known one forward only", async () => {
        await commit({ agents: [{ id: "a", at: 10 }, { id: "b", at: 20 }, { id: "a", at: 15 }] });
        await commit({ agents: [{ id: "a", at: 30 }, { id: "b", at: 5 }] });
        const agent = await agentIn(store, "a");
        assert.equal(agent?.lastSeenAt, 30);
        assert.equal(agent?.name, "a");
        assert.equal(agent?.type, "llm");
        await commit({ agents: [{ id: "cli", at: 1 }, { id: "cli2", at: 1 }] });
        assert.equal((await agentIn(store, "cli"))?.type, "human");
        assert.equal((await agentIn(store, "cli2"))?.type, "llm");
        assert.equal((await agentIn(store, "b"))?.lastSeenAt, 20);
        const { rows, next } = await store.listAgents({ limit: 10 });
        assert.deepEqual([rows.map((row) => row.id), next], [["a", "b", "cli", "cli2"], null]);
        assert.equal(await agentIn(store, "c"), null);
      });

      it("lists them page by page, the last seen first, also those of one moment", async () => {
        const agents = Array.from({ length: 25 }, (_, n) => ({ id: `a${n}`, at: n >> 2 }));
        await commit({ agents });
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.listAgents({ limit: 3, cursor });
          found.push(...page.rows.map((row) => row.id));
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        const order = [...agents].sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
        assert.deepEqual(found, order.map(({ id }) => id));
      });
    });

    describe("timers", () => {
      const timer = (runNo: number, key: string, dueAt: number | null) => ({ runNo, key, dueAt });

      it("answers what is due in order, and when the next one is", async () => {
        await commit({
          creates: [run(1, { agentId: "one" }), run(2, { agentId: "two" })],
          timers: [timer(2, "b", 100), timer(1, "z", 100), timer(2, "a", 100), timer(1, "y", 50)],
        }, { timers: [timer(1, "later", 900)] });
        const due = await store.dueTimers(100, 10);
        assert.deepEqual(due, {
          timers: [
            { runId: uuid(1), agentId: "one", ...timer(1, "y", 50) },
            { runId: uuid(1), agentId: "one", ...timer(1, "z", 100) },
            { runId: uuid(2), agentId: "two", ...timer(2, "a", 100) },
            { runId: uuid(2), agentId: "two", ...timer(2, "b", 100) },
          ],
          nextDueAt: 900,
        });
        const two = await store.dueTimers(100, 2);
        assert.deepEqual(two.timers.map(({ key }) => key), ["y", "z"]);
        assert.equal(two.nextDueAt, 100);
        assert.deepEqual(await store.dueTimers(49, 10), { timers: [], nextDueAt: 50 });
        assert.deepEqual((await store.dueTimers(1_000, 10)).nextDueAt, null);
        const rest = await store.dueTimers(100, 10, 51);
        assert.deepEqual(rest.timers.map(({ key }) => key), ["z", "a", "b"]);
        assert.equal(rest.nextDueAt, 900);
        assert.equal((await store.dueTimers(100, 2, 51)).nextDueAt, 100);
      });

      it("moves and removes a timer, in one batch and across batches", async () => {
        await commit({ creates: [run(1)], timers: [timer(1, "a", 10), timer(1, "b", 20)] });
        await commit({ timers: [timer(1, "a", 30)] }, { timers: [timer(1, "b", null)] });
        assert.deepEqual(await store.dueTimers(20, 10), { timers: [], nextDueAt: 30 });
        await commit({ timers: [timer(1, "a", null)] }, { timers: [timer(1, "a", 5)] });
        assert.deepEqual((await store.dueTimers(99, 10)).timers.map(({ dueAt }) => dueAt), [5]);
        await commit({ timers: [timer(1, "a", 7)] }, { timers: [timer(1, "a", null)] });
        await commit({ timers: [timer(1, "never", null)] });
        assert.deepEqual(await store.dueTimers(99, 10), { timers: [], nextDueAt: null });
      });
    });

    freeTimerSuite(() => store);
    scheduleSuite(() => store);
    hookSuite(() => store);
    callbackSuite(() => store);
    noticeSuite(() => store);
    retentionSuite(() => store);
    countSuite(() => made);

    describe("readRun", () => {
      it("answers the run with steps, outputs, context and its newest events", async () => {
        const context = {
          runNo: 1,
          agentId: "agent",
          originalIntent: "ship it",
          data: `{"a":1}`,
          agentNotes: "a note",
          createdAt: 1,
          updatedAt: 2,
        };
        const steps = [
          stepRow(1, "a", { outputSeq: 2 }),
          stepRow(1, "b", {
            status: "retrying",
            attempt: 2,
            retries: 1,
            startedAt: 3,
            completedAt: null,
            durationMs: null,
            error: `{"code":"BUSY"}`,
            dueAt: 99,
            detail: `{"index":4}`,
          }),
        ];
        const events = [
          event(1, 1, { stepId: "a", agentId: "agent" }),
          event(1, 2, { type: "step_completed", stepId: "a", payload: `{"output":{"x":[1]}}` }),
          event(1, 3, { type: "workflow_completed", payload: `{"output":"end","more":1}` }),
        ];
        await commit({
          creates: [run(5), run(1, { parentRunNo: 5, outputSeq: 3, lastSeq: 3 })],
          events,
          steps,
          contexts: [context],
        });
        const record = await store.readRun(uuid(1), { events: 2 });
        assert.deepEqual(record, {
          run: run(1, { parentRunNo: 5, outputSeq: 3, lastSeq: 3 }),
          parentId: uuid(5),
          output: `"end"`,
          steps: [
            { ...steps[0], output: `{"x":[1]}`, outputSize: 9 },
            { ...steps[1], output: null, outputSize: 0 },
          ],
          context,
          decisions: [],
          events: events.slice(1).map(({ runNo: _, ...row }, i) => ({
            ...row,
            id: i + 2,
            runId: uuid(1),
            payloadSize: row.payload!.length,
          })),
          seals: [],
        });
        const bare = await store.readRun(uuid(5), { events: 0 });
        assert.deepEqual(
          [bare?.parentId, bare?.output, bare?.steps, bare?.context, bare?.events],
          [null, null, [], null, []],
        );
        assert.equal(await store.readRun(uuid(6), { events: 1 }), null);
      });

      it("answers the last context of several", async () => {
        const context = (data: string) => ({
          runNo: 1,
          agentId: "agent",
          originalIntent: null,
          data,
          agentNotes: null,
          createdAt: 1,
          updatedAt: 2,
        });
        await commit({ creates: [run(1)], contexts: [context("1")] }, { contexts: [context("2")] });
        await commit({ contexts: [context("3")] }, { contexts: [context("4")] });
        assert.equal((await store.readRun(uuid(1), { events: 0 }))?.context?.data, "4");
      });

      it("answers the last blob of each slot, and only to who asks for them", async () => {
        const seal = (runNo: number, slot: string, ...bytes: number[]) => ({
          runNo,
          slot,
          blob: Uint8Array.from(bytes),
        });
        await commit({
          creates: [run(1), run(2)],
          seals: [seal(1, "a", 1), seal(1, "b", 0, 255), seal(2, "a", 9)],
        });
        await commit({ seals: [seal(1, "a", 2)] }, { seals: [seal(1, "a", 3)] });
        const record = await store.readRun(uuid(1), { events: 0, seals: true });
        const slots = record!.seals.map(({ slot, blob }) => [slot, ...blob]);
        assert.deepEqual(slots.sort(), [["a", 3], ["b", 0, 255]]);
        assert.deepEqual((await store.readRun(uuid(1), { events: 0 }))!.seals, []);
      });

      it("gives large texts back unchanged, equal ones too", async () => {
        const large = JSON.stringify({ output: "ß".repeat(100_000) });
        const params = JSON.stringify({ p: "x".repeat(70_000) });
        const definition = JSON.stringify({ d: "y".repeat(70_000) });
        await commit({
          creates: [run(1, { params, outputSeq: 2 }), run(2, { params })],
          events: [event(1, 1, { payload: large }), event(1, 2, { payload: large })],
          templates: [templateRow("big", 1, { definition, inputSchema: definition })],
        });
        await commit({ events: [event(2, 1, { payload: large })] }, { events: [event(1, 1)] });
        const record = await store.readRun(uuid(1), { events: 5 });
        assert.equal(record?.run.params, params);
        assert.equal(record?.output, JSON.stringify("ß".repeat(100_000)));
        assert.deepEqual(record?.events.map((row) => row.payload === large), [true, true]);
        const { rows } = await store.listEvents({ runId: uuid(2), order: "oldest", limit: 5 });
        assert.equal(rows[0]?.payload, large);
        assert.equal((await store.template("big", 1))?.definition, definition);
        assert.equal((await store.template("big", 1))?.inputSchema, definition);
      });
    });

    describe("listRuns", () => {
      const MARKS = [
        '{"interrupted":["a"]}',
        '{"timed_out":true}',
        '{"poisoned":{"deaths":2,"reason":"x"}}',
        '{"outcome":{"status":"completed"}}',
      ];
      const statuses: RunStatus[] = ["pending", "active", "suspended", "completed", "failed"];
      const created = Array.from({ length: 60 }, (_, i) =>
        run(i + 1, {
          // The clock was set back once.
          createdAt: 1_000 + Math.floor(i / 7) - (i >= 30 ? 3 : 0),
          status: statuses[i % 5]!,
          agentId: `agent${i % 3}`,
          templateName: `template${i % 4}`,
          parentRunNo: i >= 40 ? 1 + (i % 2) : null,
          // Not in the order in which they were created, some at the same time.
          completedAt: i % 5 > 2 ? 2_000 + (i * 7) % 20 : null,
          marks: i % 5 === 2 ? MARKS[i % 4]! : null,
        }));
      const newestFirst = created.toReversed();
      beforeEach(() => commit({ creates: created }));

      const filters = {
        "no filter": {},
        "a status": { status: "failed" },
        "an agent": { agentId: "agent1" },
        "a template": { templateName: "template2" },
        "a parent": { parentRunNo: 2 },
        "a parent and a status": { parentRunNo: 2, status: "active" },
        "several statuses": { status: ["failed", "active"] },
        "several statuses of a template": {
          status: ["failed", "active", "completed"],
          templateName: "template1",
        },
        "several templates": { templateNames: ["template0", "template3"] },
        "several templates and an agent": {
          templateNames: ["template0", "template3"],
          agentId: "agent1",
        },
        "a time": { since: 1_005 },
        "times": { since: 1_002, until: 1_004 },
        "a template up to a time": { templateName: "template2", until: 1_003 },
        "an agent, a status and a time": { agentId: "agent0", status: "active", since: 1_002 },
        "an agent and a template": { agentId: "agent0", templateName: "template0" },
        "an interruption": { status: "interrupted" },
        "an interruption and an agent": { status: "interrupted", agentId: "agent1" },
        "an interruption, an agent and a template": {
          status: "interrupted",
          agentId: "agent0",
          templateName: "template0",
        },
        "an interruption, a parent and a time": {
          status: "interrupted",
          parentRunNo: 1,
          since: 1_000,
        },
      } as const;
      for (const [what, filter] of Object.entries(filters) as [string, Record<string, unknown>][]) {
        it(`lists newest first, page by page, by ${what}`, async () => {
          const listed = await pages((cursor) => store.listRuns({ ...filter, limit: 4, cursor }));
          const expected = newestFirst.filter((row) =>
            Object.entries(filter).every(([key, value]) =>
              key === "since"
                ? row.createdAt >= (value as number)
                : key === "until"
                ? row.createdAt <= (value as number)
                : key === "templateNames"
                ? (value as string[]).includes(row.templateName)
                : Array.isArray(value)
                ? value.includes(row[key as keyof typeof row])
                : value === "interrupted"
                ? /interrupted|poisoned/.test(row.marks ?? "")
                : row[key as keyof typeof row] === value
            )
          );
          assert.ok(expected.length > 0);
          assert.deepEqual(
            listed.map(({ run, params }) => ({ ...run, params })),
            expected,
          );
          const counted = await store.countRuns({ ...filter, limit: 1 });
          assert.deepEqual(counted, { total: expected.length, isAll: true });
        });
      }

      it("lists nothing of no template, whatever else is asked for", async () => {
        const more = [{}, { completedSince: 1 }, { status: "interrupted" }] as const;
        for (const filter of more.map((one) => ({ templateNames: [], ...one, limit: 5 }))) {
          assert.deepEqual(await store.listRuns(filter), { rows: [], next: null });
          assert.deepEqual(await store.countRuns(filter), { total: 0, isAll: true });
        }
      });

      it("lists the last completed first, where a time of completion is asked for", async () => {
        const times = { completedSince: 2_003, completedUntil: 2_015 };
        const fits = ({ completedAt }: RunRow) =>
          completedAt !== null && completedAt >= 2_003 && completedAt <= 2_015;
        const inOrder = newestFirst.filter(fits).sort((a, b) =>
          b.completedAt! - a.completedAt! || b.runNo - a.runNo
        );
        assert.ok(inOrder.length > 8);
        const listed = async (filter: Partial<RunFilter>) =>
          (await pages((cursor) => store.listRuns({ ...times, ...filter, limit: 3, cursor }))).map(
            ({ run }) => run.runNo,
          );
        assert.deepEqual(await listed({}), inOrder.map(({ runNo }) => runNo));
        assert.deepEqual(
          await listed({ agentId: "agent1", status: ["failed"] }),
          inOrder.filter(({ agentId, status }) => agentId === "agent1" && status === "failed")
            .map(({ runNo }) => runNo),
        );
        assert.deepEqual(await store.countRuns({ ...times, limit: 1 }), {
          total: inOrder.length,
          isAll: true,
        });
        const cursor = (await store.listRuns({ limit: 1 })).next!;
        await assert.rejects(store.listRuns({ ...times, limit: 1, cursor }), {
          code: "VALIDATION_ERROR",
        });
      });

      it("lists those whose ids begin so, newest first", async () => {
        const prefix = created[0]!.id.slice(0, -1);
        const expected = newestFirst.filter(({ id }) => id.startsWith(prefix));
        assert.ok(expected.length > 1 && expected.length < created.length);
        const ids = async (filter: Record<string, unknown>) =>
          (await pages((cursor) => store.listRuns({ ...filter, limit: 4, cursor }))).map((row) =>
            row.run.id
          );
        assert.deepEqual(await ids({ idPrefix: prefix }), expected.map(({ id }) => id));
        assert.deepEqual(
          await ids({ idPrefix: prefix, status: "failed" }),
          expected.filter(({ status }) => status === "failed").map(({ id }) => id),
        );
        assert.deepEqual(
          await ids({ idPrefix: prefix, status: "interrupted" }),
          expected.filter(({ marks }) => /interrupted|poisoned/.test(marks ?? "")).map((row) =>
            row.id
          ),
        );
        assert.deepEqual(await ids({ idPrefix: created[7]!.id }), [created[7]!.id]);
        const suffix = created[7]!.id.slice(-3);
        const ends = newestFirst.filter(({ id }) => id.endsWith(suffix)).map(({ id }) => id);
        assert.ok(ends.length > 0 && ends.length < created.length);
        assert.deepEqual(await ids({ idSuffix: suffix }), ends);
        assert.deepEqual(await ids({ idSuffix: `${suffix}0` }), []);
      });

      it("goes on where a page ended although newer runs have come", async () => {
        const first = await store.listRuns({ limit: 5 });
        await commit({ creates: [run(100, { createdAt: 9_000 })] });
        const second = await store.listRuns({ limit: 5, cursor: first.next! });
        assert.deepEqual(
          [...first.rows, ...second.rows].map(({ run }) => run.runNo),
          newestFirst.slice(0, 10).map(({ runNo }) => runNo),
        );
      });

      it("shows output and parent", async () => {
        await commit({
          creates: [run(200, { createdAt: 9_000, parentRunNo: 1, outputSeq: 1 })],
          events: [event(200, 1, { payload: `{"output":42}` })],
        });
        const { rows: [summary] } = await store.listRuns({ limit: 1 });
        assert.equal(summary?.output, "42");
        assert.equal(summary?.parentId, uuid(1));
      });

      it("finds each open run once, page by page", async () => {
        const open = created.filter(({ status }) => status === "pending" || status === "active");
        const all = () => pages((cursor) => store.openRuns({ limit: 5, cursor }));
        assert.deepEqual(
          (await all()).sort((a, b) => a.runNo - b.runNo),
          open.map(({ runNo, id, params }) => ({ runNo, id, bytes: params.length })),
        );
        await commit({ updates: [runUpdate(2)] });
        assert.equal((await all()).length, open.length - 1);
      });

      it("finds the unfinished children of all runs, by number", async () => {
        await commit({
          creates: [run(300, { createdAt: 1, parentRunNo: 200, status: "suspended" })],
        });
        const unfinished = created.filter(({ parentRunNo, status }) =>
          parentRunNo !== null && !["completed", "failed", "cancelled"].includes(status)
        );
        assert.ok(unfinished.length > 1);
        assert.deepEqual(await store.unfinishedChildren(), [
          ...unfinished.map(({ runNo, parentRunNo }) => ({ runNo, parentRunNo })),
          { runNo: 300, parentRunNo: 200 },
        ]);
      });
    });

    describe("listEvents", () => {
      beforeEach(async () => {
        for (let i = 1; i <= 20; i++) {
          await commit(
            i === 1
              ? {
                creates: [run(1), run(2, { agentId: "other" })],
                events: [event(1, 1), event(2, 1)],
              }
              : {
                events: [
                  event(1, i, { type: i % 5 === 0 ? "step_failed" : "step_started", stepId: "a" }),
                  event(2, i, { type: i % 4 === 0 ? "step_failed" : "step_completed" }),
                ],
              },
          );
        }
      });

      const filters = {
        "no filter": {},
        "a run": { runId: uuid(1) },
        "a rare type": { type: "step_failed" },
        "a frequent type": { type: "step_completed" },
        "a step": { stepId: "a" },
        "a time": { since: 1_015 },
        "times": { since: 1_004, until: 1_012 },
        "several types": { type: ["step_failed", "step_completed"] },
        "a template": { templateName: "report" },
        "an agent": { runAgentId: "other" },
        "an agent, types and a time": { runAgentId: "other", type: ["step_failed"], until: 1_010 },
        "an id": { afterId: eventId(11) },
        "a run and an id": { runId: uuid(2), afterId: eventId(11) },
        "a rare type and an id": { type: "step_failed", afterId: eventId(11) },
        "a run, a type, a step and a time": {
          runId: uuid(1),
          type: "step_failed",
          stepId: "a",
          since: 1_006,
        },
      } as const;
      for (const [what, filter] of Object.entries(filters) as [string, Record<string, unknown>][]) {
        for (const order of ["oldest", "newest"] as const) {
          it(`lists ${order} first, page by page, by ${what}`, async () => {
            const listed = await pages((cursor) =>
              store.listEvents({ ...filter, order, limit: 3, cursor })
            );
            const { rows: all } = await store.listEvents({ order, limit: 100 });
            assert.equal(all.length, 40);
            const expected = all.filter((row) =>
              Object.entries(filter).every(([key, value]) =>
                key === "since"
                  ? row.at >= (value as number)
                  : key === "until"
                  ? row.at <= (value as number)
                  : key === "templateName"
                  ? true
                  : key === "runAgentId"
                  ? row.runId === uuid(2)
                  : Array.isArray(value)
                  ? value.includes(row[key as keyof typeof row])
                  : key === "afterId"
                  ? row.id > (value as number)
                  : row[key as keyof typeof row] === value
              )
            );
            assert.ok(expected.length > 0);
            assert.deepEqual(listed, expected);
          });
        }
      }

      it("answers nothing for a run that does not exist", async () => {
        const page = await store.listEvents({ runId: uuid(99), order: "oldest", limit: 5 });
        assert.deepEqual(page, { rows: [], next: null });
      });
    });

    writersSuite(() => made);
    limitSuite(() => made);
    decisionSuite(() => store);
    viewSuite(() => store);

    describe("cursors", () => {
      const runsCursor = async () => {
        await commit({ creates: [run(1), run(2)] });
        return (await store.listRuns({ limit: 1 })).next!;
      };
      const bad = {
        "no base64": "%%%",
        "no JSON": Buffer.from("hello").toString("base64url"),
        "an empty text": "",
        "another shape": Buffer.from(`["runs","1",2]`).toString("base64url"),
        "too many keys": Buffer.from(`["runs",1,2,3]`).toString("base64url"),
      };
      for (const [what, cursor] of Object.entries(bad)) {
        it(`refuses ${what}`, async () => {
          const refusal = { code: "VALIDATION_ERROR", message: /^cursor: / };
          await assert.rejects(store.listRuns({ limit: 1, cursor }), refusal);
          await assert.rejects(store.listEvents({ order: "newest", limit: 1, cursor }), refusal);
          await assert.rejects(store.listTemplates({ limit: 1, cursor }), refusal);
          await assert.rejects(store.listDecisions({ limit: 1, cursor }), refusal);
        });
      }

      it("refuses a cursor of another list", async () => {
        const cursor = await runsCursor();
        const refusal = { code: "VALIDATION_ERROR" };
        await assert.rejects(store.listEvents({ order: "newest", limit: 1, cursor }), refusal);
        await assert.rejects(store.listDecisions({ limit: 1, cursor }), refusal);
      });
    });

    it("keeps everything when it is closed and opened again", async () => {
      await commit({
        creates: [run(1, { outputSeq: 1, forkedFrom: `{"step_id":"a"}` })],
        events: [event(1, 1, { payload: `{"output":"${"z".repeat(70_000)}"}` })],
        steps: [stepRow(1, "a", { outputSeq: 1 })],
        timers: [{ runNo: 1, key: "t", dueAt: 5 }],
        decisions: [decisionRow(1, 1), decisionRow(1, 2, { status: "resolved", resolvedSeq: 1 })],
        templates: [templateRow("a", 1)],
        agents: [{ id: "a", at: 1 }],
      });
      const read = async () => [
        await store.readRun(uuid(1), { events: 5 }),
        await store.dueTimers(9, 9),
        await store.template("a", null),
        await store.listAgents({ limit: 5 }),
        await store.listDecisions({ limit: 5 }),
        await store.eventPayload(1, 1),
      ];
      const before = await read();
      store = await made.reopen();
      assert.deepEqual(await read(), before);
      const results = await commit({ updates: [runUpdate(1)], events: [event(1, 2)] });
      assert.deepEqual(idsOf(results).flat(), (await logged()).slice(1));
    });

    it("is BUSY, not at fault, for whoever comes once it is closed", async () => {
      await store.close();
      await assert.rejects(store.runByNo(1), { code: "BUSY" });
      await assert.rejects(store.commit([handOver({})]), { code: "BUSY" });
      assert.equal(store.fault, null);
    });
  });
}

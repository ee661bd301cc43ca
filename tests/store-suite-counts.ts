// What every store must count with its commits: as much as there is, whatever was done.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTerminal, type RunStatus } from "../core/status.ts";
import { HAPPENED, noTallies, type Tallies } from "../engine/store/counts.ts";
import type { Expiry } from "../engine/store/retention-store.ts";
import type { EventType } from "../engine/journal/event-types.ts";
import type { DecisionRow, EventRow, HandOver, Store } from "../engine/store/store.ts";
import { pages } from "./support/pages.ts";
import { chooseSeed, seeded } from "./support/random.ts";
import { decisionRow, event, handOver, run, runUpdate } from "./support/rows.ts";

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** What a run logs that ends so. */
const LOGGED: { readonly [status in RunStatus]?: EventType } = {
  completed: "workflow_completed",
  failed: "workflow_failed",
};
/** A beginning of a quarter. */
const NOON = 2_000_000 * QUARTER;

export function countSuite(made: () => { store: Store; reopen(): Promise<Store> }): void {
  let store: Store;
  const commit = (...batch: Partial<HandOver>[]) => store.commit(batch.map(handOver));
  const tallies = async () => (await store.counts({ minutes: [], days: [] })).tallies;
  const happened = async (span: "minutes" | "days", bounds: number[]) =>
    (await store.counts({ minutes: [], days: [], [span]: bounds }))[span];

  describe("counts", () => {
    it("are nothing at first, and say so", async () => {
      store = made().store;
      const counts = await store.counts({ minutes: [NOON, NOON + MINUTE], days: [NOON] });
      const none = { at: NOON, started: 0, completed: 0, failed: 0 };
      assert.deepEqual(counts, { tallies: noTallies(), minutes: [none], days: [] });
    });

    it("follow a run from status to status; what happened stays when it is revived", async () => {
      store = made().store;
      await commit({ creates: [run(1, { status: "pending", createdAt: NOON + 1 })] });
      assert.deepEqual(await tallies(), { ...noTallies(), pending: 1 });
      let seq = 0;
      const to = (expectStatus: RunStatus, status: RunStatus, ms: number) =>
        commit({
          updates: [runUpdate(1, { expectStatus, status })],
          events: [event(1, ++seq, { type: LOGGED[status] ?? "step_started", at: NOON + ms })],
        });
      await to("pending", "active", 0);
      await to("active", "failed", MINUTE);
      assert.deepEqual(await tallies(), { ...noTallies(), failed: 1 });
      await to("failed", "active", 2 * MINUTE);
      await to("active", "completed", QUARTER);
      assert.deepEqual(await tallies(), { ...noTallies(), completed: 1 });
      const bounds = [0, 1, 2].map((n) => NOON + n * MINUTE);
      assert.deepEqual(await happened("minutes", bounds), [
        { at: NOON, started: 1, completed: 0, failed: 0 },
        { at: NOON + MINUTE, started: 0, completed: 0, failed: 1 },
      ]);
      assert.deepEqual(await happened("days", [NOON, NOON + QUARTER, NOON + 2 * QUARTER]), [
        { at: NOON, started: 1, completed: 0, failed: 1 },
        { at: NOON + QUARTER, started: 0, completed: 1, failed: 0 },
      ]);
    });

    it("are of each agent, questions of whom they ask", async () => {
      store = made().store;
      const mine = decisionRow(1, 1, { agentId: "a" });
      const yours = decisionRow(1, 2, { agentId: "a", targetAgentId: "b" });
      await commit({
        creates: [run(1, { agentId: "a" }), run(2, { agentId: "b", status: "suspended" })],
        decisions: [mine, yours],
        agents: [{ id: "a", at: 2 }, { id: "b", at: 1 }, { id: "c", at: 0 }],
      });
      const listed = async () =>
        (await store.listAgents({ limit: 10 })).rows.map((row) => [row.id, row.tallies]);
      assert.deepEqual(await listed(), [
        ["a", { ...noTallies(), active: 1, decisions: 1 }],
        ["b", { ...noTallies(), suspended: 1, decisions: 1 }],
        ["c", noTallies()],
      ]);
      await commit({ decisions: [{ ...yours, status: "resolved" }] });
      assert.deepEqual((await listed())[1], ["b", { ...noTallies(), suspended: 1 }]);
    });

    it("leave out what was not committed", async () => {
      store = made().store;
      await commit({ creates: [run(1)] });
      await commit(
        { creates: [run(2)] },
        { updates: [runUpdate(1, { expectSeq: 7 })], decisions: [decisionRow(1, 1)] },
        { creates: [run(1)] },
      );
      assert.deepEqual(await tallies(), { ...noTallies(), active: 2 });
    });

    it("keep what happened in the last two hours by the minute, in the last month by the quarter", async () => {
      store = made().store;
      const begin = (n: number, createdAt: number) => commit({ creates: [run(n, { createdAt })] });
      await begin(1, NOON);
      await begin(2, NOON + 2 * MINUTE);
      await begin(3, NOON + 3 * 60 * MINUTE);
      const first = async (span: "minutes" | "days") =>
        (await happened(span, [NOON, NOON + QUARTER]))[0]!.started;
      assert.deepEqual([await first("minutes"), await first("days")], [0, 2]);
      await begin(4, NOON + 33 * 24 * 60 * MINUTE);
      assert.deepEqual([await first("minutes"), await first("days")], [0, 0]);
    });

    it("lose what is removed, and nothing of what happened", async () => {
      store = made().store;
      const ends = { completedAt: NOON + 5, updatedAt: NOON + 5 };
      const row = (n: number, status: RunStatus) =>
        run(n, { status, createdAt: NOON, lastSeq: 1, ...ends });
      const end = (n: number, type: EventType) => event(n, 1, { type, at: NOON + 5 });
      await commit({
        creates: [row(1, "completed"), row(2, "failed"), row(3, "completed"), run(4)],
        decisions: [decisionRow(1, 1)],
        agents: [{ id: "agent", at: 1 }],
        events: [
          end(1, "workflow_completed"),
          end(2, "workflow_failed"),
          end(3, "workflow_completed"),
          event(4, 1),
        ],
      });
      const before = await happened("days", [NOON, NOON + QUARTER]);
      await prune(store, { endedBefore: NOON + 6 });
      assert.deepEqual(await tallies(), { ...noTallies(), active: 1 });
      const { rows } = await store.listAgents({ limit: 1 });
      assert.deepEqual(rows[0]!.tallies, { ...noTallies(), active: 1 });
      assert.deepEqual(await happened("days", [NOON, NOON + QUARTER]), before);
      assert.deepEqual([before[0]!.completed, before[0]!.failed], [2, 1]);
    });

    it("are what going through all rows comes to, whatever was done in whatever order", async (t) => {
      store = made().store;
      const seed = chooseSeed();
      t.diagnostic(`SEED=${seed}`);
      const world = new World(seeded(seed));
      for (let round = 0; round < 60; round++) {
        const batch = world.batch();
        const results = await commit(...batch);
        world.note(batch, results.map(({ ok }) => ok));
        if (round % 20 === 10) await prune(store, { endedBefore: world.now - 20 * MINUTE });
        if (round % 20 === 15) store = await made().reopen();
        if (round % 6 === 5) await compare(store, world);
      }
      await compare(store, world);
    });
  });
}

async function prune(store: Store, expiry: Partial<Expiry>): Promise<void> {
  const all = { endedBefore: null, textsBefore: null, belowRunNo: null, keysSince: 0, ...expiry };
  const { runs } = await store.expiredRuns(all, 0);
  await store.removeRuns(runs, { at: 1, keysSince: Infinity, budgetMs: 1_000 });
}

/** What the counts say against what the rows do, and against what was seen to happen. */
async function compare(store: Store, world: World): Promise<void> {
  const bounds = [NOON, NOON + QUARTER, world.now - world.now % QUARTER + QUARTER];
  const counted = await store.counts({ minutes: [], days: bounds });
  const byAgent = new Map<string, Record<keyof Tallies, number>>();
  const of = (agentId: string) => {
    if (!byAgent.has(agentId)) byAgent.set(agentId, noTallies());
    return byAgent.get(agentId)!;
  };
  const all = noTallies();
  for (const { run } of await pages((cursor) => store.listRuns({ limit: 500, cursor }))) {
    of(run.agentId)[run.status]++;
    all[run.status]++;
  }
  const pending = { status: "pending" as const, limit: 500 };
  for (const row of await pages((cursor) => store.listDecisions({ ...pending, cursor }))) {
    of(row.targetAgentId ?? row.agentId).decisions++;
    all.decisions++;
  }
  assert.deepEqual(counted.tallies, all);
  const { rows } = await store.listAgents({ limit: 100 });
  assert.ok(rows.length > 0);
  for (const { id, tallies } of rows) assert.deepEqual(tallies, of(id), id);
  for (const [i, stretch] of counted.days.entries()) {
    for (const what of HAPPENED) {
      const seen = world.happened.filter((one) =>
        one.what === what && one.at >= bounds[i]! && one.at < bounds[i + 1]!
      );
      assert.equal(stretch[what], seen.length, `${what} in ${i}`);
    }
  }
}

interface Known {
  agentId: string;
  status: RunStatus;
  seq: number;
  open: DecisionRow[];
}

/** Runs that begin, go on, ask, fail, are revived and end, in batches of which something may be refused. */
class World {
  now = NOON;
  readonly happened: { what: (typeof HAPPENED)[number]; at: number }[] = [];
  readonly #random: () => number;
  readonly #runs = new Map<number, Known>();
  #lastRun = 0;
  #lastDecision = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  #one<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!;
  }

  batch(): Partial<HandOver>[] {
    this.now += Math.floor(this.#random() * 3 * MINUTE);
    // What a batch does twice to a run builds on the first: by what is in it, not in the store.
    const draft = new Map([...this.#runs].map(([runNo, known]) => [runNo, { ...known }]));
    const count = 1 + Math.floor(this.#random() * 5);
    return Array.from({ length: count }, () => this.#handOver(draft));
  }

  #handOver(draft: Map<number, Known>): Partial<HandOver> {
    const going = [...draft].filter(([, { status }]) => !isTerminal(status) || status === "failed");
    if (going.length === 0 || this.#random() < 0.4) return this.#begin(draft);
    const [runNo, known] = this.#one(going);
    const to: RunStatus = known.status === "failed"
      ? "active"
      : this.#one(["active", "suspended", "completed", "failed", "cancelled"]);
    // One in ten comes from somebody who has seen an older state.
    const isFenced = this.#random() < 0.1;
    const update = runUpdate(runNo, {
      agentId: known.agentId,
      expectStatus: known.status,
      expectSeq: known.seq - (isFenced ? 1 : 0),
      status: to,
      lastSeq: known.seq + 1,
      completedAt: isTerminal(to) ? this.now : null,
      updatedAt: this.now,
    });
    const decisions = isTerminal(to)
      ? known.open.map((row) => ({ ...row, status: "cancelled" as const }))
      : to === "suspended" && known.open.length === 0
      ? [this.#ask(runNo, known)]
      : [];
    if (!isFenced) {
      const open = decisions.filter(({ status }) => status === "pending");
      draft.set(runNo, {
        ...known,
        status: to,
        seq: known.seq + 1,
        open: isTerminal(to) ? [] : [...known.open, ...open],
      });
    }
    const type = LOGGED[to] ?? "step_started";
    return { updates: [update], events: [this.#event(runNo, known.seq + 1, type)], decisions };
  }

  #begin(draft: Map<number, Known>): Partial<HandOver> {
    const runNo = ++this.#lastRun;
    const agentId = this.#one(["a", "b", "c"]);
    const status = this.#one(["pending", "active", "completed", "failed"] as const);
    const completedAt = isTerminal(status) ? this.now : null;
    draft.set(runNo, { agentId, status, seq: 1, open: [] });
    return {
      creates: [
        run(runNo, {
          agentId,
          status,
          lastSeq: 1,
          createdAt: this.now,
          updatedAt: this.now,
          completedAt,
        }),
      ],
      events: [this.#event(runNo, 1, LOGGED[status] ?? "workflow_started")],
      agents: [{ id: agentId, at: this.now }],
    };
  }

  #event(runNo: number, seq: number, type: EventType): EventRow {
    return event(runNo, seq, { type, at: this.now });
  }

  #ask(runNo: number, { agentId }: Known): DecisionRow {
    const target = this.#random() < 0.5 ? this.#one(["a", "b", "c"]) : null;
    return decisionRow(runNo, ++this.#lastDecision, { agentId, targetAgentId: target });
  }

  /** What of the batch was committed. */
  note(batch: readonly Partial<HandOver>[], oks: readonly boolean[]): void {
    for (const [i, handOver] of batch.entries()) {
      if (!oks[i]) continue;
      const { creates = [], updates = [], decisions = [], events = [] } = handOver;
      for (const { type, at } of events) {
        if (type === "workflow_completed") this.happened.push({ what: "completed", at });
        if (type === "workflow_failed") this.happened.push({ what: "failed", at });
      }
      for (const { runNo, agentId, status, createdAt } of creates) {
        this.#runs.set(runNo, { agentId, status, seq: 1, open: [] });
        this.happened.push({ what: "started", at: createdAt });
      }
      for (const { runNo, status, lastSeq } of updates) {
        const known = this.#runs.get(runNo)!;
        const asked = decisions.filter((row) => row.status === "pending");
        const open = isTerminal(status) ? [] : [...known.open, ...asked];
        this.#runs.set(runNo, { ...known, status, seq: lastSeq, open });
      }
    }
  }
}

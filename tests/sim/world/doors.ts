// The store as a process of the simulated world reaches it: over threads, and with what may befall it.

import { OpcodeError } from "../../../core/errors.ts";
import { LeftOut } from "../../../engine/store/left-out.ts";
import type { HandOver, HandOverResult, Store } from "../../../engine/store/store.ts";
import type { Life, Scheduler } from "./scheduler.ts";
import type { Weather } from "./weather.ts";

export interface DoorOptions {
  inner: Store;
  scheduler: Scheduler;
  weather: Weather;
  life: Life;
  /** The process dies, perhaps while it commits that. */
  crash(during?: readonly HandOver[]): void;
  trace(line: string): void;
}

/** The reads that go to the reader's thread. */
const READS = [
  "counts",
  "runByNo",
  "runByKey",
  "readRun",
  "viewRun",
  "runTexts",
  "stepStatuses",
  "runHead",
  "listRuns",
  "countRuns",
  "countDecisions",
  "openRuns",
  "unfinishedChildren",
  "decisionById",
  "listDecisions",
  "eventPayload",
  "listEvents",
  "dueTimers",
  "template",
  "newestVersion",
  "listTemplates",
  "templateNames",
  "schedule",
  "scheduleByName",
  "triggersOf",
  "listSchedules",
  "listFires",
  "hook",
  "firstCallback",
  "noticesOf",
  "withNotices",
  "callback",
  "listCallbacks",
  "eventText",
  "listHooks",
  "unfinishedAmong",
  "listAgents",
  "endedBack",
  "expiredRuns",
  "halfRemoved",
] as const satisfies readonly (keyof Store)[];

/**
 * Every call waits for its thread's turn, every answer for the event loop's. A call of a process
 * that died meanwhile has no effect and no answer.
 */
export function openDoors(options: DoorOptions): Store {
  const { inner } = options;
  const reads = Object.fromEntries(READS.map((name) => [
    name,
    (...args: unknown[]) => {
      const read = inner[name].bind(inner) as (...args: unknown[]) => Promise<unknown>;
      return ask(options, "reader", () => read(...args));
    },
  ])) as unknown as Pick<Store, typeof READS[number]>;
  return {
    ...reads,
    get fault() {
      return inner.fault;
    },
    countDeaths: () => ask(options, "writer", () => inner.countDeaths()),
    suspect: (runNo, doing) => ask(options, "writer", () => inner.suspect(runNo, doing)),
    condemn: (runNo, deaths) => ask(options, "writer", () => inner.condemn(runNo, deaths)),
    trust: (runNo) => ask(options, "writer", () => inner.trust(runNo)),
    removing: (work) => work(),
    removeRuns: (runs, how) => ask(options, "writer", () => inner.removeRuns(runs, how)),
    removeFires: (kept, how) => ask(options, "writer", () => inner.removeFires(kept, how)),
    returnSpace: (budgetMs) => ask(options, "writer", () => inner.returnSpace(budgetMs)),
    takeRunNos: (count) => ask(options, "writer", () => inner.takeRunNos(count)),
    commit: (batch) => commit(options, batch),
    // The files belong to the world: it opens them again.
    close: () => ask(options, "writer", () => Promise.resolve()),
  };
}

function ask<T>(
  { scheduler, life }: DoorOptions,
  thread: "reader" | "writer",
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    scheduler.post(thread, life, async () => {
      let answer: () => void;
      try {
        const value = await work();
        answer = () => resolve(value);
      } catch (thrown) {
        answer = () => reject(thrown);
      }
      if (life.alive) scheduler.post(thread === "reader" ? "read" : "written", life, answer);
    });
  });
}

function commit(options: DoorOptions, batch: readonly HandOver[]): Promise<HandOverResult[]> {
  const { scheduler, weather, life } = options;
  const ms = weather.commitMs();
  const work = () => ask(options, "writer", () => write(options, batch));
  if (ms === 0) return work();
  return new Promise((resolve, reject) => {
    scheduler.work(ms, life, () => work().then(resolve, reject));
  });
}

async function write(
  { inner, weather, crash, trace }: DoorOptions,
  batch: readonly HandOver[],
): Promise<HandOverResult[]> {
  const fate = weather.fateOf(batch);
  trace(`commit of ${batch.length}: ${fate}`);
  if (fate === "crash before") {
    crash(batch);
    return [];
  }
  if (fate === "failed") throw new OpcodeError("STORE_ERROR", "the disk is full");
  const results = await writeAllowed(inner, batch, weather);
  for (const result of results) if (!result.ok) trace(`  ${result.reason}: ${result.message}`);
  if (fate === "crash after") crash();
  return results;
}

/** Leaves out what the weather refuses, and what builds on it. */
async function writeAllowed(
  inner: Store,
  batch: readonly HandOver[],
  weather: Weather,
): Promise<HandOverResult[]> {
  const leftOut = new LeftOut();
  const results: (HandOverResult | null)[] = batch.map((handOver) => {
    const fence = leftOut.cause(handOver);
    if (fence === null && !weather.refuses()) return null;
    leftOut.add(handOver);
    return fence === null
      ? { ok: false, reason: "refused", message: "refused by the simulated database" }
      : { ok: false, reason: "fenced", message: fence };
  });
  const allowed = batch.filter((_, i) => results[i] === null);
  const written = allowed.length > 0 ? await inner.commit(allowed) : [];
  let next = 0;
  return results.map((result) => result ?? written[next++]!);
}

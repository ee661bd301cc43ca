// The store as a process of the simulated world reaches it: over threads, and with what may befall it.

import { OpcodeError } from "../../../core/errors.ts";
import { LeftOut } from "../../../engine/store/left-out.ts";
import type {
  HandOver,
  HandOverResult,
  OwnershipStore,
  Store,
} from "../../../engine/store/store.ts";
import type { Life, Scheduler } from "./scheduler.ts";
import type { Weather } from "./weather.ts";

export interface DoorOptions {
  inner: Store;
  scheduler: Scheduler;
  weather: Weather;
  life: Life;
  /** How it is reached; by default by threads of the process itself. */
  way?: Way | undefined;
  /** The process dies, perhaps while it commits that. */
  crash(during?: readonly HandOver[]): void;
  trace(line: string): void;
}

export type Thread = "reader" | "writer" | "keeper";

/** How a process reaches its store. */
export interface Way {
  /** Has something done at the store, in the order of the thread. */
  send(thread: Thread, work: () => Promise<void>): void;
  /** Brings an answer back. */
  reply(thread: Thread, answer: () => void): void;
  commit(batch: readonly HandOver[]): Promise<HandOverResult[]>;
  close(): Promise<void>;
  readonly fault: string | null;
}

/** What others may do with the store's runs goes to the reader's thread, too. */
const OF_TREES = [
  "claim",
  "adopt",
  "loggedUpTo",
  "release",
  "ask",
  "asked",
  "answer",
  "answerTo",
] as const satisfies readonly (keyof OwnershipStore)[];

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
  "begunRuns",
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
  const { inner, way = threadsOf(options) } = options;
  const { ownership } = inner;
  return {
    ...asked(way, inner, READS),
    ...(ownership && {
      ownership: {
        ...asked(way, ownership, OF_TREES),
        leaseMs: ownership.leaseMs,
        sure: () => ownership.sure(),
      },
    }),
    get fault() {
      return way.fault;
    },
    countDeaths: () => ask(way, "writer", () => inner.countDeaths()),
    suspect: (runNo, doing) => ask(way, "writer", () => inner.suspect(runNo, doing)),
    condemn: (runNo, deaths) => ask(way, "writer", () => inner.condemn(runNo, deaths)),
    trust: (runNo) => ask(way, "writer", () => inner.trust(runNo)),
    removing: (work) => work(),
    removeRuns: (runs, how) => ask(way, "writer", () => inner.removeRuns(runs, how)),
    removeFires: (kept, how) => ask(way, "writer", () => inner.removeFires(kept, how)),
    returnSpace: (budgetMs) => ask(way, "writer", () => inner.returnSpace(budgetMs)),
    takeRunNos: (count) => ask(way, "writer", () => inner.takeRunNos(count)),
    commit: (batch) => way.commit(batch),
    close: () => ask(way, "writer", () => way.close()),
  };
}

/** These calls of something at the store, as its process makes them. */
function asked<Of extends object, Name extends keyof Of>(
  way: Way,
  of: Of,
  names: readonly Name[],
): Pick<Of, Name> {
  return Object.fromEntries(names.map((name) => [
    name,
    (...args: unknown[]) =>
      ask(way, "reader", () => (of[name] as (...args: unknown[]) => Promise<unknown>)(...args)),
  ])) as unknown as Pick<Of, Name>;
}

export function ask<T>(way: Way, thread: Thread, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    way.send(thread, async () => {
      let answer: () => void;
      try {
        const value = await work();
        answer = () => resolve(value);
      } catch (thrown) {
        answer = () => reject(thrown);
      }
      way.reply(thread, answer);
    });
  });
}

/** The way of a process that has the files to itself. */
function threadsOf(options: DoorOptions): Way {
  const { inner, scheduler, weather, life } = options;
  const way: Way = {
    send: (thread, work) => scheduler.post(thread, life, work),
    reply(thread, answer) {
      if (life.alive) scheduler.post(thread === "reader" ? "read" : "written", life, answer);
    },
    commit(batch) {
      const ms = weather.commitMs();
      const store = (allowed: readonly HandOver[]) => inner.commit(allowed);
      const work = () => ask(way, "writer", () => write(options, batch, store));
      if (ms === 0) return work();
      return new Promise((resolve, reject) => {
        scheduler.work(ms, life, () => work().then(resolve, reject));
      });
    },
    // The files belong to the world: it opens them again.
    close: () => Promise.resolve(),
    get fault() {
      return inner.fault;
    },
  };
  return way;
}

/** What becomes of a batch where it arrives; `store` stores it. */
export async function write(
  { weather, crash, trace }: Pick<DoorOptions, "weather" | "crash" | "trace">,
  batch: readonly HandOver[],
  store: (batch: readonly HandOver[]) => Promise<HandOverResult[]>,
): Promise<HandOverResult[]> {
  const fate = weather.fateOf(batch);
  trace(`commit of ${batch.length}: ${fate}`);
  if (fate === "crash before") {
    crash(batch);
    return [];
  }
  if (fate === "failed") throw new OpcodeError("STORE_ERROR", "the disk is full");
  const results = await writeAllowed(store, batch, weather);
  for (const result of results) if (!result.ok) trace(`  ${result.reason}: ${result.message}`);
  if (fate === "crash after") crash();
  return results;
}

/** Leaves out what the weather refuses, and what builds on it. */
async function writeAllowed(
  store: (batch: readonly HandOver[]) => Promise<HandOverResult[]>,
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
  const written = allowed.length > 0 ? await store(allowed) : [];
  let next = 0;
  return results.map((result) => result ?? written[next++]!);
}

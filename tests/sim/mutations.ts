// Deliberate faults between the engine and its store, each of which the simulator must see.

import { isTerminal } from "../../core/status.ts";
import {
  type DecisionRow,
  emptyHandOver,
  type EventId,
  type HandOver,
  NO_RUN,
  type RunRecord,
  type Store,
  type StoredStep,
} from "../../engine/store/store.ts";

/** One fault in the making; `struck` tells whether it has happened. */
export interface Mutation {
  through(store: Store): Store;
  readonly struck: boolean;
}

/** Makes a fault that happens once a seed, at the `nth` occasion (from 0). */
export type MakeMutation = (nth: number) => Mutation;

export const MUTATIONS: Record<string, MakeMutation> = {
  /** A commit is acknowledged and never made. */
  "skip a commit": (nth) =>
    onCommit(nth, (batch) => batch.some(({ events }) => events.length > 0), () => []),

  /** A number is given to two events. The store must not be one that refuses that. */
  "reuse a sequence number": (nth) =>
    onCommit(nth, (batch) => batch.some(hasTwoEvents), (batch) =>
      batch.map((handOver) => {
        if (!hasTwoEvents(handOver)) return handOver;
        const [first, second, ...rest] = handOver.events;
        return { ...handOver, events: [first!, { ...second!, seq: first!.seq }, ...rest] };
      })),

  /** Whoever loads a run finds a step that had completed as one that had not begun. */
  "re-run a completed step": (nth) =>
    onLoad(nth, (record) => {
      const at = record.steps.findIndex(({ stepId, status }) =>
        status === "completed" && !stepId.includes(".")
      );
      if (at < 0 || isTerminal(record.run.status)) return null;
      const fresh: StoredStep = {
        ...record.steps[at]!,
        status: "pending",
        outputSeq: null,
        output: null,
        completedAt: null,
      };
      return { ...record, steps: record.steps.with(at, fresh) };
    }),

  /** A timer that the engine set is never stored. */
  "drop a timer": (nth) => {
    const isSet = ({ timers }: HandOver) =>
      timers.some(({ key, dueAt }) => dueAt !== null && /^(wait|backoff|decision):/.test(key));
    return onCommit(nth, (batch) => batch.some(isSet), (batch) =>
      batch.map((handOver) => ({
        ...handOver,
        timers: handOver.timers.filter(({ dueAt }) => dueAt === null),
      })));
  },

  "apply a stale decision": staleDecision,

  "a claim after the start": claimAfterStart,

  "a callback noted after its event": callbackAfterEvent,

  /** The run of a delivery is stored without the key by which the delivery is known again. */
  "forget a delivery": (nth) => {
    const isDelivered = ({ creates }: HandOver) =>
      creates.some(({ idempotencyKey }) => idempotencyKey?.startsWith("hook:"));
    return onCommit(
      nth % 2,
      (batch) => batch.some(isDelivered),
      (batch) =>
        batch.map((handOver) =>
          isDelivered(handOver)
            ? {
              ...handOver,
              creates: handOver.creates.map((row) => ({ ...row, idempotencyKey: null })),
            }
            : handOver
        ),
    );
  },

  /** What was not taken is never sent again. */
  "drop a callback that was refused": (nth) => {
    const isRefused = ({ calling }: HandOver) =>
      calling?.rows.some(({ attempts, givenUpAt }) => attempts > 0 && givenUpAt === null) ?? false;
    return onCommit(
      nth,
      (batch) => batch.some(isRefused),
      (batch) =>
        batch.map((handOver) =>
          isRefused(handOver)
            ? { ...handOver, calling: { rows: [], removed: handOver.calling!.rows }, timers: [] }
            : handOver
        ),
    );
  },

  /** An output that had left memory comes back as another. */
  "lose an output": (nth) => {
    let left = nth;
    const mutation = {
      struck: false,
      through: (store: Store) =>
        around(store, {
          async runTexts(runNo, choice) {
            const texts = await store.runTexts(runNo, choice);
            if (mutation.struck || choice.outputs.length === 0 || left-- > 0) return texts;
            mutation.struck = true;
            return { ...texts, outputs: {} };
          },
        }),
    };
    return mutation;
  },
};

function hasTwoEvents({ events: [first, second] }: HandOver): boolean {
  return second !== undefined && first!.runNo === second.runNo;
}

/** Stores `change` of the nth batch that fits instead of it, and acknowledges the whole. */
function onCommit(
  nth: number,
  fits: (batch: readonly HandOver[]) => boolean,
  change: (batch: readonly HandOver[]) => HandOver[],
): Mutation {
  let left = nth;
  const mutation = {
    struck: false,
    through: (store: Store) =>
      around(store, {
        async commit(batch) {
          if (mutation.struck || !fits(batch) || left-- > 0) return store.commit(batch);
          mutation.struck = true;
          const changed = change(batch);
          if (changed.length > 0) return store.commit(changed);
          const { rows } = await store.listEvents({ order: "newest", limit: 1 });
          let last = rows[0]?.id ?? 0;
          return batch.map(({ events }) => ({
            ok: true,
            eventIds: events.map(() => ++last as EventId),
          }));
        },
      }),
  };
  return mutation;
}

/** Shows the engine, from the nth occasion on, the runs that it loads as `change` has them. */
function onLoad(nth: number, change: (record: RunRecord) => RunRecord | null): Mutation {
  let left = nth;
  const mutation = {
    struck: false,
    through: (store: Store) =>
      around(store, {
        async readRun(id, options) {
          const record = await store.readRun(id, options);
          // What clients read shows events; loading a run needs none.
          if (record === null || options.events > 0) return record;
          const changed = change(record);
          if (changed === null || left-- > 0) return record;
          mutation.struck = true;
          return changed;
        },
      }),
  };
  return mutation;
}

/**
 * A question is kept as it was when it was asked, step and all: whoever loads the run later takes
 * another answer to it.
 */
function staleDecision(nth: number): Mutation {
  const asked = new Map<string, { decision: DecisionRow; step: StoredStep }>();
  return onLoad(nth, (record) => {
    const { run, decisions, steps } = record;
    const [decision] = decisions;
    const stale = asked.get(run.id);
    if (decision && !stale) {
      const step = steps.find(({ stepId }) => stepId === decision.stepId)!;
      asked.set(run.id, { decision, step });
    }
    if (!stale || run.status !== "suspended") return null;
    if (decisions.some(({ id }) => id === stale.decision.id)) return null;
    const restored = steps.map((step) => step.stepId === stale.step.stepId ? stale.step : step);
    return { ...record, steps: restored, decisions: [stale.decision, ...decisions] };
  });
}

/**
 * The run of a schedule is stored without the claim of its time, which comes with the next commit:
 * what dies in between has started it and does not know.
 */
function claimAfterStart(): Mutation {
  const mutation = {
    struck: false,
    through(store: Store): Store {
      let late: HandOver[] = [];
      return around(store, {
        async commit(batch) {
          const [before, isNow] = [late, batch.map(isStart)];
          late = batch.filter((_, i) => isNow[i]).map(claimOf);
          if (late.length > 0) mutation.struck = true;
          const stored = batch.map((handOver, i) =>
            isNow[i]
              ? {
                ...handOver,
                claims: [],
                timers: handOver.timers.filter(isOfRun),
                scheduling: null,
              }
              : handOver
          );
          if (before.length > 0) await store.commit(before);
          return store.commit(stored);
        },
      });
    },
  };
  const isOfRun = ({ runNo }: HandOver["timers"][number]) => runNo !== NO_RUN;
  const isStart = ({ scheduling, creates }: HandOver) => scheduling !== null && creates.length > 0;
  const claimOf = ({ claims, timers, scheduling }: HandOver): HandOver => ({
    ...emptyHandOver(),
    claims,
    timers: timers.filter((timer) => !isOfRun(timer)),
    scheduling,
  });
  return mutation;
}

/**
 * What others are to hear of is stored with the next commit: what dies in between has happened, and
 * nobody will be told.
 */
function callbackAfterEvent(): Mutation {
  const mutation = {
    struck: false,
    through(store: Store): Store {
      let late: HandOver[] = [];
      return around(store, {
        async commit(batch) {
          const [before, isNow] = [late, batch.map(isNote)];
          late = batch.filter((_, i) => isNow[i]).map(noteOf);
          if (late.length > 0) mutation.struck = true;
          const stored = batch.map((handOver, i) =>
            isNow[i]
              ? {
                ...handOver,
                calling: null,
                timers: handOver.timers.filter((timer) => !isCallback(timer)),
              }
              : handOver
          );
          if (before.length > 0) await store.commit(before);
          return store.commit(stored);
        },
      });
    },
  };
  const isCallback = ({ key }: HandOver["timers"][number]) => key.startsWith("callback:");
  const isNote = ({ calling, events }: HandOver) => calling !== null && events.length > 0;
  const noteOf = ({ calling, timers }: HandOver): HandOver => ({
    ...emptyHandOver(),
    calling,
    timers: timers.filter(isCallback),
  });
  return mutation;
}

function around(store: Store, doors: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const own = doors[name as keyof Store];
      if (own) return own;
      const value = target[name as keyof Store] as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

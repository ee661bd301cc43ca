// How the times of schedules become runs: each in one hand-over that claims its timer, or not at all.

import { FairGate } from "../../core/fair-gate.ts";
import { errorText, OpcodeError, toErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isTerminal } from "../../core/status.ts";
import { CronError, type CronSchedule, parseCron } from "../../embed/cron.ts";
import type { EngineEnv } from "../engine-env.ts";
import { KeyedLock } from "../keyed-lock.ts";
import {
  emptyHandOver,
  type FireRow,
  type HandOver,
  NO_RUN,
  type ScheduleRow,
} from "../store/store.ts";
import { commitClaimed } from "../timers/commit-claimed.ts";
import type { FreeTimers } from "../timers/free-timers.ts";
import { decide, MOST_OPEN } from "./decide.ts";
import { start } from "./start.ts";
import { queueKey, retimed, scheduleOf, waitsFor } from "./timing.ts";

/** Schedules that are acted on at a time. */
const MOST_AT_ONCE = 32;
/** How long until what the store, or a busy daemon, has refused is tried again, ms. */
const RETRY_MS = 5_000;
/** How often somebody looks whether the runs that a waiting one waits for are over, ms. */
const POLL_MS = 60_000;

export class Scheduler {
  readonly #env: EngineEnv;
  /** Work on one schedule comes one after the other. */
  readonly lock = new KeyedLock();
  readonly #gate = new FairGate(MOST_AT_ONCE);
  /** The timers of waiting runs that this process knows, by the runs that they wait for. */
  readonly #waiting = new Map<number, { key: string; dueAt: number }>();
  #retrying = false;

  constructor(env: EngineEnv, timers: FreeTimers) {
    this.#env = env;
    const on = (kind: string, act: (timer: { key: string; dueAt: number }) => Promise<void>) =>
      timers.on(kind, (timer) => {
        act(timer).catch((thrown) => this.#failed(timer.key, thrown));
      });
    on("schedule", (timer) => this.#locked(timer.key, () => this.#wake(timer)));
    on("schedule-queue", (timer) => this.#locked(timer.key, () => this.#look(timer)));
  }

  /** Runs were committed as over: what waits for them need not wait for the next look. */
  committed({ updates }: HandOver): void {
    if (this.#waiting.size === 0) return;
    for (const { runNo, status } of updates) {
      const timer = isTerminal(status) ? this.#waiting.get(runNo) : undefined;
      if (!timer) continue;
      this.#waiting.delete(runNo);
      this.#locked(timer.key, () => this.#look(timer))
        .catch((thrown) => this.#failed(timer.key, thrown));
    }
  }

  #locked(key: string, act: () => Promise<void>): Promise<void> {
    const id = scheduleOf(key);
    return this.lock.run(id, () => this.#gate.pass({ agent: id, run: "schedule" }, act));
  }

  /** One schedule that cannot be acted on must not keep the others from it: it is tried again. */
  #failed(key: string, thrown: unknown): void {
    if (this.#env.runs.stopping) return;
    this.#env.log.error("a schedule could not be acted on, trying again", {
      schedule_id: scheduleOf(key),
      error: errorText(toErrorObject(thrown)),
    });
    this.#again();
  }

  #again(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#env.clock.after(RETRY_MS, () => {
      this.#retrying = false;
      if (!this.#env.runs.stopping) this.#env.refire(NO_RUN);
    });
  }

  /** A time of the schedule has come. */
  async #wake(timer: { key: string; dueAt: number }): Promise<void> {
    const { store, clock } = this.#env;
    const row = await store.schedule(scheduleOf(timer.key));
    const waits = row && waitsFor(row);
    // Somebody has changed or taken it meanwhile; a timer that is nobody's is taken away.
    if (!row || waits?.dueAt !== timer.dueAt) {
      return void await this.commit({ ...emptyHandOver(), claims: [timer] });
    }
    const now = clock.now();
    const cron = await this.#readable(row, now);
    if (!cron) return;
    const open = await store.unfinishedAmong(openRunsOf(row));
    const decided = decide(row, { cron, now, open });
    const { next, fires } = decided;
    if (decided.start) {
      const fire: FireRow = {
        scheduleId: row.id,
        dueAt: decided.start.time,
        cause: decided.start.cause,
        at: now,
        runNo: null,
        outcome: "started",
        detail: null,
      };
      return await this.begin(row, { next, fire, fires });
    }
    const handOver = this.#changing(row, next, fires);
    if (next.queuedAt !== null && row.queuedAt === null) {
      return await this.#wait(handOver, next.id, open);
    }
    await this.commit(handOver);
  }

  /** What the row says of its times; null, and the schedule is not active any more, when it cannot be read. */
  async #readable(row: ScheduleRow, now: number): Promise<CronSchedule | null> {
    try {
      return parseCron(row.cron, row.timezone);
    } catch (thrown) {
      if (!(thrown instanceof CronError)) throw thrown;
      const reason = `its expression cannot be read any more: ${thrown.message}`;
      const next: ScheduleRow = { ...row, status: "invalid", reason, nextAt: null, updatedAt: now };
      this.#env.log.error("a schedule is stopped", { schedule: row.name, reason });
      await this.commit(this.#changing(row, next, []));
      return null;
    }
  }

  /**
   * Starts the run of a fire and makes the schedule `next`, in one commit; when it cannot be started,
   * that is what became of the fire. Answers what was stored, null when somebody else was before.
   */
  async begin(
    row: ScheduleRow,
    { next, fire, fires, claims = [] }: {
      next: ScheduleRow;
      fire: FireRow;
      fires: FireRow[];
      claims?: { key: string; dueAt: number }[];
    },
  ): Promise<void> {
    const told = await this.started(row, { next, fire, fires, claims });
    if (told === null) this.#again();
  }

  /** The same; answers the fire as it was stored with the id of its run, null when nothing was. */
  async started(
    row: ScheduleRow,
    { next, fire, fires, claims = [] }: {
      next: ScheduleRow;
      fire: FireRow;
      fires: FireRow[];
      claims?: { key: string; dueAt: number }[];
    },
  ): Promise<{ fire: FireRow; runId: string | null } | null> {
    const times = retimed(row, next);
    try {
      return await start(this.#env, row, (runNo) => {
        const openRuns = [...openRunsOf(next), runNo].slice(-MOST_OPEN);
        const stored: FireRow = { ...fire, runNo };
        return {
          fire: stored,
          founding: {
            claims: [...times.claims, ...claims],
            timers: times.timers,
            scheduling: {
              removed: [],
              schedules: [{ ...next, openRuns: JSON.stringify(openRuns) }],
              fires: [...fires, stored],
            },
            origin: JSON.stringify({
              schedule: row.name,
              cause: fire.cause,
              due_at: new Date(fire.dueAt).toISOString(),
            }),
          },
        };
      });
    } catch (thrown) {
      const error = thrown instanceof OpcodeError ? thrown : null;
      if (!error || error.code === "BUSY") throw thrown;
      // Not stored: somebody else was before, or the store has refused it.
      if (error.code === "STORE_ERROR") return null;
      const failed: FireRow = {
        ...fire,
        outcome: "failed",
        detail: JSON.stringify({ error: error.toJSON() }),
      };
      const handOver = this.#changing(row, next, [...fires, failed]);
      handOver.claims.push(...claims);
      return await this.commit(handOver) ? { fire: failed, runId: null } : null;
    }
  }

  /** The run that waits may begin, if those before it are over. */
  async #look(timer: { key: string; dueAt: number }): Promise<void> {
    const { store, clock } = this.#env;
    const row = await store.schedule(scheduleOf(timer.key));
    if (!row || row.queuedAt === null) {
      return void await this.commit({ ...emptyHandOver(), claims: [timer] });
    }
    const now = clock.now();
    const open = await store.unfinishedAmong(openRunsOf(row));
    if (open.length > 0) {
      return await this.#wait({ ...emptyHandOver(), claims: [timer] }, row.id, open);
    }
    const next = { ...row, queuedAt: null, openRuns: "[]", updatedAt: now };
    const fire: FireRow = {
      scheduleId: row.id,
      dueAt: row.queuedAt,
      cause: "cron",
      at: now,
      runNo: null,
      outcome: "started",
      detail: null,
    };
    await this.begin(row, { next, fire, fires: [], claims: [timer] });
  }

  /** Looks after a while whether these runs are over; at once when it hears of it. */
  async #wait(handOver: HandOver, id: string, open: readonly number[]): Promise<void> {
    const timer = { key: queueKey(id), dueAt: this.#env.clock.now() + POLL_MS };
    handOver.timers.push({ runNo: NO_RUN, ...timer });
    for (const [runNo, { key }] of this.#waiting) {
      if (key === timer.key) this.#waiting.delete(runNo);
    }
    for (const runNo of open) this.#waiting.set(runNo, timer);
    if (!await this.commit(handOver)) return;
    // Of what was over before it was waited for nobody hears any more.
    const left = await this.#env.store.unfinishedAmong(open);
    if (left.length === 0) await this.#look(timer);
  }

  #changing(row: ScheduleRow, next: ScheduleRow, fires: FireRow[]): HandOver {
    return {
      ...emptyHandOver(),
      ...retimed(row, next),
      scheduling: { removed: [], schedules: [next], fires },
    };
  }

  /** False when somebody else has acted before. Throws when nothing can be stored. */
  async commit(handOver: HandOver): Promise<boolean> {
    return await commitClaimed(this.#env.journal, handOver);
  }
}

export function openRunsOf({ openRuns }: ScheduleRow): number[] {
  return parseJson(openRuns) as number[];
}

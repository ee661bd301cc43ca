// When a run begins that limits have kept waiting: in the order in which they came, as soon as there is room.
//
// The store alone knows how many have begun, for other nodes begin runs, too: it is asked, and has the
// last word, for a run's beginning is stored under its limits or not at all. Here are only those that
// wait on this node.

import { Alarm } from "../../core/alarm.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import type { LimitRow, RunRow, Store } from "../store/store.ts";
import type { Marks } from "../state/marks.ts";
import { settingOf } from "./limits.ts";
import type { WaitingLine, WaitingRun } from "./waiting-line.ts";

/** How often it is looked whether runs of other nodes have ended, ms. */
const LOOK_MS = 125;
/** After an end here the other nodes have so long to begin one of theirs, ms. */
const STAND_BACK_MS = 2 * LOOK_MS;
/** How long until it is looked again when the store could not be asked, or a beginning was not stored, ms. */
const RETRY_MS = 1_000;
/** Who wants to know whether there is room hears within this time that there may be none, ms. */
const DECIDED_MS = 1_000;
/** A run that was told to begin, and of which so long nothing was heard, has no place any more, ms. */
const PATIENCE_MS = 30_000;

interface Waiting extends WaitingRun {
  limits: readonly LimitRow[];
}

export interface AdmissionEnv {
  clock: Clock;
  log: Logger;
  store: Pick<Store, "begunRuns" | "ownership">;
  runs: {
    readonly stopping: boolean;
    post(id: string, input: { kind: "begin" }, agent: string, elsewhere: () => void): void;
  };
}

export class Admission implements WaitingLine {
  readonly #env: AdmissionEnv;
  /** By number, in the order in which they came. */
  readonly #waiting = new Map<number, Waiting>();
  /** The same by limit. */
  readonly #lines = new Map<string, Map<number, Waiting>>();
  /** When those that were told to begin were, by the monotonic clock. */
  readonly #told = new Map<number, number>();
  /** Who wants to know whether there is room, by the number of the run. */
  readonly #asked = new Map<number, () => void>();
  /** Until when no run begins under this limit, by the monotonic clock. */
  readonly #standsBack = new Map<string, number>();
  #looking = false;
  #again = false;
  readonly #alarm: Alarm;

  constructor(env: AdmissionEnv) {
    this.#env = env;
    this.#alarm = new Alarm(env.clock, () => void this.#look());
  }

  stop(): void {
    this.#alarm.close();
    this.#waiting.clear();
    this.#told.clear();
    this.#decideRest();
    this.#lines.clear();
  }

  enter({ runNo, id, agentId }: WaitingRun, limits: readonly LimitRow[]): void {
    if (this.#env.runs.stopping) return;
    const waiting: Waiting = { runNo, id, agentId, limits };
    this.#waiting.set(runNo, waiting);
    for (const limit of limits) this.#lineOf(limit).set(runNo, waiting);
    if (this.#told.delete(runNo)) {
      this.#decided(runNo);
      this.#alarm.in(RETRY_MS);
    } else void this.#look();
  }

  /** Whether the run that has just come has to wait: known once it was looked for room for it. */
  async waits({ row, marks }: { row: RunRow; marks: Marks }): Promise<boolean> {
    if (row.status !== "pending" || marks.waits === undefined) return false;
    if (!this.#looking && !this.#told.has(row.runNo)) return this.#waiting.has(row.runNo);
    const { clock } = this.#env;
    await new Promise<void>((resolve) => {
      const disarm = clock.after(DECIDED_MS, () => this.#decided(row.runNo));
      this.#asked.set(row.runNo, () => {
        disarm();
        resolve();
      });
    });
    return this.#waiting.has(row.runNo);
  }

  /** Those that were not told to begin. */
  #decideRest(): void {
    for (const runNo of this.#asked.keys()) if (!this.#told.has(runNo)) this.#decided(runNo);
  }

  #decided(runNo: number): void {
    this.#asked.get(runNo)?.();
    this.#asked.delete(runNo);
  }

  left(runNo: number): void {
    this.#decided(runNo);
    const waiting = this.#waiting.get(runNo);
    if (waiting === undefined) return;
    this.#waiting.delete(runNo);
    this.#told.delete(runNo);
    for (const limit of waiting.limits) this.#lineOf(limit).delete(runNo);
  }

  over(limits: readonly LimitRow[]): void {
    if (!this.#env.store.ownership) return void this.#look();
    const until = this.#env.clock.monotonic() + STAND_BACK_MS;
    for (const limit of limits) this.#standsBack.set(settingOf(limit), until);
    this.#alarm.in(STAND_BACK_MS);
  }

  #lineOf(limit: LimitRow): Map<number, Waiting> {
    const name = settingOf(limit);
    let line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, line = new Map());
    return line;
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    const { runs, log, store } = this.#env;
    try {
      do {
        this.#again = false;
        await this.#beginSome();
      } while (this.#again && !runs.stopping);
      // Of runs that end on other nodes nobody tells.
      if (this.#waiting.size > 0) this.#alarm.in(store.ownership ? LOOK_MS : PATIENCE_MS);
    } catch (thrown) {
      if (!runs.stopping) log.error("looking for room for runs failed", { error: String(thrown) });
      this.#alarm.in(RETRY_MS);
    }
    this.#looking = false;
    this.#decideRest();
  }

  async #beginSome(): Promise<void> {
    const now = this.#env.clock.monotonic();
    const limits = this.#limitsOfWaiting(now);
    if (limits.length === 0) return;
    // As they are before it is asked: who begins meanwhile is counted twice, and not missed.
    const told = this.#namesOfTold(now);
    const begun = await this.#env.store.begunRuns(limits);
    const room = new Map(limits.map((limit, i) => [settingOf(limit), limit.most - begun[i]!]));
    for (const name of told) room.set(name, (room.get(name) ?? 0) - 1);
    for (const limit of limits) this.#beginOf(limit, room);
  }

  /** Those under which somebody waits, and none of whom was told to stand back. */
  #limitsOfWaiting(now: number): LimitRow[] {
    const found: LimitRow[] = [];
    for (const [name, line] of this.#lines) {
      const [first] = line.values();
      if (first === undefined) this.#lines.delete(name);
      else if ((this.#standsBack.get(name) ?? -Infinity) > now) {
        this.#alarm.in(this.#standsBack.get(name)! - now);
      } else {
        this.#standsBack.delete(name);
        found.push(first.limits.find((limit) => settingOf(limit) === name)!);
      }
    }
    return found;
  }

  /** The limits of all that were told to begin, as often as each counts there. */
  #namesOfTold(now: number): string[] {
    const names: string[] = [];
    for (const [runNo, at] of this.#told) {
      if (now - at > PATIENCE_MS) this.#told.delete(runNo);
      else names.push(...this.#waiting.get(runNo)!.limits.map(settingOf));
    }
    return names;
  }

  #beginOf(limit: LimitRow, room: Map<string, number>): void {
    const left = (name: string) => room.get(name) ?? 0;
    for (const waiting of this.#lineOf(limit).values()) {
      if (left(settingOf(limit)) <= 0) return;
      const names = waiting.limits.map(settingOf);
      if (this.#told.has(waiting.runNo) || !names.every((name) => left(name) > 0)) continue;
      for (const name of names) room.set(name, left(name) - 1);
      this.#begin(waiting);
    }
  }

  #begin(waiting: Waiting): void {
    const { clock, runs } = this.#env;
    const { id, agentId, runNo } = waiting;
    this.#told.set(runNo, clock.monotonic());
    runs.post(id, { kind: "begin" }, agentId, () => this.left(runNo));
  }
}

// Those who make schedules and change them while a story goes on, and what they know of it.

import { formatDuration } from "../../../core/duration.ts";
import { type ErrorCode, OpcodeError } from "../../../core/errors.ts";
import type { Opcode } from "../../../engine/api.ts";
import { Draw } from "../../support/generate/values.ts";
import { type SimSchedule, someSchedules } from "../generate/schedules.ts";

/** From when to when (wall time) a schedule may have been paused. */
export interface Pause {
  name: string;
  from: number;
  to: number;
}

/** Refusals that only say that the process could not do it now. */
const UNCERTAIN: readonly ErrorCode[] = ["STORE_ERROR", "BUSY", "CONFLICT"];

export class Timetable {
  readonly schedules: readonly SimSchedule[];
  readonly pauses: Pause[] = [];
  /** Runs that somebody was told of who had asked a schedule for one. */
  readonly asked: string[] = [];
  readonly faults: string[] = [];
  readonly #draw: Draw;
  readonly #now: () => number;
  readonly #trace: (line: string) => void;
  /** The ends of each that it was asked for with. */
  readonly #ends = new Map<string, number[]>();
  /** Pauses that no answer has come for yet. */
  readonly #unsure = new Set<Pause>();

  constructor(
    options: {
      random: () => number;
      now: () => number;
      trace: (line: string) => void;
      /** Instead of some that are drawn. */
      schedules?: readonly SimSchedule[] | undefined;
    },
  ) {
    this.#draw = new Draw(options.random);
    this.#now = options.now;
    this.#trace = options.trace;
    this.schedules = options.schedules ?? someSchedules(this.#draw);
  }

  /** When the last time of it may be: one of these. */
  endsOf({ name }: SimSchedule): readonly number[] {
    return this.#ends.get(name)!;
  }

  /** Makes the schedule; whoever asks again because no answer came finds it made. */
  async make(opcode: Opcode, schedule: SimSchedule): Promise<void> {
    const { name, template, agentId, cron, overlap, catchUp, jitterMs, maxRuns } = schedule;
    const ends = this.#ends.get(name) ?? [];
    const isAgain = ends.length > 0;
    const end = this.#now() + schedule.lastsMs;
    this.#ends.set(name, [...ends, end]);
    this.#trace(`make ${name}: ${cron} ${overlap} ${catchUp}`);
    try {
      await opcode.schedules.create({
        name,
        template_name: template,
        agent_id: agentId,
        cron,
        overlap,
        catch_up: catchUp,
        jitter: formatDuration(jitterMs),
        end_at: new Date(end).toISOString(),
        max_runs: maxRuns,
      });
    } catch (thrown) {
      const { code } = thrown as OpcodeError;
      if (isAgain && code === "CONFLICT") return;
      // The clock was set ahead while it was being made.
      const isOver = code === "VALIDATION_ERROR" && end <= this.#now();
      throw isOver ? new OpcodeError("BUSY", "it has ended before it was made") : thrown;
    }
  }

  /** At times somebody pauses a schedule, lets it go on, or asks it for a run. */
  act(opcode: Opcode): void {
    if (this.schedules.length === 0 || !this.#draw.chance(0.35)) return;
    const { name } = this.#draw.pick(this.schedules);
    const act = this.#draw.pick(["pause", "resume", "resume", "run"] as const);
    this.#trace(`${act} ${name}`);
    if (act === "run") return this.#run(opcode, name);
    const pause: Pause = { name, from: this.#now(), to: Infinity };
    if (act === "pause") {
      this.pauses.push(pause);
      this.#unsure.add(pause);
    }
    opcode.schedules.update(name, { enabled: act === "resume" }).then(() => {
      if (act === "pause") this.#unsure.delete(pause);
      else this.#resumed(name);
    }, (error) => {
      // It has ended, and a pause would hide that.
      if (act === "pause" && error.code === "INVALID_TRANSITION") return;
      this.#refused(`${act} ${name}`, error);
    });
  }

  #run(opcode: Opcode, name: string): void {
    opcode.schedules.run(name).then(({ workflow_id }) => {
      this.#trace(`${name} has started ${workflow_id}`);
      this.asked.push(workflow_id as string);
    }, (error) => this.#refused(`run ${name}`, error));
  }

  #refused(what: string, { code, message }: OpcodeError): void {
    this.#trace(`${what}: ${code} ${message}`);
    if (!UNCERTAIN.includes(code)) this.faults.push(`${what} is refused: ${code} ${message}`);
  }

  /** It goes on from now on, unless it is being paused. */
  #resumed(name: string): void {
    for (const pause of this.pauses) {
      if (pause.name !== name || pause.to < Infinity || this.#unsure.has(pause)) continue;
      pause.to = this.#now();
    }
  }
}

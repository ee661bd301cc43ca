// One seed from beginning to end: what went wrong in it, and what it covered.

import type { Store } from "../../engine/store/store.ts";
import type { CrashPoint } from "./world/weather.ts";
import { happened, happenedBySchedule, happenedOutside } from "./world/coverage.ts";
import type { ScheduleEvidence } from "./check/schedules.ts";
import { type Disk, memoryDisk } from "./world/disk.ts";
import { judge } from "./world/judge.ts";
import { World, type WorldOptions } from "./world/world.ts";

export interface SeedReport {
  seed: number;
  /** None when all is well. */
  faults: string[];
  features: string[];
  crashPoints: CrashPoint[];
  restarts: number;
  runs: number;
}

export interface SimulateOptions {
  disk?: Disk;
  /** Puts something between the processes and the store. */
  through?(store: Store): Store;
  /** Told what happens, line by line. */
  trace?(line: string): void;
  /** Several nodes share a store in memory, instead of one process that has the disk. */
  nodes?: WorldOptions["nodes"];
}

/** Plays the seed; the same seed gives the same report. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<SeedReport> {
  const { disk = memoryDisk(), through, trace, nodes } = options;
  const world = new World({ seed, disk, through, trace, nodes });
  const report: SeedReport = {
    seed,
    faults: [],
    features: [],
    crashPoints: world.weather.crashPoints,
    restarts: 0,
    runs: 0,
  };
  try {
    await world.play();
  } catch (thrown) {
    world.faults.push(String((thrown as Error).stack ?? thrown));
  }
  try {
    const { faults, evidence, schedules, callbacks } = await judge(world, world.machines.store);
    report.faults = faults;
    report.features = [
      ...happened(evidence, world.clients.signals),
      ...happenedBySchedule(schedules),
      ...happenedOutside(callbacks, world.senders.sent),
    ];
    report.restarts = world.machines.restarts;
    report.runs = evidence.length;
    if (trace) {
      for (const { record } of evidence) tell(record, trace);
      for (const schedule of schedules) tellTimes(schedule, trace);
    }
  } finally {
    await disk.remove();
  }
  return report;
}

type Record = Awaited<ReturnType<typeof judge>>["evidence"][number]["record"];

function tell({ run, events }: Record, trace: (line: string) => void): void {
  trace(`\n${run.templateName} ${run.id}: ${run.status} ${run.params}`);
  for (const { seq, at, type, stepId, payload } of events) {
    trace(`${seq} ${new Date(at).toISOString()} ${type} ${stepId ?? ""} ${payload ?? ""}`);
  }
}

function tellTimes({ row, fires }: ScheduleEvidence, trace: (line: string) => void): void {
  const { name, cron, status, reason, runs, nextAt, createdAt } = row;
  trace(
    `\n${name} ${cron} ${status} ${reason ?? ""} ${runs} runs, next ${nextAt}, since ${createdAt}`,
  );
  for (const { dueAt, at, cause, outcome, runId, detail } of fires) {
    trace(`${new Date(dueAt).toISOString()} at ${at} ${cause} ${outcome} ${runId ?? detail}`);
  }
}

// What the kernel is told of a bound, and what it says of those it has held something to.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Controller, Place } from "./places.ts";

/** Bytes, percent of one processor, processes and threads; what is absent is not bounded. */
export type Bounds = Partial<Record<Controller, number>>;

interface Line {
  file: string;
  value: string;
  /** Kernels without it hold the bound all the same. */
  mayLack?: boolean;
}

/** Of the time in which a part of it may be used, µs. */
const PERIOD = 100_000;

type Lines = Record<Controller, (bound: number) => Line[]>;

/** As the kernel's documentation has it (admin-guide/cgroup-v1, admin-guide/cgroup-v2). */
const LINES: Record<1 | 2, Lines> = {
  1: {
    memory: (bytes) => [
      { file: "memory.limit_in_bytes", value: `${bytes}` },
      { file: "memory.memsw.limit_in_bytes", value: `${bytes}`, mayLack: true },
    ],
    cpu: (percent) => [
      { file: "cpu.cfs_period_us", value: `${PERIOD}` },
      { file: "cpu.cfs_quota_us", value: `${quota(percent)}` },
    ],
    pids: (most) => [{ file: "pids.max", value: `${most}` }],
  },
  2: {
    memory: (bytes) => [
      { file: "memory.max", value: `${bytes}` },
      { file: "memory.swap.max", value: "0", mayLack: true },
      // Of a program that has lost one of its processes nothing is to go on as if it had not.
      { file: "memory.oom.group", value: "1", mayLack: true },
    ],
    cpu: (percent) => [{ file: "cpu.max", value: `${quota(percent)} ${PERIOD}` }],
    pids: (most) => [{ file: "pids.max", value: `${most}` }],
  },
};

/** The kernel takes no less than a millisecond. */
function quota(percent: number): number {
  return Math.max(1_000, Math.round(percent * PERIOD / 100));
}

/** Throws the system's error. */
export function writeBound(
  { version, dir }: Place,
  controller: Controller,
  bound: number,
): void {
  for (const { file, value, mayLack } of LINES[version][controller](bound)) {
    const path = join(dir, file);
    if (!mayLack || existsSync(path)) writeFileSync(path, value);
  }
}

/** Whether the kernel has taken it as it was written. */
export function hasBound({ version, dir }: Place, controller: Controller, bound: number): boolean {
  return LINES[version][controller](bound).every(({ file, value, mayLack }) =>
    (mayLack && !existsSync(join(dir, file))) ||
    readFileSync(join(dir, file), "utf8").trim() === value
  );
}

/** Where the kernel counts what it has killed or refused for a bound. */
const COUNTS: Record<1 | 2, Partial<Record<Controller, { file: string; count: RegExp }>>> = {
  1: {
    memory: { file: "memory.oom_control", count: /^oom_kill (\d+)$/m },
    pids: { file: "pids.events", count: /^max (\d+)$/m },
  },
  2: {
    memory: { file: "memory.events", count: /^oom_kill (\d+)$/m },
    pids: { file: "pids.events", count: /^max (\d+)$/m },
  },
};

/** Whether something was killed or refused for it. */
export function wasMet({ version, dir }: Place, controller: Controller): boolean {
  const counted = COUNTS[version][controller];
  if (counted === undefined) return false;
  try {
    const [, count] = counted.count.exec(readFileSync(join(dir, counted.file), "utf8")) ?? [];
    return Number(count ?? 0) > 0;
  } catch {
    return false;
  }
}

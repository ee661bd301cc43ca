// How all that a program starts is found again, however it detaches: by a limit that it inherits.
//
// RLIMIT_RTTIME bounds the time that a process of a real-time class may take without a pause. Set to
// some 73,000 years it bounds nothing, and its value is inherited through fork, exec, setsid and an
// emptied environment; whoever may may only make it less. So each program gets a value of its own.

import { randomBytes } from "node:crypto";
import { processes, readProc, withDescendants } from "./processes.ts";

/** In µs; a limit below that may mean what it says. */
const LEAST = 2n ** 50n;
const MOST = 2n ** 62n;

const LINE = /^Max realtime timeout +(\w+) +(\w+) /m;

/** A value that no other program has; undefined where this process may set none. */
export function newTag(): string | undefined {
  const hard = LINE.exec(readProc("self/limits"))?.[2];
  if (hard === undefined) return undefined;
  // A daemon that was started by another's program has a tag itself: it may only go below.
  const most = hard === "unlimited" ? MOST : BigInt(hard);
  if (most < 2n * LEAST) return undefined;
  const random = BigInt(`0x${randomBytes(8).toString("hex")}`);
  return String(most / 2n + random % (most / 2n));
}

/** The options of prlimit that set it. */
export function tagOptions(tag: string): string[] {
  return [`--rttime=${tag}:${tag}`];
}

/** Whether /proc/PID/limits shows it. */
export function hasTag(limits: string, tag: string): boolean {
  return LINE.exec(limits)?.[2] === tag;
}

/** Pids of all that run with the tag, and of whatever these have started under another. */
export function taggedProcesses(tag: string): number[] {
  const living = processes().filter(({ isZombie }) => !isZombie);
  const tagged = living.map(({ pid }) => pid).filter((pid) =>
    hasTag(readProc(`${pid}/limits`), tag)
  );
  // A login (su -) sets limits anew; its parent has the tag still.
  return [...withDescendants(tagged, living)];
}

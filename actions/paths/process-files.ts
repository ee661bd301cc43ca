// Which files of /proc tell the daemon's secrets: its environment, memory and descriptors.

import { existsSync, lstatSync, statfsSync } from "node:fs";

const PROC_SUPER_MAGIC = 0x9fa0;

/** Of any process: those of whoever started the daemon hold the same secrets. */
const OF_ANY_PROCESS = new Set(["environ", "mem", "auxv"]);

let procDevice: bigint | undefined;

/** Whether the device is that of /proc. */
export function isProcDevice(dev: bigint): boolean {
  procDevice ??= process.platform === "linux" && existsSync("/proc/self")
    ? lstatSync("/proc/self", { bigint: true }).dev
    : -1n;
  return dev === procDevice;
}

/**
 * Whether the file is on a /proc, wherever that is mounted. The kernel answers without any disk,
 * and only file systems without one are asked about.
 */
export function isOnProc({ dev, path }: { dev: bigint; path: string }): boolean {
  if (isProcDevice(dev)) return true;
  const hasDisk = (dev & 0xfff00n) !== 0n || dev >> 32n !== 0n;
  return process.platform === "linux" && !hasDisk && statfsSync(path).type === PROC_SUPER_MAGIC;
}

/**
 * Whether a path in /proc, links resolved, is one of the daemon's own entries or shows another
 * process's environment or memory. Threads count as their process, also under names that
 * directories do not list.
 */
export function isSecretOfProcess(real: string): boolean {
  const parts = real.split("/");
  return OF_ANY_PROCESS.has(parts.at(-1)!) || parts.some(isOurs);
}

/** Whether the path as it was given goes through the daemon's own entries. */
export function goesThroughOwnEntries(path: string): boolean {
  if (process.platform !== "linux") return false;
  const [, top, next = ""] = path.split("/");
  if (top === "dev") return next === "fd" || /^std(in|out|err)$/.test(next);
  return top === "proc" && (next === "self" || next === "thread-self" || isOurs(next));
}

function isOurs(name: string): boolean {
  return /^\d+$/.test(name) &&
    (Number(name) === process.pid || existsSync(`/proc/self/task/${name}`));
}

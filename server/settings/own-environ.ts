// How a variable leaves what the system shows of this process: /proc/PID/environ has what it was started with.

import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { statOf } from "../../core/running.ts";

/** Where in its memory that begins and ends, among what /proc tells of a process from its state on. */
const ENV_START = 47;
const ENV_END = 48;

/**
 * Overwrites the values with zeros, for variables that `process.env` has no more. Where there is no
 * /proc, or it may not be written, they stay.
 */
export function wipeFromEnviron(names: readonly string[]): void {
  if (names.length === 0) return;
  let memory: number | undefined;
  try {
    const stat = statOf(process.pid);
    const [start, end] = [Number(stat[ENV_START]), Number(stat[ENV_END])];
    memory = openSync("/proc/self/mem", "r+");
    const environ = Buffer.alloc(end - start);
    readSync(memory, environ, 0, environ.length, start);
    for (const { at, length } of valuesOf(environ, names)) {
      writeSync(memory, Buffer.alloc(length), 0, length, start + at);
    }
  } catch {
    // As on other systems: whoever has the daemon's user can read it there.
  } finally {
    if (memory !== undefined) closeSync(memory);
  }
}

/** Where the values of these variables stand in a list of NAME=VALUE that NULs end. */
export function valuesOf(
  environ: Buffer,
  names: readonly string[],
): { at: number; length: number }[] {
  const found: { at: number; length: number }[] = [];
  for (let from = 0; from < environ.length;) {
    const next = environ.indexOf(0, from);
    const end = next < 0 ? environ.length : next;
    const entry = environ.toString("latin1", from, end);
    const name = names.find((name) => entry.startsWith(`${name}=`));
    if (name !== undefined) {
      const at = from + name.length + 1;
      found.push({ at, length: end - at });
    }
    from = end + 1;
  }
  return found;
}

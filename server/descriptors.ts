// How many of the descriptors (files, pipes, sockets) that this process may have go to its callers.

import { readFileSync } from "node:fs";

/** What the daemon itself keeps open or opens for a moment: database, threads, modules, log. */
const OWN = 64;
/** A shell step has three pipes with two ends each until its program runs, a copy two pinned files. */
const PER_ACTION = 8;
/** Callers always get this part of what there is, however large the pool. */
const LEAST_PART = 1 / 4;

/** Where one connection each is held for long: streams, and calls that wait. */
const HELD_PART = 3 / 8;

export interface Shares {
  /** Connections at once. */
  connections: number;
  /** Of these, the streams that may be open at once. */
  streams: number;
  /** Of these, the calls that may wait at once. */
  waits: number;
}

/**
 * How many connections leave the daemon enough descriptors for a full pool of actions. Streams and
 * calls that wait together never take all of them: whoever asks something short gets a quarter.
 */
export function shareDescriptors(
  { limit, poolSize, most }: { limit: number; poolSize: number; most: number },
): Shares {
  const left = Math.max(limit - OWN - PER_ACTION * poolSize, Math.floor(limit * LEAST_PART));
  const connections = Math.max(8, Math.min(most, left));
  const held = Math.floor(connections * HELD_PART);
  return { connections, streams: held, waits: held };
}

/**
 * The descriptors that this process may have open at once. (Node has raised the soft limit to the
 * hard one by now.) Infinity where there is none, or none is known.
 */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return number(/^Max open files\s+(\S+)/m.exec(limits)?.[1]);
  } catch {
    return reportedLimit();
  }
}

/** Where there is no /proc. */
function reportedLimit(): number {
  const report = process.report?.getReport() ?? {};
  const { userLimits } = report as { userLimits?: { open_files?: { soft: unknown } } };
  return number(String(userLimits?.open_files?.soft));
}

function number(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : Infinity;
}

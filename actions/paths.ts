// How an action gets from a path in its params to files it may touch.

import { constants } from "node:fs";
import type { BigIntStats } from "node:fs";
import { resolve } from "node:path";
import type { Access, Host } from "./action.ts";
import { invalid } from "./params.ts";
import { denied, naming, systemError, unfit } from "./paths/errors.ts";
import { findFile, findPlace } from "./paths/find.ts";
import { Gate, refuseOwnEntries } from "./paths/gate.ts";
import { meantPath, systemPath } from "./paths/names.ts";
import { closeFile, type Pin, statPath } from "./paths/pin.ts";
import { isProcDevice } from "./paths/process-files.ts";

/** A path that passed the gate. */
export interface GatedPath {
  /** Absolute and lexically clean, links unresolved: what outputs echo. */
  path: string;
  /** Where it leads, all links resolved, whether or not there is a file. */
  real: string;
  /** The file it leads to; undefined when there is none. */
  stats: BigIntStats | undefined;
}

/**
 * The path as an absolute one. PATH_DENIED for a NUL byte and for the daemon's own entries in
 * /proc, VALIDATION_ERROR naming the param for an empty path, or one that is no path.
 */
export function absolutePath(given: string, host: Host, param = "path"): string {
  const path = meantPath(given, `params.${param}`);
  if (path.includes("\0")) throw denied(path.replaceAll("\0", "\\0"), "holds a NUL byte");
  if (path === "") throw invalid(`params.${param}`, "must not be empty");
  const absolute = resolve(host.cwd, path);
  refuseOwnEntries(absolute);
  return absolute;
}

/** Lets a path through or throws PATH_DENIED. What is there later is not checked by this. */
export async function passGate(
  { path, access, host, param }: { path: string; access: Access; host: Host; param?: string },
): Promise<GatedPath> {
  const absolute = absolutePath(path, host, param);
  return await naming(absolute, async () => {
    const gate = await Gate.open(host);
    if (access === "read") {
      using file = await findFile({ path: absolute, gate, access });
      return { path: absolute, real: file.real, stats: file.stats };
    }
    using place = await findPlace({ path: absolute, gate, access });
    return { path: absolute, real: place.real, stats: place.stats };
  });
}

/**
 * What the path leads to, when nothing but its metadata is wanted: one system call, unless there
 * is a policy that must know where that is.
 */
export function statGated(path: string, host: Host): Promise<BigIntStats> {
  return naming(path, async () => {
    if (host.pathPolicy) return await statHeld(path, host);
    const stats = await statPath(systemPath(path));
    // Its own files are looked up anew each time: at some cost, which no directory need have.
    if (!stats.isDirectory() && host.isProtected(stats)) {
      throw denied(path, "is one of opcode's own files");
    }
    return isProcDevice(stats.dev) ? await statHeld(path, host) : stats;
  });
}

async function statHeld(path: string, host: Host): Promise<BigIntStats> {
  using file = await findFile({ path, gate: await Gate.open(host), access: "read" });
  return file.stats;
}

/** Opens a held regular file for reading, for as long as `use` takes. */
export async function readHeld<Result>(
  { file, path, gate, use }: {
    file: Pin;
    path: string;
    gate: Gate;
    use: (open: { fd: number; size: number }) => Promise<Result>;
  },
): Promise<Result> {
  requireRegular(file.stats, path);
  const fd = await gate.openHeld(file, { path, flags: constants.O_RDONLY });
  try {
    return await use({ fd, size: Number(file.stats.size) });
  } finally {
    await closeFile(fd);
  }
}

/** Throws EXECUTION_ERROR when the file is a directory, a FIFO, a device or a socket. */
export function requireRegular(stats: BigIntStats, path: string): void {
  if (stats.isDirectory()) throw systemError("EISDIR", "is a directory");
  if (!stats.isFile()) throw unfit(path, "is not a regular file");
}

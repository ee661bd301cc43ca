// Which files an action may touch: the one gate that every path of an action goes through.

import type { BigIntStats } from "node:fs";
import { close, constants, fstat, open, stat as statCallback } from "node:fs";
import { lstat, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { OpcodeError } from "../core/errors.ts";
import type { Host } from "./action.ts";

/** What the action is about to do with the file. */
export type Access = "read" | "write";

/** A path that passed the gate. */
export interface GatedPath {
  /** Absolute and lexically clean, links unresolved: what outputs echo. */
  path: string;
  /** Where it leads, all links resolved, whether or not there is a file. */
  real: string;
  /** The file it leads to; undefined when there is none. */
  stats: BigIntStats | undefined;
}

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;

/** The promises of node:fs cost twice as much a call, and one stat is all that fs.stat does. */
const stat = promisify(statCallback);

/** A FIFO must not block, and a link put in the file's place must not be followed. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const openFile = promisify(open);
const statFile = promisify(fstat) as (
  fd: number,
  options: { bigint: true },
) => Promise<BigIntStats>;
const closeFile = promisify(close);

/** The path as an absolute one; PATH_DENIED for a NUL byte, VALIDATION_ERROR for an empty path. */
export function absolutePath(path: string, host: Host): string {
  if (path.includes("\0")) throw denied(path.replaceAll("\0", "\\0"), "holds a NUL byte");
  if (path === "") throw new OpcodeError("VALIDATION_ERROR", "the path must not be empty");
  return resolve(host.cwd, path);
}

/**
 * Lets a path through or throws PATH_DENIED. The daemon's own database files are refused by device
 * and inode, so that no link to them helps, and before they are opened: closing any descriptor of
 * a locked file would drop the process's locks on it.
 */
export async function passGate(
  { path, access, host }: { path: string; access: Access; host: Host },
): Promise<GatedPath> {
  const absolute = absolutePath(path, host);
  try {
    const real = access === "write" ? await resolveLinks(absolute) : await realpath(absolute);
    const stats = await statIfThere(real);
    refuseProtected({ path: absolute, stats, host });
    return { path: absolute, real, stats };
  } catch (error) {
    throw fileError(error, absolute);
  }
}

/** What the path leads to, when nothing but its metadata is wanted: one system call. */
export async function statGated(path: string, host: Host): Promise<BigIntStats> {
  try {
    const stats = await stat(path, { bigint: true });
    refuseProtected({ path, stats, host });
    return stats;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Throws PATH_DENIED when the file is one of the daemon's own. */
export function refuseProtected(
  { path, stats, host }: { path: string; stats: BigIntStats | undefined; host: Host },
): void {
  if (stats && host.isProtected(stats)) throw denied(path, "is one of opcode's own database files");
}

/**
 * Opens a file for reading and hands its descriptor and its size in bytes to `use`. Only regular
 * files are opened; what is swapped in meanwhile is refused.
 */
export async function readRegular<Result>(
  { path, host, use }: {
    path: string;
    host: Host;
    use: (file: { path: string; fd: number; size: number }) => Promise<Result>;
  },
): Promise<Result> {
  const gated = await passGate({ path, access: "read", host });
  try {
    if (gated.stats) requireRegular(gated.stats);
    const fd = await openFile(gated.real, READ_FLAGS);
    const opened = await statFile(fd, { bigint: true });
    // When this throws, the file stays open on purpose: closing it would drop the daemon's locks.
    refuseProtected({ path: gated.path, stats: opened, host });
    try {
      if (opened.dev !== gated.stats?.dev || opened.ino !== gated.stats.ino) {
        throw new Error("was replaced while it was being opened");
      }
      requireRegular(opened);
      return await use({ path: gated.path, fd, size: Number(opened.size) });
    } finally {
      await closeFile(fd);
    }
  } catch (error) {
    throw fileError(error, gated.path);
  }
}

/** Throws when the file is a directory, a FIFO, a device or a socket. */
export function requireRegular(stats: BigIntStats): void {
  if (stats.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
  if (!stats.isFile()) throw new Error("is not a regular file");
}

/** An operating system's error as EXECUTION_ERROR: `/path: no such file or directory (ENOENT)`. */
export function fileError(error: unknown, path: string): OpcodeError {
  if (error instanceof OpcodeError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return new OpcodeError("EXECUTION_ERROR", `${path}: ${message}`);
  // Node writes `CODE: reason, syscall 'path' -> 'path'`, and the other paths are ours to keep.
  const reason = message.replace(/^[A-Z0-9]+: /, "").replace(/, \w+(?: '.*)?$/s, "");
  return new OpcodeError("EXECUTION_ERROR", `${path}: ${reason} (${code})`, {
    details: { path, cause_code: code },
  });
}

function denied(path: string, reason: string): OpcodeError {
  return new OpcodeError("PATH_DENIED", `${path}: ${reason}`, { details: { path } });
}

/** The file itself, links not followed; undefined when there is none. */
export async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Where a path leads when the last parts of it, or what its links point to, need not exist. */
async function resolveLinks(path: string): Promise<string> {
  let current = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const parent = await realpathOfExisting(dirname(current));
    const here = join(parent, basename(current));
    let target: string;
    try {
      target = await readlink(here);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EINVAL" || isMissing(error)) return here;
      throw error;
    }
    current = resolve(parent, target);
  }
  throw Object.assign(new Error("too many symbolic links"), { code: "ELOOP" });
}

/** The real path of the longest ancestor that exists, with the rest appended. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    return join(await realpathOfExisting(dirname(path)), basename(path));
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

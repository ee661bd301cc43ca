// How a file, a link or a directory with all that is in it is made again in another place.

import { type BigIntStats, read } from "node:fs";
import { chmod, type FileHandle, mkdir, readlink, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { throwIfCancelled } from "../deadline.ts";
import { naming, systemError, unfit } from "../paths/errors.ts";
import { type Entry, type Gate, holdEntry } from "../paths/gate.ts";
import { nameText } from "../paths/names.ts";
import { entryPath, isSame, type Pin, pin, statEntry } from "../paths/pin.ts";
import { readHeld } from "../paths.ts";
import { intoItself } from "./inside.ts";
import { putInPlace, replaceFile, syncDirectory } from "./replace.ts";
import { descend, entriesOf, type Found, type Level, survey } from "./tree.ts";

const CHUNK = 1024 * 1024;

const NEW_DIRECTORY = 0o755;

const readFile = promisify(read);

export interface CopyOptions {
  gate: Gate;
  signal: AbortSignal;
  /** For a move: times, and the permissions of directories, are kept as well. */
  keep: boolean;
}

/**
 * Has every entry of a directory pass the gate where it is and where it will be. Returns the bytes
 * of all files. VALIDATION_ERROR when the target is, or will be, inside.
 */
export async function surveyTransfer(
  level: Level,
  { target, move }: { target: Entry; move: boolean },
): Promise<number> {
  const refuseInside = (stats: BigIntStats) => {
    if (isSame(stats, target.parent.stats) || isSame(stats, target.stats)) {
      throw intoItself(level.path, target.path);
    }
  };
  refuseInside(level.directory.stats);
  return await survey(level, {
    access: move ? "write" : "read",
    removes: move,
    meet: (entry) => {
      if (entry.stats.isDirectory()) refuseInside(entry.stats);
      else if (!move) requireCopyable(entry.stats, entry.path);
      const below = entry.path.slice(level.path.length);
      const path = join(target.path, below);
      level.gate.checkPath(join(target.real, below), { path, access: "write" });
    },
  });
}

/** Throws when the file is neither a regular one nor a link nor a directory. */
export function requireCopyable(stats: BigIntStats, path: string): void {
  if (!stats.isFile() && !stats.isSymbolicLink() && !stats.isDirectory()) {
    throw unfit(path, "is not a regular file");
  }
}

/** Copies an entry, links not followed. Returns the bytes of all files. */
export async function copyEntry(
  from: Level,
  { source, target, options }: { source: Found; target: Entry; options: CopyOptions },
): Promise<number> {
  const { gate, signal } = options;
  throwIfCancelled(signal);
  return await naming(target.path, async () => {
    gate.checkEntry(target, { access: "write" });
    if (source.stats.isDirectory()) {
      return await descend(from, source, (inside) => copyDirectory(inside, { target, options }));
    }
    if (target.stats?.isDirectory()) throw systemError("EISDIR", "is a directory");
    if (source.stats.isSymbolicLink()) {
      await copyLink({ source, target, options });
      return 0;
    }
    using file = await holdEntry(source);
    return await copyFile({ file, path: source.path, target, options });
  });
}

/** Copies a held file's content and permissions. Returns its bytes. */
export async function copyFile(
  { file, path, target, options: { gate, signal, keep } }: {
    file: Pin;
    path: string;
    target: Entry;
    options: CopyOptions;
  },
): Promise<number> {
  let copied = 0;
  await replaceFile({
    // A link is replaced by the file: what it leads to is not ours to write.
    entry: target.stats?.isSymbolicLink() ? { ...target, stats: undefined } : target,
    mode: 0o600,
    write: async (into) => {
      await readHeld({
        file,
        path,
        gate,
        use: async ({ fd }) => void (copied = await pour(fd, into, signal)),
      });
    },
    finish: async (into) => {
      const { mode, atimeMs, mtimeMs } = file.stats;
      await into.chmod(Number(mode) & 0o777);
      if (keep) await into.utimes(Number(atimeMs) / 1_000, Number(mtimeMs) / 1_000);
    },
    gate,
    signal,
  });
  return copied;
}

async function pour(from: number, into: FileHandle, signal: AbortSignal): Promise<number> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let copied = 0;;) {
    throwIfCancelled(signal);
    const { bytesRead } = await readFile(from, buffer, 0, CHUNK, null);
    if (bytesRead === 0) return copied;
    copied += bytesRead;
    await into.writeFile(buffer.subarray(0, bytesRead));
  }
}

/** Copies what is in a directory into one that is made when there is none. */
export async function copyDirectory(
  from: Level,
  { target, options }: { target: Entry; options: CopyOptions },
): Promise<number> {
  const { parent, name, path, real } = target;
  const place = entryPath(parent, name);
  if (!target.stats) await mkdir(place, NEW_DIRECTORY);
  else if (!target.stats.isDirectory()) throw systemError("ENOTDIR", "not a directory");
  using directory = await pin(place, { follow: false, directory: true, real });
  let bytes = 0;
  for await (const source of entriesOf(from)) {
    from.gate.checkEntry(source, { access: "read" });
    const stats = await statEntry(directory, source.name);
    const text = nameText(source.name);
    const inner = { path: join(path, text), real: join(real, text), stats };
    const entry = { ...inner, parent: directory, name: source.name };
    bytes += await copyEntry(from, { source, target: entry, options });
  }
  await syncDirectory(directory);
  if (options.keep) await keepTimes(directory, from.directory.stats);
  return bytes;
}

async function keepTimes(directory: Pin, stats: BigIntStats): Promise<void> {
  await chmod(directory.handle, Number(stats.mode) & 0o777);
  await utimes(directory.handle, Number(stats.atimeMs) / 1_000, Number(stats.mtimeMs) / 1_000);
}

async function copyLink(
  { source, target, options: { gate, signal } }: {
    source: Found;
    target: Entry;
    options: CopyOptions;
  },
): Promise<void> {
  const leadsTo = await readlink(entryPath(source.parent, source.name), { encoding: "buffer" });
  await putInPlace({
    entry: target,
    gate,
    signal,
    make: (temporary) => symlink(leadsTo, entryPath(target.parent, temporary)),
  });
}

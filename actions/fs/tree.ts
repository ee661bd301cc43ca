// How a directory and all that is in it is gone through, each entry past the gate.

import { readdir } from "node:fs/promises";
import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import type { Access } from "../action.ts";
import { throwIfCancelled } from "../deadline.ts";
import { withDescriptor } from "../../core/descriptors.ts";
import { unfit } from "../paths/errors.ts";
import { type Entry, type Gate, holdEntry } from "../paths/gate.ts";
import { nameText } from "../paths/names.ts";
import { type Pin, statEntry } from "../paths/pin.ts";

/** Each level on the way down is held by a descriptor. */
const MOST_LEVELS = 256;

/** A directory on the way down. */
export interface Level {
  directory: Pin;
  /** What errors and outputs call it. */
  path: string;
  depth: number;
  gate: Gate;
  signal: AbortSignal;
}

/** An entry that is there. */
export type Found = Entry & { stats: BigIntStats };

/** What is in a directory, by name. None of it has passed the gate yet. */
export async function* entriesOf({ directory, path, signal }: Level): AsyncGenerator<Found> {
  const list = () => readdir(directory.handle, { encoding: "latin1" });
  const names = await withDescriptor(list);
  for (const name of names.sort()) {
    throwIfCancelled(signal);
    const stats = await statEntry(directory, name);
    // Somebody has just removed it.
    if (!stats) continue;
    const text = nameText(name);
    const real = join(directory.real, text);
    yield { path: join(path, text), parent: directory, name, real, stats };
  }
}

/** Goes down into a directory that is an entry of this one. */
export async function descend<Result>(
  level: Level,
  entry: Found,
  work: (inner: Level) => Promise<Result>,
): Promise<Result> {
  if (level.depth === MOST_LEVELS) {
    throw unfit(entry.path, `is nested deeper than ${MOST_LEVELS} directories`);
  }
  using directory = await holdEntry(entry, { directory: true });
  return await work({ ...level, directory, path: entry.path, depth: level.depth + 1 });
}

/**
 * Has every entry below pass the gate before anything is done to the first. Returns the bytes of
 * all regular files; `meet` may refuse more.
 */
export async function survey(
  level: Level,
  options: { access: Access; removes?: boolean; meet?: (entry: Found) => void },
): Promise<number> {
  let bytes = 0;
  for await (const entry of entriesOf(level)) {
    level.gate.checkEntry(entry, options);
    options.meet?.(entry);
    if (entry.stats.isFile()) bytes += Number(entry.stats.size);
    if (entry.stats.isDirectory()) {
      bytes += await descend(level, entry, (inner) => survey(inner, options));
    }
  }
  return bytes;
}

// How a path is followed to what it names, each step through directories that are held.

import { mkdir, readlink } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import type { Access } from "../action.ts";
import { hasCode, systemError } from "./errors.ts";
import { type Entry, type Gate } from "./gate.ts";
import { nameText, toByteName } from "./names.ts";
import { entryPath, type Pin, pin, statEntry } from "./pin.ts";

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;

/** As many directories as fs.delete goes down to remove them again. */
const MOST_MISSING = 256;

const NEW_DIRECTORY = 0o755;

/** An entry whose directory is held until it is disposed of. */
export type Place = Entry & Disposable;

export interface FindOptions {
  /** Absolute and clean. */
  path: string;
  gate: Gate;
  access: Access;
}

/** Holds what a path leads to, all links followed. */
export async function findFile({ path, gate, access }: FindOptions): Promise<Pin> {
  let held: Pin;
  try {
    held = await pin(path);
  } catch (error) {
    // Whether something exists where nothing may be read is nobody's business either.
    if (hasCode(error, "ENOENT")) (await findPlace({ path, gate, access }))[Symbol.dispose]();
    throw error;
  }
  try {
    gate.checkHeld(held, { path, access });
    return held;
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** Holds the directory of what a path leads to, links at its end followed, dangling ones too. */
export function findPlace(options: FindOptions & { makeParents?: boolean }): Promise<Place> {
  return find({ ...options, follow: true, removes: false });
}

/** Holds the directory of the entry itself, which is about to be replaced or removed. */
export function findEntry(options: FindOptions & { makeParents?: boolean }): Promise<Place> {
  return find({ ...options, follow: false, removes: true });
}

interface Search extends FindOptions {
  makeParents?: boolean;
  follow: boolean;
  removes: boolean;
}

async function find(search: Search): Promise<Place> {
  const { path, gate, access, follow, removes } = search;
  let next = path;
  let held: Pin | undefined;
  try {
    for (let links = 0; links <= MOST_LINKS; links++) {
      const parent = await holdParent(next, search);
      held?.[Symbol.dispose]();
      held = parent;
      const name = toByteName(basename(next));
      if (name === "" || name === "." || name === "..") {
        throw systemError("EISDIR", "is a directory");
      }
      const stats = await statEntry(held, name);
      const real = join(held.real, nameText(name));
      if (!follow || !stats?.isSymbolicLink()) {
        const entry = { path, parent: held, name, real, stats };
        gate.checkEntry(entry, { access, removes });
        return { ...entry, [Symbol.dispose]: () => parent[Symbol.dispose]() };
      }
      const target = nameText(await readlink(entryPath(held, name), "latin1"));
      next = target.startsWith("/") ? target : `${held.handle}/${target}`;
    }
    throw systemError("ELOOP", "too many symbolic links");
  } catch (error) {
    held?.[Symbol.dispose]();
    throw error;
  }
}

async function holdParent(child: string, search: Search): Promise<Pin> {
  const missing: string[] = [];
  let directory = dirname(child);
  let held: Pin;
  while (true) {
    try {
      held = await pin(directory, { directory: true });
      break;
    } catch (error) {
      if (!hasCode(error, "ENOENT") || dirname(directory) === directory) throw error;
      if (missing.length === MOST_MISSING) {
        throw systemError("ENAMETOOLONG", `more than ${MOST_MISSING} directories are missing`);
      }
      missing.unshift(basename(directory));
      directory = dirname(directory);
    }
  }
  if (missing.length === 0) return held;
  return await makeParents({ held, missing, name: basename(child), search });
}

async function makeParents(
  options: { held: Pin; missing: string[]; name: string; search: Search },
): Promise<Pin> {
  const { missing, name, search: { path, gate, access, makeParents } } = options;
  let { held } = options;
  try {
    gate.checkPath(normalize(join(held.real, ...missing, name)), { path, access });
    if (!makeParents || missing.includes("..")) {
      const advice = makeParents === false ? "create_dirs: true makes its parents" : undefined;
      throw systemError("ENOENT", "no such file or directory", advice);
    }
    for (const part of missing) {
      const entry = { path, parent: held, name: toByteName(part), real: join(held.real, part) };
      gate.checkEntry({ ...entry, stats: await statEntry(held, entry.name) }, { access });
      const made = entryPath(held, entry.name);
      await mkdir(made, NEW_DIRECTORY).catch((error) => {
        if (!hasCode(error, "EEXIST")) throw error;
      });
      const inner = await pin(made, { follow: false, directory: true });
      held[Symbol.dispose]();
      held = inner;
    }
    return held;
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

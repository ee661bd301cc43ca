// How a copy of a database is checked and put in the place of one, so that a kill leaves the one or the other.

import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { OpcodeError } from "../../../core/errors.ts";
import { sync } from "../../../core/sync.ts";
import type { CopyFacts, RestorePlace } from "../backup-store.ts";
import { factsOf } from "./copier.ts";
import { refuseForeign } from "./foreign.ts";
import { RESTORING } from "./lock.ts";
import { checkLayout } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";

/** `path`: of the database's file, whether it is there or not, under its own name. */
export function restorePlace(path: string): RestorePlace {
  return {
    incoming: path + RESTORING,
    exists: () => sizeOf(path) > 0 || sizeOf(`${path}-wal`) > 0,
    inspect,
    replace: (now) => replace(path, now),
  };
}

function inspect(file: string): CopyFacts {
  let copy: Database.Database | undefined;
  try {
    copy = new Database(file);
    refuseForeign(copy);
    const rows = copy.prepare("PRAGMA integrity_check(5)").all([]) as { integrity_check: string }[];
    const faults = rows.map(({ integrity_check }) => integrity_check);
    if (faults.join() !== "ok") throw new Error(`it is damaged: ${faults.join("; ")}`);
    checkLayout(copy, MIGRATIONS);
    return factsOf(copy);
  } catch (error) {
    throw new OpcodeError("STORE_ERROR", `${file} cannot be restored: ${(error as Error).message}`);
  } finally {
    copy?.close();
  }
}

function replace(path: string, now: number): { aside: string | null } {
  const incoming = path + RESTORING;
  const isThere = sizeOf(path) > 0 || sizeOf(`${path}-wal`) > 0;
  const aside = isThere ? asideName(path, now) : null;
  if (aside !== null) {
    emptyLog(path);
    for (const suffix of ["-wal", ""]) keepAside(path + suffix, aside + suffix);
    sync(dirname(path));
  }
  // What is in the log belongs to the old file alone; all of it is aside.
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
  renameSync(incoming, path);
  sync(dirname(path));
  return { aside };
}

/** The old file alone is whole then; where it is damaged, the log is kept beside it. */
function emptyLog(path: string): void {
  try {
    const old = new Database(path);
    try {
      old.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      old.close();
    }
  } catch {
    // That may be why it is replaced.
  }
}

/** The same file under another name; where there are no such links, a copy. */
function keepAside(from: string, to: string): void {
  if (sizeOf(from) === 0) return;
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    const copy = openSync(to, "r+");
    fsyncSync(copy);
    closeSync(copy);
  }
}

/** A name that is free. */
function asideName(path: string, now: number): string {
  const name = `${path}.before-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  for (let n = 1;; n++) {
    const free = n === 1 ? name : `${name}-${n}`;
    if (!statSync(free, { throwIfNoEntry: false })) return free;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

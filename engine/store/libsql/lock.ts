// How one daemon at a time owns a database, and which files nothing but SQLite may open.

import type { BigIntStats } from "node:fs";
import { closeSync, openSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "libsql";
import { OpcodeError } from "../../../core/errors.ts";
import type { Lock } from "../place.ts";

/**
 * Takes the database for this process: an exclusive transaction, held open on a tiny SQLite file
 * beside it, whose lock the kernel releases however the process ends. CONFLICT when another
 * process has it, which says `what` is held. The directory must exist; `:memory:` needs no lock. Closing
 * any descriptor of that file would drop the lock, so nothing else may open it.
 */
export function acquireLock(dbPath: string, what = `the database ${dbPath}`): Lock {
  if (dbPath === ":memory:") return { path: dbPath, isNew: false, release() {} };
  const path = `${realDatabasePath(dbPath)}.lock`;
  const isNew = createPrivate(path);
  const file = inode(path);
  let connection: Database.Database | null = null;
  try {
    connection = new Database(path);
    connection.exec("PRAGMA busy_timeout = 0");
    // With a log instead of a rollback journal, EXCLUSIVE would still let others in.
    connection.exec("PRAGMA journal_mode = DELETE");
    connection.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    connection?.close();
    const code = String((error as { code?: unknown }).code);
    if (code.startsWith("SQLITE_BUSY")) {
      throw new OpcodeError(
        "CONFLICT",
        `${what} is in use by another opcode daemon, which holds ${path}`,
        { details: { lock: path } },
      );
    }
    throw new OpcodeError(
      "STORE_ERROR",
      `cannot lock ${path} (${(error as Error).message}): ` +
        (code === "SQLITE_FULL"
          ? "make room on its disk"
          : "it must be a file that this user may write; if no daemon runs, remove it"),
    );
  }
  const held = connection;
  // A start that failed has taken its new file away: what is locked has no name any more.
  if (file === undefined || inode(path) !== file) {
    held.close();
    return acquireLock(dbPath, what);
  }
  return {
    path,
    isNew,
    release() {
      try {
        held.exec("ROLLBACK");
      } finally {
        held.close();
      }
    },
  };
}

/** SQLite's files beside the database, and those of the lock; all are open as long as we run. */
const OPEN_FILES = ["", "-wal", "-shm", ".lock"];

/** What the copy of a database is called whose file was removed under the daemon. */
export const RESCUED = ".rescued";

/** What a copy is called while it is written to be put in the database's place. */
export const RESTORING = ".restoring";

/** These come and go. */
const JOURNALS = ["-journal", ".lock-journal", RESCUED, RESTORING];

/**
 * Where the database and SQLite's files beside it are or may come to be; also under the name by
 * which the database was given, if that is a link.
 */
export function databasePaths(dbPath: string): string[] {
  const given = join(realpathSync(dirname(dbPath)), basename(dbPath));
  return [...new Set([given, realDatabasePath(dbPath)])].flatMap((path) =>
    [...OPEN_FILES, ...JOURNALS].map((suffix) => path + suffix)
  );
}

/**
 * Tells by device and inode whether a file is the database or one of SQLite's files beside it,
 * whatever name or link led to it. Files are looked at anew each time, and never opened.
 */
export function createProtectedCheck(
  dbPath: string,
): (file: { dev: bigint; ino: bigint }) => boolean {
  if (dbPath === ":memory:") return () => false;
  const real = realDatabasePath(dbPath);
  const identify = (suffix: string) =>
    statSync(real + suffix, { bigint: true, throwIfNoEntry: false });
  const isSame = (file: { dev: bigint; ino: bigint }, ours: BigIntStats | undefined) =>
    ours !== undefined && ours.dev === file.dev && ours.ino === file.ino;
  const open = new Map<string, BigIntStats | undefined>(
    OPEN_FILES.map((suffix) => [suffix, undefined]),
  );
  return (file) => {
    for (const [suffix, known] of open) {
      // Once seen it is open in SQLite: it stays ours, whatever its name leads to later.
      const ours = known ?? identify(suffix);
      if (known === undefined) open.set(suffix, ours);
      if (isSame(file, ours)) return true;
    }
    // The inodes of journals are used again by others.
    return JOURNALS.some((suffix) => isSame(file, identify(suffix)));
  };
}

/** One name for one file, so that two paths to a database meet at one lock. */
export function realDatabasePath(dbPath: string): string {
  try {
    return realpathSync(dbPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return join(realpathSync(dirname(dbPath)), basename(dbPath));
  }
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Only creates, and tells whether it did: a file that exists may be locked, and is not opened. */
function createPrivate(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    throw new OpcodeError(
      "STORE_ERROR",
      `${path} cannot be created (${message}): make room on its disk, let this user write the ` +
        "directory, or name another with OPCODE_HOME or db_path",
      { cause: error },
    );
  }
}

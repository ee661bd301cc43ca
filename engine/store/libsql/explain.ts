// Why a database does not open, in words for the person who is to mend it.

import { statSync } from "node:fs";
import { recipe } from "./fault.ts";

/** Throws when the path has no database although a log beside it holds changes of one. */
export function refuseLostDatabase(path: string): void {
  if (path === ":memory:") return;
  const log = `${path}-wal`;
  const waiting = sizeOf(log) ?? 0;
  const size = sizeOf(path);
  if (waiting === 0 || (size ?? 0) > 0) return;
  throw new Error(
    `the database ${path} is ${size === null ? "missing" : "empty"}, but ${log} holds ` +
      `${waiting} bytes of changes to it: put the database, or the backup that belongs to this ` +
      `log, back beside it; to begin with nothing, move ${log} away`,
  );
}

/** What is wrong and what to do. */
export function explainOpening(error: unknown, path: string): string {
  const { code: raw, message = String(error) } = (error ?? {}) as {
    code?: unknown;
    message?: string;
  };
  const code = typeof raw === "string" && raw.startsWith("SQLITE_") || isSystemCode(raw)
    ? String(raw)
    : codeIn(message);
  const cannot = (why: string, remedy: string) =>
    `the database ${path} ${why} (${message}): ${remedy}`;
  if (code === "SQLITE_NOTADB") {
    return cannot("is no SQLite database", "move that file away, or name another with db_path");
  }
  if (code.startsWith("SQLITE_CORRUPT")) {
    return cannot(
      "is damaged",
      `keep a copy of its files, then put a backup in their place, or what can still be read: ` +
        recipe(path),
    );
  }
  // The index that all connections share had no room.
  if (
    code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE" || code === "ENOSPC" ||
    code === "EDQUOT"
  ) {
    return cannot("cannot be written", "the disk is full, so make room on it");
  }
  if (code.startsWith("SQLITE_READONLY") || code === "EROFS") {
    return cannot("cannot be written", `let this user write it and ${path}-wal, and the directory`);
  }
  if (code.startsWith("SQLITE_CANTOPEN") || code === "EACCES" || code === "EPERM") {
    return cannot(
      "cannot be opened",
      `it, ${path}-wal and ${path}-shm must be files that this user may read and write, in a ` +
        "directory that exists and that this user may write",
    );
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return cannot("is held by another program", "end what has it open, such as a shell of SQLite");
  }
  if (code.startsWith("SQLITE_IOERR") || code === "EIO") {
    return cannot("cannot be read", `check the disk and the file system (${code})`);
  }
  return message.includes(path) ? message : `the database ${path} cannot be opened: ${message}`;
}

function isSystemCode(code: unknown): boolean {
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) && code !== "ERROR";
}

/** What the binding says of a connection that could not be made: SQLite's number in a text. */
function codeIn(message: string): string {
  const number = /^ConnectionFailed\(.*: (\d+)"\)$/.exec(message)?.[1];
  const codes: Record<string, string> = {
    5: "SQLITE_BUSY",
    8: "SQLITE_READONLY",
    10: "SQLITE_IOERR",
    11: "SQLITE_CORRUPT",
    13: "SQLITE_FULL",
    14: "SQLITE_CANTOPEN",
    26: "SQLITE_NOTADB",
  };
  return codes[number ?? ""] ?? "";
}

/** Bytes; null when there is no such file. */
function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

// Which errors of the database say that its files are not to be trusted, and what to do then.
//
// A full disk, a lock held too long or a file that may not be written come to an end by themselves
// or by somebody's hand, and a later try goes through. These do not: going on would lose or spoil
// more.

/** What is known of a file that has gone from under the store. */
export const GONE = "OPCODE_FILE_GONE";

/** Raised while there was no room for the shared index: a full disk, by another name. */
const NO_ROOM = ["SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_NOMEM"];

/** Why the store should take no more work, in words for people; null for what may pass. */
export function faultOf(error: unknown, path: string): string | null {
  const { code: raw, message } = error as { code?: unknown; message?: string };
  const code = String(raw);
  if (code === GONE) return message!;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return `the database ${path} is damaged (${message}): stop the daemon, keep a copy of its ` +
      `files, and put a backup in their place, or what can still be read: ${recipe(path)}`;
  }
  if (code.startsWith("SQLITE_IOERR") && !NO_ROOM.includes(code)) {
    return `the file system under ${path} fails (${code}: ${message}): check the disk and the ` +
      "file system, then start the daemon again; it goes on from what was stored";
  }
  return null;
}

/** How SQLite's own shell makes a new database of what can be read of a damaged one. */
export function recipe(path: string): string {
  return `sqlite3 '${path}' .recover | sqlite3 '${path}.recovered'`;
}

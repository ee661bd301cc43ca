// How tests break the files of a database as disks, people and other programs do.

import { execFileSync } from "node:child_process";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import Database from "libsql";
import { afterwards, BINARY, type Cleanup } from "./daemon.ts";

const PAGE = 4_096;

/** Overwrites the pages from `first` (the root is 1) to the end with bytes that are no page. */
export function garble(path: string, first = 2): void {
  const { size } = statSync(path);
  const file = openSync(path, "r+");
  const from = (first - 1) * PAGE;
  writeSync(file, Buffer.alloc(Math.max(0, size - from), "garbage!"), 0, undefined, from);
  closeSync(file);
}

/** Overwrites the root page of a table, which every read of it meets. */
export function garbleTable(path: string, table: string): void {
  const connection = new Database(path);
  const [{ page }] = connection.prepare("SELECT rootpage AS page FROM sqlite_master WHERE name = ?")
    .all([table]) as [{ page: number }];
  connection.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(PAGE, "garbage!"), 0, undefined, (page - 1) * PAGE);
  closeSync(file);
}

/** Leaves the first half, in whole pages. */
export function cutInHalf(path: string): void {
  truncateSync(path, Math.floor(statSync(path).size / 2 / PAGE) * PAGE);
}

/** Runs statements on the database as another program would, and closes it. */
export function tamper(path: string, ...statements: string[]): void {
  const connection = new Database(path);
  for (const statement of statements) connection.exec(statement);
  connection.close();
}

/** What the single binary unpacks into a data directory before anything else, and a little more. */
const UNPACKED_MIB = BINARY === undefined ? 0 : 12;

/** A file system with `mib` MiB for data at the directory, or why this machine has none to give. */
export function mountSmall(t: Cleanup, directory: string, mib: number): string | null {
  try {
    const size = `size=${mib + UNPACKED_MIB}m`;
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", directory], {
      stdio: "pipe",
    });
  } catch (error) {
    return `no file system can be mounted here: ${String((error as Error).message).trim()}`;
  }
  afterwards(t, () => execFileSync("umount", ["-l", directory]));
  return null;
}

/** Fills the file system with one file but for `leave` bytes; the answer removes it. */
export function fill(path: string, leave = 0): () => void {
  const file = openSync(path, "w");
  for (let block = 1 << 20; block >= 1;) {
    try {
      writeSync(file, Buffer.alloc(block));
    } catch {
      block >>= 1;
    }
  }
  ftruncateSync(file, Math.max(0, fstatSync(file).size - leave));
  closeSync(file);
  return () => rmSync(path, { force: true });
}

/** Lets a running process write no file beyond this size, or the reason why it cannot be told so. */
export function limitFileSize(pid: number, bytes: number): string | null {
  try {
    execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}`], { stdio: "pipe" });
    return null;
  } catch (error) {
    return `prlimit: ${(error as Error).message}`;
  }
}

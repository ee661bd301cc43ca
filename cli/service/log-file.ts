// Where a daemon in the background logs, where nobody else takes its lines: `daemon.log` in the data directory.

import { openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../../server/directories.ts";
import { StartError } from "../../server/start-error.ts";

/** A log this large is put aside (one generation) when a daemon is started. */
const LOG_BYTES = 10 * 1024 * 1024;
/** How much of the log a failed start shows. */
const TAIL_BYTES = 2_000;

export function logFile(home: string): string {
  return join(home, "daemon.log");
}

/** Opens it for a daemon to be started, at its end. StartError when that cannot be. */
export function openLog(home: string): number {
  const path = logFile(home);
  makeDirectory(home, "OPCODE_HOME");
  try {
    if (sizeOf(path) > LOG_BYTES) renameSync(path, `${path}.1`);
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new StartError(
      `${path} cannot be written (${
        (error as Error).message
      }): let this user write the directory, ` +
        "make room on its disk, or name another with OPCODE_HOME",
    );
  }
}

/** What will have been said from now on, of which the end. */
export function lastWords(path: string): () => string {
  const from = sizeOf(path);
  return () => {
    const all = sizeOf(path) === 0 ? Buffer.alloc(0) : readFileSync(path);
    return all.subarray(from).subarray(-TAIL_BYTES).toString().trim();
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

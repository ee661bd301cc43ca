// Where the native part of the database is when the binary carries it: only a file can be loaded.

import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { embeddedNames, IS_BINARY, unpacked } from "../../../core/embedded.ts";
import { OpcodeError } from "../../../core/errors.ts";
import { writeSynced } from "../../../core/sync.ts";
import { threadEnv } from "../../../core/thread.ts";

/** Its name in the binary, compressed, and then in the directory: with a hash of its bytes, and their number. */
const NAMED = /^(libsql-[0-9a-f]+-(\d+)\.node)\.zst$/;

/** By it threads are told where the main thread has put the file. */
const VARIABLE = "OPCODE_ADDON_FILE";

export interface Library {
  /** Files without which the store cannot be used. */
  needed: readonly string[];
  /** Those of them that had to be made now. */
  made: readonly string[];
}

/**
 * Puts it into the directory, which is made if need be, unless it is there. Nothing is to be done where
 * the sources run. STORE_ERROR when it cannot be written.
 */
export function unpackAddon(directory: string): Library {
  if (!IS_BINARY) return { needed: [], made: [] };
  const [, name, size] = embeddedNames().map((one) => NAMED.exec(one)).find((one) => one)!;
  const file = join(directory, name!);
  threadEnv[VARIABLE] = file;
  if (isThere(file, Number(size))) return { needed: [file], made: [] };
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    rmSync(unfinished, { force: true });
    // Whole and on the disk before it has its name.
    writeSynced(unfinished, unpacked(name!)!, 0o500);
    renameSync(unfinished, file);
    return { needed: [file], made: [file] };
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new OpcodeError(
      "STORE_ERROR",
      `${file} cannot be written (${
        (error as Error).message
      }): the database's own library has to ` +
        "be there; make room on its disk, let this user write the directory, or name another with " +
        "OPCODE_HOME",
      { cause: error },
    );
  }
}

/** Loads it, for the database's package. STORE_ERROR naming the remedy when that cannot be. */
export function loadAddon(): unknown {
  const file = isMainThread ? threadEnv[VARIABLE] : process.env[VARIABLE];
  const module = { exports: {} };
  try {
    process.dlopen(module, file!);
  } catch (error) {
    throw new OpcodeError("STORE_ERROR", explain(file!, (error as Error).message), {
      cause: error,
    });
  }
  return module.exports;
}

function explain(file: string, message: string): string {
  return /failed to map segment|not permitted/i.test(message)
    ? `${file} cannot be loaded (${message}): its file system is mounted noexec, and the ` +
      "database's own library has to be loaded from the data directory; mount it without noexec, " +
      "or name a directory elsewhere with OPCODE_HOME"
    : `${file} cannot be loaded (${message}): remove it, and the next start makes it anew`;
}

function isThere(file: string, size: number): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  // What was cut short has another size, and what another user has put there is not taken.
  return found !== undefined && found.isFile() && found.size === size &&
    found.uid === process.geteuid!() && (found.mode & 0o022) === 0;
}

// Where the data of a daemon are, and that no other daemon is at work on them.

import { dirname } from "node:path";
import type { OpcodeError } from "../core/errors.ts";
import type { Lock } from "../engine/store/libsql/lock.ts";
import { readDaemonFile } from "./home-files.ts";
import type { Settings } from "./settings/load.ts";
import { StartError } from "./start-error.ts";
import type { Teardown } from "./teardown.ts";
import { Traces } from "./traces.ts";

/**
 * Makes the directories and takes the database's lock. What a start that fails leaves of all this is
 * removed by the teardown, unless the traces are told to stay.
 */
export async function takeData(settings: Settings, teardown: Teardown): Promise<Traces> {
  const traces = new Traces();
  teardown.add("directories", () => traces.removeDirectories());
  let lock: Lock | undefined;
  teardown.add("lock", () => lock?.release());
  teardown.add("files", () => traces.removeFiles());
  // A database in memory is this process's alone.
  const inMemory = settings.db_path === ":memory:";
  traces.makeDirectory(settings.home, "OPCODE_HOME");
  if (!inMemory) traces.makeDirectory(dirname(settings.db_path), "db_path");
  const { acquireLock, databasePaths } = await import("../engine/store/libsql/lock.ts");
  if (!inMemory) {
    lock = takeDatabase(acquireLock, settings);
    if (lock.isNew) traces.made(lock.path);
    traces.expect(databasePaths(settings.db_path));
  }
  return traces;
}

/** The database's lock; when another daemon has it, an error that says which one. */
function takeDatabase(acquireLock: (path: string) => Lock, settings: Settings): Lock {
  try {
    return acquireLock(settings.db_path);
  } catch (error) {
    const other = readDaemonFile(settings.home);
    if ((error as OpcodeError).code !== "CONFLICT" || !other) throw error;
    throw new StartError(`${(error as Error).message}: process ${other.pid}, at ${other.url}`);
  }
}

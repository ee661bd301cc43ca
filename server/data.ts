// Where the data of a daemon are, and that no other daemon is at work on them.

import type { OpcodeError } from "../core/errors.ts";
import { storePlace } from "../engine/store/open.ts";
import type { Lock, StorePlace } from "../engine/store/place.ts";
import { readDaemonFile } from "./home-files.ts";
import type { Settings } from "./settings/load.ts";
import { StartError } from "./start-error.ts";
import type { Teardown } from "./teardown.ts";
import { Traces } from "./traces.ts";

/**
 * Makes the directories and takes the store's lock. What a start that fails leaves of all this is
 * removed by the teardown, unless the traces are told to stay.
 */
export async function takeData(
  settings: Settings,
  teardown: Teardown,
): Promise<{ traces: Traces; place: StorePlace }> {
  const traces = new Traces();
  teardown.add("directories", () => traces.removeDirectories());
  let lock: Lock | undefined;
  teardown.add("lock", () => lock?.release());
  teardown.add("files", () => traces.removeFiles());
  traces.makeDirectory(settings.home, "OPCODE_HOME");
  const place = await storePlace(settings);
  if (!place.inMemory) {
    lock = lockOrLeave(place, traces, () => takeLock(place, settings));
    traces.expect(place.files());
  } else for (const file of place.made) traces.made(file);
  return { traces, place };
}

/**
 * Takes the lock, where its directory has to be. What was made for that is a trace of this process, unless another one has the lock:
 * that one uses by now what it has found there.
 */
export function lockOrLeave(place: StorePlace, traces: Traces, take: () => Lock): Lock {
  const made = () => {
    for (const file of place.made) traces.made(file);
  };
  let lock: Lock;
  try {
    if (place.directory !== null) traces.makeDirectory(place.directory, "db_path");
    lock = take();
  } catch (error) {
    if (!isTaken(error)) made();
    throw error;
  }
  made();
  if (lock.isNew) traces.made(lock.path);
  return lock;
}

function isTaken(error: unknown): boolean {
  const { cause, code } = error as OpcodeError;
  return code === "CONFLICT" || (cause as OpcodeError | undefined)?.code === "CONFLICT";
}

/** The store's lock; when another daemon has it, an error that says which one. */
function takeLock(place: StorePlace, { home }: Settings): Lock {
  try {
    return place.lock();
  } catch (error) {
    const other = readDaemonFile(home);
    if ((error as OpcodeError).code !== "CONFLICT" || !other) throw error;
    throw new StartError(`${(error as Error).message}: process ${other.pid}, at ${other.url}`, {
      cause: error,
    });
  }
}

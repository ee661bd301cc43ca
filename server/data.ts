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
  for (const file of place.made) traces.made(file);
  if (place.directory !== null) traces.makeDirectory(place.directory, "db_path");
  if (!place.inMemory) {
    lock = takeLock(place, settings);
    if (lock.isNew) traces.made(lock.path);
    traces.expect(place.files());
  }
  return { traces, place };
}

/** The store's lock; when another daemon has it, an error that says which one. */
function takeLock(place: StorePlace, { home }: Settings): Lock {
  try {
    return place.lock();
  } catch (error) {
    const other = readDaemonFile(home);
    if ((error as OpcodeError).code !== "CONFLICT" || !other) throw error;
    throw new StartError(`${(error as Error).message}: process ${other.pid}, at ${other.url}`);
  }
}

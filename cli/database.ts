// How a command uses the database while no daemon runs: under its lock, and leaving nothing that was not there.

import { OpcodeError } from "../core/errors.ts";
import { storePlace } from "../engine/store/open.ts";
import type { Lock, OpenStore, StorePlace } from "../engine/store/place.ts";
import type { Settings } from "../server/settings/load.ts";
import { lockOrLeave } from "../server/data.ts";
import { Traces } from "../server/traces.ts";
import { NoDaemon } from "./client.ts";
import { hint } from "./hint.ts";

interface OpenDatabase {
  store: Awaited<ReturnType<OpenStore>>;
  place: StorePlace;
  /** Something was stored: what was made for it stays then, and only then. */
  keep(): void;
}

/** Opens the database, lets `work` use it, and closes it. */
export async function withDatabase<T>(
  settings: Settings,
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  return await underLock(settings, async ({ place, traces }) => {
    const openStore = await place.opener();
    const store = await openStore({ durability: settings.durability });
    try {
      return await work({ store, place, keep: () => traces.keep() });
    } finally {
      await store.close();
    }
  });
}

/** CONFLICT says what lets it go. */
function lockOf(place: StorePlace): Lock {
  try {
    return place.lock();
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError) || thrown.code !== "CONFLICT") throw thrown;
    const message = `${thrown.message}; this ends it first: ${hint("stop")}`;
    throw new OpcodeError("CONFLICT", message, { details: thrown.details ?? {} });
  }
}

interface HeldPlace {
  place: StorePlace;
  traces: Traces;
}

/** Holds the database's lock while `work` goes on; CONFLICT while a daemon has it. */
export async function underLock<T>(
  settings: Settings,
  work: (held: HeldPlace) => Promise<T>,
): Promise<T> {
  return await underLockOf(() => storePlace(settings), settings.home, work);
}

/** The same of a place that the settings need not name. */
export async function underLockOf<T>(
  placed: () => Promise<StorePlace>,
  home: string,
  work: (held: HeldPlace) => Promise<T>,
): Promise<T> {
  const umask = process.umask(0o077);
  const traces = new Traces();
  let lock: Lock | undefined;
  try {
    // First of all: what the place unpacks is put there.
    traces.makeDirectory(home, "OPCODE_HOME");
    const place = await placed();
    if (place.inMemory) throw new NoDaemon("db_path: :memory: keeps nothing without a daemon");
    lock = lockOrLeave(place, traces, () => lockOf(place));
    traces.expect(place.files());
    return await work({ place, traces });
  } finally {
    traces.removeFiles();
    lock?.release();
    traces.removeDirectories();
    process.umask(umask);
  }
}

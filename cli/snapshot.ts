// How a command gets a backup of the data in a moment, whether a daemon is at work on them or not.

import { OpcodeError } from "../core/errors.ts";
import type { BackupReply } from "../engine/backup/backup.ts";
import { storePlace } from "../engine/store/open.ts";
import { rememberBackup } from "../server/last-backup.ts";
import type { Settings } from "../server/settings/load.ts";
import { ApiError } from "./client.ts";
import type { GlobalFlags } from "./context.ts";
import { withDatabase } from "./database.ts";
import { daemonOrDatabase } from "./upkeep-place.ts";
import { VERSION } from "./version.ts";

/** Writes it to the file, an absolute path; null when there are no data to copy. */
export async function snapshot(flags: GlobalFlags, file: string): Promise<BackupReply | null> {
  return await daemonOrDatabase<BackupReply | null>(flags, {
    daemon: async (client) => await client.post("/api/v1/backup", { file }) as never,
    database: (settings) => backupHere(settings, file),
  });
}

/** The same for whoever goes on without a copy: null also where the daemon's data are a server's. */
export async function copyIfAny(flags: GlobalFlags, file: string): Promise<BackupReply | null> {
  try {
    return await snapshot(flags, file);
  } catch (thrown) {
    // The daemon may have been given its store in another way than this command.
    if (thrown instanceof ApiError && thrown.error.details?.no_copies === true) return null;
    throw thrown;
  }
}

/** The same of data that no daemon uses. */
export async function backupHere(settings: Settings, file: string): Promise<BackupReply | null> {
  const { restoring, noCopies, inMemory } = await storePlace(settings);
  if (noCopies !== null && !inMemory) throw new OpcodeError("CONFLICT", noCopies);
  if (!restoring()?.exists()) return null;
  const { backup } = await import("../engine/backup/backup.ts");
  return await withDatabase(settings, ({ store, place }) => {
    const made = { store, file, reserved: place.files(), version: VERSION, now: Date.now() };
    return rememberBackup(settings.home, backup(made));
  });
}

// What is done before anything changes: the new file beside the old one, a copy of the data, and the one tried on the other.

import { copyFileSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { storePlace } from "../../engine/store/open.ts";
import { BACKUPS_DIRECTORY } from "../../server/last-backup.ts";
import { homeOf, loadSettings } from "../../server/settings/load.ts";
import { copyIfAny } from "../snapshot.ts";
import { VERSION } from "../version.ts";
import { removeBackup, snapshotFile } from "./finish.ts";
import { tryProgram } from "./stage.ts";
import { type Journal, type Workplace, writeJournal } from "./workplace.ts";

export interface Preparing {
  place: Workplace;
  /** Of the staged file. */
  to: string;
  restart: boolean;
  env: NodeJS.ProcessEnv;
}

/** Throws what the new version has against the data; the snapshot is gone then. */
export async function prepare({ place, to, restart, env }: Preparing): Promise<Journal> {
  const home = homeOf(env);
  const file = snapshotFile(home, to);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  removeBackup(file);
  try {
    // What keeps nothing has no copy, and a server sees to its own.
    const { noCopies } = await storePlace(loadSettings({ env }));
    const made = noCopies === null ? await copyIfAny({}, file) : null;
    const backup = made === null ? null : file;
    const layouts = tryProgram(place.staged, to, backup);
    const journal = { from: VERSION, to, home, restart, snapshot: backup, layouts };
    writeJournal(place, journal);
    return journal;
  } catch (error) {
    removeBackup(file);
    throw error;
  }
}

/** Of the versions before the last one. */
export function removeOlderSnapshots(home: string, kept: string | null): void {
  const directory = join(home, BACKUPS_DIRECTORY);
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    if (/^before-.*\.db(?:\.stopped)?$/.test(name) && file !== kept) removeBackup(file);
  }
}

/** The file of before becomes the staged one. */
export function stagePrevious({ previous, staged }: Workplace): void {
  copyFileSync(previous, `${staged}.new`);
  renameSync(`${staged}.new`, staged);
}

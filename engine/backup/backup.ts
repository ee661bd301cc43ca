// How a backup is made: a copy of one moment under a name that it gets only once it is whole and on the disk.

import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { rfc3339 } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import { sync } from "../../core/sync.ts";
import { systemReason } from "../../core/system-reason.ts";
import type { BackupStore } from "../store/backup-store.ts";
import { type Manifest, manifestPath, newManifest, sumOf } from "./manifest.ts";

export interface BackupOptions {
  store: BackupStore;
  /** Where to; its directory must be there, the file must not. */
  file: string;
  /** Names that only the store may use. */
  reserved: readonly string[];
  /** Of this program. */
  version: string;
  now: number;
}

export interface BackupReply extends Manifest {
  file: string;
}

/**
 * Copies all that was stored before it was called, with its manifest beside it, both readable by
 * their owner only. VALIDATION_ERROR or CONFLICT for a name that cannot be used, STORE_ERROR when
 * there is no room for it; then nothing is left behind.
 */
export async function backup(options: BackupOptions): Promise<BackupReply> {
  const { store, version, now } = options;
  const file = freeName(options);
  const partial = `${file}.partial`;
  try {
    // Of a backup that was killed.
    rmSync(partial, { force: true });
    closeSync(openSync(partial, "wx", 0o600));
    const { layout, runs, lastEventId } = await store.backup(partial);
    const sum = await sumOf(partial);
    sync(partial);
    const manifest = newManifest({
      opcode: version,
      layout,
      made_at: rfc3339(now),
      ...sum,
      runs,
      last_event_id: lastEventId,
    });
    writeWhole(manifestPath(file), JSON.stringify(manifest, null, 2) + "\n");
    // What has its name has its manifest, and took no other file's place.
    name(partial, file);
    sync(dirname(file));
    return { file, ...manifest };
  } catch (error) {
    rmSync(partial, { force: true });
    if (error instanceof OpcodeError && error.code !== "STORE_ERROR") throw error;
    const why = error instanceof OpcodeError ? error.message : systemReason(error);
    throw new OpcodeError("STORE_ERROR", `the backup ${file} cannot be written: ${why}`);
  }
}

function freeName({ file: given, reserved }: BackupOptions): string {
  if (!isAbsolute(given) || given.includes("\0")) {
    throw faultAt("file", "must be an absolute path");
  }
  const directory = statSync(dirname(given), { throwIfNoEntry: false });
  if (!directory?.isDirectory()) {
    throw faultAt("file", `its directory ${dirname(given)} must exist`);
  }
  const file = join(realpathSync(dirname(given)), basename(given));
  if (reserved.includes(file)) {
    throw faultAt("file", `${file} is a name of the database's own files`);
  }
  if (!lstatSync(file, { throwIfNoEntry: false })) return file;
  throw new OpcodeError(
    "CONFLICT",
    `${file} is there already: a backup takes no other file's place`,
  );
}

function name(partial: string, file: string): void {
  try {
    linkSync(partial, file);
    rmSync(partial);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // A file system without such links.
    renameSync(partial, file);
  }
}

function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  const descriptor = openSync(partial, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, path);
}

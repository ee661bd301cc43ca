// How a backup is put in the place of the data: checked first, and never over what is there unless asked to.

import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { OpcodeError } from "../../core/errors.ts";
import { systemReason } from "../../core/system-reason.ts";
import type { RestorePlace } from "../store/backup-store.ts";
import { type Manifest, readManifest, sumOf } from "./manifest.ts";

export interface RestoreReply extends Manifest {
  file: string;
  /** Where the data of before are; null when there were none. */
  aside: string | null;
}

/**
 * Reads all of a backup: its manifest, checksum, tables and layout. NOT_FOUND or STORE_ERROR says
 * what is wrong with it.
 */
export async function checkBackup(file: string, place: RestorePlace): Promise<Manifest> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new OpcodeError("NOT_FOUND", `there is no backup ${file}`);
  }
  const manifest = readManifest(file);
  compare(file, manifest, await sumOf(file));
  place.inspect(file);
  return manifest;
}

/**
 * Puts the backup in place. CONFLICT when there are data and `force` is not set; whoever calls holds
 * the lock. A kill leaves the data of before or those of the backup, whole.
 */
export async function restore(
  { file, place, force, now }: { file: string; place: RestorePlace; force: boolean; now: number },
): Promise<RestoreReply> {
  const manifest = await checkBackup(file, place);
  if (place.exists() && !force) {
    throw new OpcodeError(
      "CONFLICT",
      "there are data already, which a restore would replace: with --force they are put aside, " +
        "under another name beside the new ones",
    );
  }
  try {
    // What is put in place is what was checked, whatever has become of the file since.
    compare(file, manifest, await copyFile(file, place.incoming));
    return { file, ...manifest, ...place.replace(now) };
  } catch (error) {
    rmSync(place.incoming, { force: true });
    if (error instanceof OpcodeError) throw error;
    throw new OpcodeError("STORE_ERROR", `the backup cannot be restored: ${systemReason(error)}`);
  }
}

function compare(file: string, manifest: Manifest, found: { bytes: number; sha256: string }): void {
  if (found.bytes === manifest.bytes && found.sha256 === manifest.sha256) return;
  throw new OpcodeError(
    "STORE_ERROR",
    `${file} is not as it was written: ` +
      (found.bytes === manifest.bytes
        ? `its SHA-256 is ${found.sha256}, not ${manifest.sha256}`
        : `it has ${found.bytes} bytes of ${manifest.bytes}`),
  );
}

async function copyFile(from: string, to: string): Promise<{ bytes: number; sha256: string }> {
  rmSync(to, { force: true });
  const descriptor = openSync(to, "wx", 0o600);
  try {
    const sum = await sumOf(from, (chunk) => {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
    });
    fsyncSync(descriptor);
    return sum;
  } finally {
    closeSync(descriptor);
  }
}

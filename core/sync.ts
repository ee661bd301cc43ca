// How what was written or renamed gets to the disk before anything is built on it.

import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

/** Of a file its bytes, of a directory the names in it. */
export function sync(path: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A new file, whole and on the disk before this returns. EEXIST where there is one of that name. */
export function writeSynced(file: string, bytes: Uint8Array, mode: number): void {
  const descriptor = openSync(file, "wx", mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

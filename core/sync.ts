// How what was written or renamed gets to the disk before anything is built on it.

import { closeSync, fsyncSync, openSync } from "node:fs";

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

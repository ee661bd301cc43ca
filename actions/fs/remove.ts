// How an entry is removed, with all that is in it.

import { rmdir, unlink } from "node:fs/promises";
import { throwIfCancelled } from "../deadline.ts";
import { fileError, hasCode } from "../paths/errors.ts";
import { confirmHeld, entryPath } from "../paths/pin.ts";
import { descend, entriesOf, type Found, type Level } from "./tree.ts";

/** Removes an entry of this directory that has passed the gate; links are never followed. */
export async function removeTree(level: Level, entry: Found): Promise<void> {
  if (entry.stats.isDirectory()) {
    await descend(level, entry, async (inner) => {
      for await (const child of entriesOf(inner)) {
        inner.gate.checkEntry(child, { access: "write", removes: true });
        await removeTree(inner, child);
      }
    });
  }
  throwIfCancelled(level.signal);
  await removeEntry(entry);
}

/** Removes a file, a link or an empty directory. */
export async function removeEntry({ parent, name, stats, path }: Found): Promise<void> {
  await confirmHeld(parent);
  const target = entryPath(parent, name);
  try {
    await (stats.isDirectory() ? rmdir(target) : unlink(target));
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw fileError(error, path);
  }
}

// How a file is put in place: whole or not at all, and on disk before it has its name.

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, open, rename, rm } from "node:fs/promises";
import { throwIfCancelled } from "../deadline.ts";
import { withDescriptor } from "../../core/descriptors.ts";
import type { Entry, Gate } from "../paths/gate.ts";
import type { ByteName } from "../paths/names.ts";
import { confirmHeld, entryPath, type Pin, statEntry } from "../paths/pin.ts";
import { requireRegular } from "../paths.ts";

/** Makes a regular file's content under a temporary name, then gives it the entry's. */
export async function replaceFile(
  { entry, mode, write, finish, gate, signal }: {
    entry: Entry;
    /** Permissions while it is written; the umask applies. */
    mode: number;
    write: (file: FileHandle) => Promise<void>;
    /** Owner, permissions and times, once it is written. */
    finish: (file: FileHandle) => Promise<void>;
    gate: Gate;
    signal: AbortSignal;
  },
): Promise<void> {
  const { parent, name, stats, path } = entry;
  if (stats) {
    requireRegular(stats, path);
    await access(entryPath(parent, name), constants.W_OK);
  }
  await putInPlace({
    entry,
    gate,
    signal,
    make: async (temporary) => {
      const file = await withDescriptor(() => open(entryPath(parent, temporary), "wx", mode));
      try {
        await write(file);
        await finish(file);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  });
}

/**
 * Has something made under a temporary name beside the entry, and renames it over the entry. The
 * new name survives a power cut once the directory is synced.
 */
export async function putInPlace(
  { entry, make, gate, signal }: {
    entry: Entry;
    make: (temporary: ByteName) => Promise<void>;
    gate: Gate;
    signal: AbortSignal;
  },
): Promise<void> {
  const { parent, name } = entry;
  const temporary = `.opcode-${randomUUID()}.tmp`;
  try {
    await confirmHeld(parent);
    await make(temporary);
    throwIfCancelled(signal);
    await confirmHeld(parent);
    gate.checkEntry({ ...entry, stats: await statEntry(parent, name) }, { access: "write" });
    await rename(entryPath(parent, temporary), entryPath(parent, name));
  } catch (error) {
    await rm(entryPath(parent, temporary), { recursive: true, force: true });
    throwIfCancelled(signal);
    throw error;
  }
}

/** Makes the new names in a directory survive a power cut, where the file system can. */
export async function syncDirectory({ handle }: Pin): Promise<void> {
  try {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    const directory = await withDescriptor(() => open(handle, flags));
    await directory.sync().finally(() => directory.close());
  } catch {
    // Some file systems cannot sync a directory, and some directories cannot be read.
  }
}

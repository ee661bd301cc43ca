// A database file, or memory, as the place of a store: its lock, its files, and how it is opened.

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { StorePlace } from "../place.ts";
import type { Library } from "./addon.ts";
import { restorePlace } from "./restore.ts";
import { acquireLock, createProtectedCheck, databasePaths, realDatabasePath } from "./lock.ts";
import { databaseSizes } from "./sizes.ts";

/** `path`: of a file, created if absent, or `:memory:`; `library`: what it takes. */
export function filePlace(path: string, library: Library): StorePlace {
  const inMemory = path === ":memory:";
  return {
    inMemory,
    ...library,
    directory: inMemory ? null : dirname(path),
    lock: () => acquireLock(path),
    files: () => inMemory ? [] : databasePaths(path),
    sizes: async () => inMemory ? null : await databaseSizes(path),
    ownCheck: () => createProtectedCheck(path),
    noCopies: inMemory ? "db_path is :memory:, which keeps nothing" : null,
    restoring: () =>
      inMemory ? null : restorePlace(existsSync(dirname(path)) ? realDatabasePath(path) : path),
    examine: () => Promise.resolve(null),
    async transfer(use) {
      const { openTransfer } = await import("./transfer.ts");
      return openTransfer(path, use, Date.now());
    },
    async opener() {
      const { openLibsqlStore } = await import("./open.ts");
      return (options) => openLibsqlStore({ path, ...options });
    },
  };
}

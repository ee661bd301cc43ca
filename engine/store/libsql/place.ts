// How a place of this kind of store is come to: its library has to be there before what uses that is loaded.

import { join } from "node:path";
import type { StorePlace } from "../place.ts";
import { type Library, unpackAddon } from "./addon.ts";

/** `path`: of a file, created if absent, or `:memory:`; `home`: where a binary unpacks the library. */
export async function libsqlPlace(path: string, home: string): Promise<StorePlace> {
  const library = unpackAddon(home);
  const { filePlace } = await import("./file-place.ts");
  return filePlace(path, library);
}

/** How a data directory is taken for this process whose data are elsewhere, and what that takes. */
export async function directoryLock(
  home: string,
): Promise<Library & Pick<StorePlace, "lock" | "files" | "ownCheck">> {
  const library = unpackAddon(home);
  const { acquireLock, createProtectedCheck, databasePaths } = await import("./lock.ts");
  const path = join(home, "node");
  return {
    ...library,
    lock: () => acquireLock(path, `the data directory ${home}`),
    files: () => databasePaths(path),
    ownCheck: () => createProtectedCheck(path),
  };
}

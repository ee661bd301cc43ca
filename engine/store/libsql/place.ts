// How a place of this kind of store is come to: its library has to be there before what uses that is loaded.

import type { StorePlace } from "../place.ts";
import { unpackAddon } from "./addon.ts";

/** `path`: of a file, created if absent, or `:memory:`; `home`: where a binary unpacks the library. */
export async function libsqlPlace(path: string, home: string): Promise<StorePlace> {
  const library = unpackAddon(home);
  const { filePlace } = await import("./file-place.ts");
  return filePlace(path, library);
}

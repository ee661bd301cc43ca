// Which kind of store a place means (`db_path`): a second kind is named here, and nowhere else outside its folder.
//
// A kind has a folder beside this file, in which `place.ts` makes a `StorePlace`; what its store
// promises is told in store.ts, and asked of every kind by tests/engine/store/.

import type { StorePlace } from "./place.ts";

/** The place that a setting names. Only the kind that it means is loaded. */
export async function storePlace(named: string): Promise<StorePlace> {
  const { libsqlPlace } = await import("./libsql/place.ts");
  return libsqlPlace(named);
}

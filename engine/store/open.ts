// Which kind of store a place means (`db_path`): a second kind is named here, and nowhere else outside its folder.
//
// A kind has a folder beside this file, in which `place.ts` makes a `StorePlace`; what its store
// promises is told in store.ts, and asked of every kind by tests/engine/store/.

import type { StorePlace } from "./place.ts";

interface StoreKind {
  /** How its places are named, in words that complete "must be …". */
  rule: string;
  names(text: string): boolean;
  /** Whether the name is the path of a file, which may be relative and begin with `~`. */
  isPath(text: string): boolean;
  /** Its place; only the kind that is meant is loaded, and `home` may keep what that takes. */
  place(text: string, home: string): Promise<StorePlace>;
}

const KINDS: readonly StoreKind[] = [
  {
    rule: "a file path or :memory: (URIs are not supported)",
    names: (text) => text === ":memory:" || !/^file:|:\/\/|\0/.test(text),
    isPath: (text) => text !== ":memory:",
    place: async (text, home) => (await import("./libsql/place.ts")).libsqlPlace(text, home),
  },
];

/** How places of stores are named, in words that complete "must be …". */
export const STORE_RULE = KINDS.map(({ rule }) => rule).join(", or ");

/** Whether it names a place, of whatever kind. */
export function namesStore(text: string): boolean {
  return kindOf(text) !== undefined;
}

/** Whether it names a file by its path. */
export function isStorePath(text: string): boolean {
  return kindOf(text)?.isPath(text) ?? false;
}

/** The place that a setting names; `home`: the data directory. */
export function storePlace(named: string, home: string): Promise<StorePlace> {
  return kindOf(named)!.place(named, home);
}

function kindOf(text: string): StoreKind | undefined {
  return KINDS.find(({ names }) => names(text));
}

// Which kind of store a setting means: a kind more is named here, and nowhere else outside its folder.
//
// A kind has a folder beside this file, in which `place.ts` makes a `StorePlace`; what its store
// promises is told in store.ts, and asked of every kind by tests/engine/store/.

import { parseDuration } from "../../core/duration.ts";
import type { StorePlace } from "./place.ts";

/** The settings that name one: of files, and of servers. */
export type StoreSetting = "db_path" | "store_url";

/** Where the data are. */
export interface NamedStore {
  /** What the setting has; of `store_url` nothing means that it is `db_path` that counts. */
  db_path: string;
  store_url: string;
  /** For a server whose URL has none. */
  storePassword?: string | undefined;
  /** How long a daemon counts as alive that its server does not hear of; absent: the usual. */
  store_lease?: string | undefined;
  /** The data directory: what a store needs beside its data may be kept there. */
  home: string;
}

interface StoreKind {
  setting: StoreSetting;
  /** How its places are named, in words that complete "must be …". */
  rule: string;
  names(text: string): boolean;
  /** Whether the name is the path of a file, which may be relative and begin with `~`. */
  isPath(text: string): boolean;
  /** The name without what nobody is to see. */
  shown(text: string): string;
  /** Its place; only the kind that is meant is loaded. */
  place(text: string, named: NamedStore): Promise<StorePlace>;
}

const libsql = () => import("./libsql/place.ts");

const KINDS: readonly StoreKind[] = [
  {
    setting: "db_path",
    rule: "a file path or :memory: (URIs are not supported)",
    names: (text) => text === ":memory:" || !/^file:|:\/\/|\0/.test(text),
    isPath: (text) => text !== ":memory:",
    shown: (text) => text,
    place: async (text, { home }) => (await libsql()).libsqlPlace(text, home),
  },
  {
    setting: "store_url",
    rule: "a postgres://USER@HOST:PORT/DATABASE URL",
    names: (text) => /^postgres(ql)?:\/\/[^\0]*$/.test(text),
    isPath: () => false,
    shown: (text) => text.replace(/^([a-z]+:\/\/[^:@/?#]*):[^@/]*@/, "$1:***@"),
    place: async (text, { home, storePassword: password, store_lease }) => {
      // One process at a time uses a data directory, wherever the data are.
      const taking = async () => await (await libsql()).directoryLock(home);
      const { postgresPlace } = await import("./postgres/place.ts");
      const leaseMs = store_lease === undefined ? undefined : parseDuration(store_lease);
      return await postgresPlace(text, { home, password, leaseMs, taking });
    },
  },
];

/** How places of stores are named by the setting, in words that complete "must be …". */
export function storeRule(setting: StoreSetting): string {
  return kindsOf(setting).map(({ rule }) => rule).join(", or ");
}

/** Whether it is how the setting names a place. */
export function namesStore(setting: StoreSetting, text: string): boolean {
  return kindOf(setting, text) !== undefined;
}

/** Whether it names a file by its path. */
export function isStorePath(setting: StoreSetting, text: string): boolean {
  return kindOf(setting, text)?.isPath(text) ?? false;
}

/** What the setting has as it may be shown: without a password. */
export function shownStore(setting: StoreSetting, text: string): string {
  return kindOf(setting, text)?.shown(text) ?? text;
}

/** The place of the data; VALIDATION_ERROR when what names it is not as it must be. */
export function storePlace(named: NamedStore): Promise<StorePlace> {
  const setting = named.store_url === "" ? "db_path" : "store_url";
  return kindOf(setting, named[setting])!.place(named[setting], named);
}

function kindsOf(setting: StoreSetting): readonly StoreKind[] {
  return KINDS.filter((kind) => kind.setting === setting);
}

function kindOf(setting: StoreSetting, text: string): StoreKind | undefined {
  return kindsOf(setting).find(({ names }) => names(text));
}

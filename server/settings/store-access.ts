// What it takes to reach the server of `store_url`: its password, from a file if the URL has none.

import type { SettingName, SettingValues } from "./keys.ts";
import { filedSecret } from "./secret-file.ts";

export interface StoreAccess {
  password?: string;
  /** The file that holds it, absolute. */
  file?: string;
  warnings: string[];
}

/** Throws an Error that begins with the setting when two of them say different things, or the file has no password. */
export function storeAccessOf(
  { store_url, store_password_file, db_path }: Pick<
    SettingValues,
    "store_url" | "store_password_file" | "db_path"
  >,
  sources: Readonly<Record<SettingName, string>>,
  pathOf: (path: string) => string,
): StoreAccess {
  const from = (name: SettingName) => named(name, sources[name]);
  if (store_url === "") {
    if (store_password_file === "") return { warnings: [] };
    throw new Error(`${from("store_password_file")}: there is no store_url whose password it is`);
  }
  if (db_path !== "" && sources.db_path === sources.store_url) {
    throw new Error(`${from("store_url")}: db_path is set, too: the data are in one place`);
  }
  const hasPassword = /^[a-z]+:\/\/[^@/?#]*:[^@/]+@/.test(store_url);
  const warnings = hasPassword && sources.store_url.startsWith("--")
    ? [
      "--store-url: everybody on this machine can read its password in the list of processes: use " +
      "--store-password-file, or OPCODE_STORE_URL",
    ]
    : [];
  if (store_password_file === "") return { warnings };
  if (hasPassword) {
    throw new Error(`${from("store_password_file")}: store_url has a password, too`);
  }
  const place = pathOf(store_password_file);
  const source = `${from("store_password_file")} (${place})`;
  const { text: password, file, warnings: more } = filedSecret(place, source, "the password");
  return { password, ...(file !== undefined && { file }), warnings: [...warnings, ...more] };
}

/** Where a setting was given: a flag, a variable, or the file and its key. */
function named(name: SettingName, source: string): string {
  return source.startsWith("/") ? `${source}: ${name}` : source;
}

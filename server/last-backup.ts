// When the last backup was made, and where it went: remembered in the data directory for whoever asks.

import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { parseJson } from "../core/exact-json.ts";
import { isObject } from "../core/json.ts";
import { replaceFile } from "./home-files.ts";

export const LAST_BACKUP_FILE = "last-backup.json";

/** In the data directory: copies that commands make for their own ends. */
export const BACKUPS_DIRECTORY = "backups";

export interface LastBackup {
  file: string;
  /** RFC 3339. */
  made_at: string;
}

/** Answers what was made. A copy in the data directory itself is no backup: it is lost with that. */
export async function rememberBackup<T extends LastBackup>(
  home: string,
  making: Promise<T>,
): Promise<T> {
  const made = await making;
  const { file, made_at } = made;
  if (!file.startsWith(home + sep)) {
    replaceFile(join(home, LAST_BACKUP_FILE), JSON.stringify({ file, made_at }) + "\n");
  }
  return made;
}

/** Undefined when none was made. */
export function readLastBackup(home: string): LastBackup | undefined {
  try {
    const value = parseJson(readFileSync(join(home, LAST_BACKUP_FILE), "utf8"));
    return isObject(value) && typeof value.file === "string" && typeof value.made_at === "string"
      ? value as unknown as LastBackup
      : undefined;
  } catch {
    // Written whole by rename, so a file that is no JSON is not ours.
  }
}

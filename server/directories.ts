// How the directories of the daemon's files come to be: for the user alone.

import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { StartError } from "./start-error.ts";

/** Creates what is missing of the path; StartError naming the setting when that cannot be. */
export function makeDirectory(path: string, setting: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  // One by one: on some file systems the recursive call never ends.
  if (parent !== path) makeDirectory(parent, setting);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw new StartError(`${setting}: ${path} cannot be created: ${(error as Error).message}`);
  }
}

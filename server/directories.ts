// How the directories of the daemon's files come to be: for the user alone.

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StartError } from "./start-error.ts";

/**
 * Creates what is missing of the path; StartError naming the setting when that cannot be, or when
 * something else than a directory is there. `tell` hears of each directory that is made.
 */
export function makeDirectory(
  path: string,
  setting: string,
  tell: (made: string) => void = () => {},
): void {
  const there = whatIsAt(path);
  if (there === "directory") return;
  const remedy = `name another with ${setting}`;
  if (there === "file") throw new StartError(`${path} is no directory: ${remedy}`);
  const parent = dirname(path);
  // One by one: on some file systems the recursive call never ends.
  if (parent !== path) makeDirectory(parent, setting, tell);
  try {
    mkdirSync(path, { mode: 0o700 });
    tell(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      // Somebody else has made it, or it is a link.
      if (whatIsAt(path) === "directory") return;
      throw new StartError(`${path} is a link to a directory that is not there: ${remedy}`);
    }
    throw new StartError(
      `${setting}: ${path} cannot be created (${message}): let this user write the directory above ` +
        `it, make room on its disk, or ${remedy}`,
    );
  }
}

function whatIsAt(path: string): "directory" | "file" | "nothing" {
  try {
    return statSync(path).isDirectory() ? "directory" : "file";
  } catch (error) {
    // Below a file there is nothing either; the call for the file says so.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "nothing";
    throw new StartError(`${path} cannot be looked at (${(error as Error).message})`);
  }
}

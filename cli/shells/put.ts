// How completions and the manual page get to where a user's shell and `man` look for them.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { replaceFile } from "../../server/home-files.ts";
import { VERSION } from "../version.ts";
import { manPage } from "./man.ts";
import { manFile, type Shell, SHELLS, type UserPlaces } from "./shells.ts";
import type { Tree } from "./tree.ts";

const here = (): UserPlaces => ({ home: homedir(), env: process.env });

export interface Put {
  files: string[];
  /** What a shell needs to find its own. */
  notes: string[];
}

/** Of the shells that are there: never throws, what cannot be written is among the notes. */
export function putCompletions(tree: Tree, places = here()): Put {
  const put: Put = { files: [], notes: [] };
  const write = (file: string, text: string) => {
    try {
      // zsh asks before it reads a directory that a group may write.
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      replaceFile(file, text, 0o644);
      put.files.push(file);
      return true;
    } catch (error) {
      put.notes.push((error as Error).message);
      return false;
    }
  };
  for (const shell of SHELLS.filter((one) => isThere(one, places))) {
    const file = shell.file(places);
    const isNew = !existsSync(file);
    if (write(file, shell.script(tree)) && isNew && shell.needs) put.notes.push(shell.needs(file));
  }
  write(manFile(places), manPage(tree, VERSION));
  return put;
}

/** Takes away what was put there; answers which files that were. */
export function takeCompletions(places = here()): string[] {
  const files = [...SHELLS.map((shell) => shell.file(places)), manFile(places)].filter(existsSync);
  for (const file of files) rmSync(file, { force: true });
  return files;
}

function isThere({ name }: Shell, { env }: UserPlaces): boolean {
  const folders = (env.PATH ?? "").split(delimiter);
  return folders.some((folder) => folder !== "" && existsSync(join(folder, name)));
}

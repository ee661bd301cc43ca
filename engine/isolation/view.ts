// What a program sees of the files of this machine, as the settings name them.

import { realpathSync, statSync } from "node:fs";
import type { View } from "./mounts.ts";

/** Paths that are not there are left out: nothing can be written to them, nor seen of them. */
export function viewOf(
  { writable, hidden }: { writable: readonly string[]; hidden: readonly string[] },
  cwd: string,
): View {
  return {
    writable: writable.flatMap(there).filter(({ isDirectory }) => isDirectory)
      .map(({ path }) => path),
    hidden: hidden.flatMap(there),
    cwd: there(cwd)[0]?.path ?? cwd,
  };
}

function there(path: string): { path: string; isDirectory: boolean }[] {
  try {
    const real = realpathSync(path);
    return [{ path: real, isDirectory: statSync(real).isDirectory() }];
  } catch {
    return [];
  }
}

// What a service, or a client, starts to have this very program: a path that stays when a newer one takes its place.

import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { IS_BINARY } from "../../core/embedded.ts";
import { ITSELF } from "../called.ts";

/** The command, and what it is given first: with what follows it is a command line of this program. */
export function launcher(): readonly string[] {
  if (!IS_BINARY) return ITSELF;
  return [
    stablePath(process.execPath, { typed: process.argv[1] ?? "", path: process.env.PATH ?? "" }),
  ];
}

/**
 * The name by which an executable was called, or is installed, where that leads to it: a link stays
 * when what it leads to is replaced by another version.
 */
export function stablePath(
  executable: string,
  { typed, path, home = homedir() }: { typed: string; path: string; home?: string },
): string {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const named = typed.includes("/")
    ? [resolve(typed)]
    : typed === ""
    ? []
    : folders.map((folder) => join(folder, typed));
  const found = [...named, join(home, ".local/bin/opcode")].find((file) =>
    leadsTo(file, executable)
  );
  return found ?? executable;
}

function leadsTo(file: string, executable: string): boolean {
  try {
    return realpathSync(file) === realpathSync(executable);
  } catch {
    return false;
  }
}

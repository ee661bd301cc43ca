// Whether a program was never started: what stands before it has then ended in its place, and says so.

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { NOT_HELD } from "./groups/enter.ts";
import { seatbeltFailure } from "./seatbelt.ts";
import { notHeld } from "./space.ts";

/** How exec's failures end: there is none of that name, and any other. */
const NOT_FOUND = 127;
const NOT_STARTED = 126;

/** What stands between the first shim and the program has its own name. */
const LATER_SHIMS = /^(nsenter|setpriv|unshare): failed to execute /;
const MOST_SAID = 200;

/**
 * The system's code, `""` where it cannot be told; undefined when the program ran. `argv0`: the name
 * under which the shim tells what has failed.
 */
export function startFailure(
  { exitCode, stderr }: { exitCode: number; stderr: Uint8Array },
  { argv0, command, cwd, env }: {
    argv0: string;
    command: string;
    cwd: string;
    env: Record<string, string>;
  },
): string | undefined {
  if (exitCode === 0) return undefined;
  const said = Buffer.from(stderr.subarray(0, MOST_SAID)).toString();
  const onMac = process.platform === "darwin" ? seatbeltFailure(exitCode, said) : undefined;
  if (onMac !== undefined) return onMac;
  if (exitCode !== NOT_FOUND && exitCode !== NOT_STARTED) return undefined;
  if (!said.startsWith(`${argv0}: `) && !LATER_SHIMS.test(said)) return undefined;
  if (said.startsWith(`${argv0}: ${NOT_HELD}`)) throw notHeld(NOT_HELD);
  if (exitCode === NOT_FOUND) return "ENOENT";
  if (command.includes("/")) return codeOf(resolve(cwd, command));
  const { PATH: path = "" } = env;
  const places = path.split(":").map((folder) => join(resolve(cwd, folder), command));
  return places.filter((place) => existsSync(place)).map(codeOf).find((code) => code !== "") ?? "";
}

function codeOf(place: string): string {
  try {
    // Nobody runs a directory, and some may do with it what they like.
    if (!statSync(place).isFile()) return "EACCES";
    accessSync(place, constants.X_OK);
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

// How a program starts inside its control group: a shell goes there, and becomes what comes next.
//
// A shell makes of an environment what it takes for one: it drops names it could not have, sets some
// anew, adds others. `env` after it puts right what it may have touched.

import { findTool } from "../tools.ts";

/** Names that one shell or another sets, or takes for its own. */
const TOUCHED = new Set(
  ("_ ENV EUID GROUPS HISTCMD IFS LINENO OLDPWD OPTARG OPTERR OPTIND PPID PS1 PS2 PS3 PS4 PWD RANDOM " +
    "SECONDS SHELLOPTS SHLVL SRANDOM UID DIRSTACK FUNCNAME EPOCHSECONDS EPOCHREALTIME").split(" "),
);
const ADDED = ["PWD", "OLDPWD", "SHLVL", "_"];
const PLAIN = /^(?!BASH|COMP_)[A-Za-z_][A-Za-z0-9_]*$/;

/** What a shell says that has not got there, after its name. */
export const NOT_HELD = "cannot enter its control group";

/** `entries`: lines of a shell; `name`: under which it is told that one of them failed. What comes after these words has to be a path. */
export function entering(
  entries: readonly string[],
  { name, env }: { name: string; env: Record<string, string> },
): string[] {
  const script = entries.join(" && ");
  const told = `{ echo "$0: ${NOT_HELD}" >&2; exit 126; }`;
  const restored = Object.entries(env).filter(([key]) => TOUCHED.has(key) || !PLAIN.test(key));
  return [
    ...["/bin/sh", "-c", `{ ${script}; } 2> /dev/null || ${told}\nexec "$@"`, name],
    findTool("env")!,
    ...ADDED.filter((key) => env[key] === undefined).flatMap((key) => ["-u", key]),
    "--",
    ...restored.map(([key, value]) => `${key}=${value}`),
  ];
}

// Whether somebody wrote a whole line where the name of one program belongs.

import type { JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { Mistake } from "../action.ts";

/** Words of a line that advice repeats. */
const MOST_SHOWN = 10;

/** What is to be written in its place, as a rule of `command`; undefined for one word. */
export function lineRule(command: string): string | undefined {
  const [program, ...args] = command.trim().split(/\s+/);
  if (args.length === 0) return undefined;
  const rule = "is one program, not a line";
  if (/[|&;<>$`*?()'"\\]/.test(command)) {
    return `${rule}: write "command": "sh", "args": ["-c", "…"] or "shell": true`;
  }
  const words = args.length > MOST_SHOWN ? [...args.slice(0, MOST_SHOWN), "…"] : args;
  return `${rule}: write "command": ${quoted(program!)}, ` +
    `"args": [${words.map((word) => quoted(word)).join(", ")}], or "shell": true`;
}

/** The same of params as they are written. A path may hold blanks, a name that is looked up does not. */
export function mistakenLine({ command, shell = false }: JsonObject): Mistake[] {
  if (typeof command !== "string" || command.includes("${{") || shell !== false) return [];
  const [program = ""] = command.trim().split(/\s/);
  const rule = program.includes("/") ? undefined : lineRule(command);
  return rule === undefined ? [] : [{ param: "command", rule }];
}

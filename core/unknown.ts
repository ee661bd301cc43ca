// What somebody is told whose name for something is none of those that are known.

import { nearest } from "./nearest.ts";
import { cut, quoted } from "./text.ts";

/** Characters of an unknown name that a message shows. */
const LONGEST_SHOWN = 100;

export interface Unknown {
  /** The first name that is not known, cut; as JSON text unless it looks like a name. */
  name: string;
  /** `is not …`, with the name that was probably meant, and how many more are unknown. */
  rule: string;
}

/**
 * The first of the names that is not known; undefined when all are. `what`: what it is not, such as
 * `a filter of events`. `meant`: names of ours by what others call them. `lists`: tell the known ones.
 */
export function unknownName(
  given: readonly string[],
  known: readonly string[],
  options: { what: string; meant?: Readonly<Record<string, string>>; lists?: boolean },
): Unknown | undefined {
  const unknown = given.filter((name) => !known.includes(name));
  const name = unknown[0];
  if (name === undefined) return undefined;
  const { what, meant = {}, lists = false } = options;
  const ours = Object.hasOwn(meant, name) ? meant[name] : nearest(name, known);
  const hint = ours === undefined ? "" : ` (did you mean "${ours}"?)`;
  const others = unknown.length > 1 ? `; nor are ${unknown.length - 1} more` : "";
  const all = lists ? `; known are ${known.join(", ")}` : "";
  const shown = /^[\w.$-]+$/.test(name) ? cut(name, LONGEST_SHOWN) : quoted(name, LONGEST_SHOWN);
  return { name: shown, rule: `is not ${what}${hint}${others}${all}` };
}

// What somebody is told whose name for something is none of those that are known.

import { nearest } from "./nearest.ts";
import { cut, quoted } from "./text.ts";

/** Characters of an unknown name that a message shows. */
const LONGEST_SHOWN = 100;
/** The same of a name that is not the first. */
const LONGEST_OTHER = 30;

/** Unknown names that are told one by one, so that all can be mended at once. */
const MOST_TOLD = 5;

export interface Unknown {
  /** The first name that is not known, cut; as JSON text unless it looks like a name. */
  name: string;
  /** `is not …`, with the name that was probably meant, and the same of the others. */
  rule: string;
}

/**
 * The first of the names that is not known; undefined when all are. `what`: what it is not, such as
 * `a filter of events`. `meant`: names of ours by what others call them. `lists`: tell the known ones,
 * or that there are none.
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
  const hint = (other: string) => {
    const ours = Object.hasOwn(meant, other) ? meant[other] : nearest(other, known);
    return ours === undefined ? "" : ` (did you mean "${ours}"?)`;
  };
  const told = unknown.slice(1, MOST_TOLD).map((other) =>
    `; nor is ${shown(other, LONGEST_OTHER)}${hint(other)}`
  );
  const left = unknown.length - MOST_TOLD;
  const others = told.join("") + (left > 0 ? `; nor are ${left} more` : "");
  const all = lists ? known.length > 0 ? `; known are ${known.join(", ")}` : "; it takes none" : "";
  return { name: shown(name), rule: `is not ${what}${hint(name)}${others}${all}` };
}

function shown(name: string, most = LONGEST_SHOWN): string {
  return /^[\w.$-]+$/.test(name) ? cut(name, most) : quoted(name, most);
}

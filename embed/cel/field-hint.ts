// Which field was probably meant where an evaluation has found none of that name.

import { insteadOf } from "../../core/instead-of.ts";
import { nearest } from "../../core/nearest.ts";
import { LazyMap } from "./values.ts";

/** What stands before the field is looked at in so many places. */
const MOST_PLACES = 5;
const NOT_FOUND = /^field not found: (.{1,64})$/s;
const PATH = String.raw`[A-Za-z_]\w*(?:\s*\.\s*\w+|\s*\[\s*(?:'[^'\\]*'|"[^"\\]*"|\d+)\s*\])*`;

/**
 * `; did you mean "b"?` with what else there is; empty where it is not known of what the field was
 * read. `evaluate`: the value of a part of the source. `isWhole`: the values hold all that there is.
 */
export function fieldHint(
  source: string,
  message: string,
  { evaluate, isWhole }: { evaluate(part: string): unknown; isWhole: boolean },
): string {
  const name = NOT_FOUND.exec(message)?.[1];
  if (name === undefined) return "";
  const field = name.replace(/[^\w]/g, "\\$&");
  const access = `(?:\\.\\s*${field}(?!\\w)|\\[\\s*(?:'${field}'|"${field}")\\s*\\])`;
  const places = new RegExp(`(?<![\\w.])(${PATH}?)\\s*${access}`, "g");
  let looked = 0;
  for (const [, part] of source.matchAll(places)) {
    if (++looked > MOST_PLACES) break;
    const names = namesOf(part!, name, evaluate);
    if (names.length === 0) continue;
    if (isWhole) return insteadOf(name, names);
    const meant = nearest(name, names);
    if (meant !== undefined) return `; did you mean "${meant}"?`;
  }
  return "";
}

/** None of what is no map, or has the name. */
function namesOf(part: string, name: string, evaluate: (part: string) => unknown): string[] {
  try {
    const value = evaluate(part);
    return value instanceof LazyMap && !value.has(name) ? value.members() : [];
  } catch {
    return [];
  }
}

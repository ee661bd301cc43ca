// What there is instead of a name that there is not: the nearest, and some of the others.

import { nearest, nearestFirst } from "./nearest.ts";

/** Names that are told. */
const MOST = 8;
/** Characters that are told of each. */
const LONGEST = 64;

/**
 * The end of a refusal of `word`, the nearest name first: `; did you mean "b"? There are b, a and 3
 * more`, or `; there are none`. `isCut`: there are more names than these.
 */
export function insteadOf(
  word: string,
  names: readonly string[],
  { isCut = false }: { isCut?: boolean } = {},
): string {
  if (names.length === 0) return "; there are none";
  const meant = nearest(word, names);
  const told = nearestFirst(word, names).slice(0, MOST).map((name) =>
    name.length > LONGEST ? name.slice(0, LONGEST - 1) + "…" : name
  );
  const left = names.length - told.length;
  const more = isCut ? " and more" : left > 0 ? ` and ${left} more` : "";
  if (meant !== undefined && names.length === 1) return `; did you mean "${meant}"?`;
  const list = `${names.length === 1 ? "is" : "are"} ${told.join(", ")}${more}`;
  return meant === undefined ? `; there ${list}` : `; did you mean "${meant}"? There ${list}`;
}

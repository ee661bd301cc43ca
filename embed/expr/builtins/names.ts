// Which names the language keeps for its own functions.

import { nearest } from "../../../core/nearest.ts";
import { BUILTINS } from "./table.ts";

/** The builtins whose second argument is evaluated for each element, with the arguments they take. */
export const PREDICATES: Readonly<Record<string, { least: number; most: number }>> = {
  all: { least: 2, most: 2 },
  any: { least: 2, most: 2 },
  count: { least: 1, most: 2 },
  filter: { least: 2, most: 2 },
  find: { least: 2, most: 2 },
  findIndex: { least: 2, most: 2 },
  findLast: { least: 2, most: 2 },
  findLastIndex: { least: 2, most: 2 },
  groupBy: { least: 2, most: 2 },
  map: { least: 2, most: 2 },
  none: { least: 2, most: 2 },
  one: { least: 2, most: 2 },
  reduce: { least: 2, most: 3 },
  sortBy: { least: 2, most: 3 },
  sum: { least: 1, most: 2 },
};

export const BUILTIN_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(PREDICATES),
  ...Object.keys(BUILTINS),
]);

/** What is wrong with a call of that name. */
export function unknownFunction(name: string): string {
  const meant = nearest(name, BUILTIN_NAMES);
  return `unknown function "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}

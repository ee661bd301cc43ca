// Which builtins there are beside those with predicates.

import { DATES } from "./dates.ts";
import { LISTS } from "./lists.ts";
import { MAPS } from "./maps.ts";
import { NUMBERS } from "./numbers.ts";
import type { Builtin } from "./signature.ts";
import { STRINGS } from "./strings.ts";

export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ...STRINGS,
  ...NUMBERS,
  ...LISTS,
  ...MAPS,
  ...DATES,
};

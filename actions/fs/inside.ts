// Whether a directory would be copied or moved into itself.

import { dirname } from "node:path";
import { OpcodeError } from "../../core/errors.ts";
import { isUnder, leadsTo } from "../paths/rules.ts";
import { shownPath } from "../paths/names.ts";

/** What such a copy or move ends with. */
export function intoItself(source: string, target: string): OpcodeError {
  return new OpcodeError(
    "VALIDATION_ERROR",
    `params.dst: ${shownPath(target)} is inside ${shownPath(source)}`,
  );
}

/**
 * Throws VALIDATION_ERROR when the target is in the directory by its path, before anything is
 * made. `source` is its real path; both others are what errors call them.
 */
export async function refuseInside(
  { source, path, target }: { source: string; path: string; target: string },
): Promise<void> {
  // What cannot be resolved fails where it is used, and says why.
  const parent = await leadsTo(dirname(target)).catch(() => undefined);
  if (parent !== undefined && isUnder(parent, source)) throw intoItself(path, target);
}

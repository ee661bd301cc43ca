// How a `${{…}}` token that cannot be read or resolved is reported.

import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

/** How many available names an error lists. */
const LISTED = 20;

/** A token that is wrong as written: no retry can help. */
export function malformed(
  expression: string,
  problem: string,
  details: JsonObject = {},
): OpcodeError {
  return new OpcodeError("INTERPOLATION_ERROR", `\${{${expression}}}: ${problem}`, {
    details: { expression, ...details, retryable: false },
  });
}

/** A token whose data is not there; lists at most twenty of the names that are, if any can be. */
export function missing(
  expression: string,
  problem: string,
  available?: Iterable<string>,
): OpcodeError {
  const text = `\${{${expression}}}: ${problem}`;
  if (!available) return new OpcodeError("INTERPOLATION_ERROR", text, { details: { expression } });
  const names: string[] = [];
  let more = 0;
  for (const name of available) names.length < LISTED ? names.push(name) : more++;
  const list = names.length === 0 ? "none" : names.join(", ");
  const rest = more === 0 ? "" : ` and ${more} more`;
  return new OpcodeError("INTERPOLATION_ERROR", `${text}; available: ${list}${rest}`, {
    details: { expression, available: names },
  });
}

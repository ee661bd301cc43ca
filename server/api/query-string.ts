// Which parameters the query of a URL may hold: each once, and none that its route does not know.

import { faultAt } from "../../core/fault-at.ts";
import type { Context } from "hono";
import type { JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import { unknownName } from "../../core/unknown.ts";

/** The parameters by name; VALIDATION_ERROR for one that is given twice. */
export function queryOf(c: Context): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (values.length > 1) throw faultAt(name, `given ${values.length} times`);
    setOwn(found, name, values[0]!);
  }
  return found;
}

/** The names of a route's parameters. */
export function namesOf<Name extends string>(
  parameters: Readonly<Record<Name, JsonObject>>,
): Name[] {
  return Object.keys(parameters) as Name[];
}

/** The same of a route that takes these alone: a slip is refused rather than ignored. */
export function readQuery<Name extends string>(
  c: Context,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const given = queryOf(c);
  const unknown = unknownName(Object.keys(given), known, {
    what: "a parameter of this route",
    lists: true,
  });
  if (unknown) throw faultAt(unknown.name, unknown.rule);
  // A variable that was not set must not turn a question about one run into one about all.
  const empty = Object.keys(given).find((name) => given[name] === "");
  if (empty !== undefined) throw faultAt(empty, "must not be empty; leave it out instead");
  return given as Partial<Record<Name, string>>;
}

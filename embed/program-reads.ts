// How what a program reads is found, by its language.

import type { ExpressionRequest } from "../core/expression.ts";
import { readsOfExpr } from "./expr/answer.ts";
import { readsOfJq } from "./jq/reads.ts";
import type { Reads } from "./reads.ts";

/** What a program reads of what it is evaluated over. Costs at most what it costs to compile it. */
export function readsOf({ engine, source }: Pick<ExpressionRequest, "engine" | "source">): Reads {
  switch (engine) {
    case "expr":
      return readsOfExpr(source);
    case "jq":
      return readsOfJq(source);
    default:
      return "all";
  }
}

// How requests for Expr are answered: at once where that is quick, else by whoever has the time.

import type { ExpressionRequest } from "../../core/expression.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { type Expr, loadExpr } from "../expr.ts";
import type { Reads } from "../reads.ts";
import { AT_ONCE, type Budget } from "./budget.ts";
import { BudgetSpent } from "./errors.ts";

type Request = Pick<ExpressionRequest, "source" | "mode" | "now">;

let expr: Expr | undefined;

const NOTHING: Reads = new Map();

/** Before Expr is loaded, all there is; of what does not compile, nothing. */
export function readsOfExpr(source: string): Reads {
  if (!expr) return "all";
  try {
    return expr.compile(source).reads;
  } catch {
    // Whoever evaluates it is told.
    return NOTHING;
  }
}

/** Evaluates in this thread, whose owner sees to the time that it takes; `data` is the environment as JSON text. */
export async function answerExpr(work: Request & { data: string }): Promise<Json> {
  expr ??= await loadExpr();
  return answer(work, { env: parseJson(work.data) });
}

/**
 * Evaluates in this thread; what takes more steps than some ms allow is given up, and `elsewhere` begins it
 * anew. Returns a promise only then, and the first time: then `later` is called before it is awaited.
 */
export function answerAtOnce(
  request: Request & { data: Json },
  doors: { elsewhere: () => Promise<Json>; later: () => void },
): Json | Promise<Json> {
  if (!expr) {
    doors.later();
    return loadExpr().then((loaded) => {
      expr = loaded;
      return answerAtOnce(request, doors);
    });
  }
  try {
    return answer(request, { env: request.data, budget: AT_ONCE });
  } catch (thrown) {
    if (thrown instanceof BudgetSpent) return doors.elsewhere();
    throw thrown;
  }
}

function answer(
  { source, mode, now }: Request,
  { env, budget }: { env: Json; budget?: Budget },
): Json {
  const program = expr!.compile(source);
  if (mode === "check") return expr!.freeNames(source) as object as Json;
  return mode === "boolean"
    ? program.runBoolean(env as JsonObject, { budget, now })
    : program.run(env as JsonObject, { budget, now });
}

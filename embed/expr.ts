// How the engine reaches Expr: loaded on first use, as few runs need it.

import type { Expr } from "./expr/engine.ts";

export type { Expr, ExprProgram, RunOptions } from "./expr/engine.ts";

let loading: Promise<Expr> | undefined;

/** The one Expr engine of this process, which knows its own functions only. */
export function loadExpr(): Promise<Expr> {
  loading ??= import("./expr/engine.ts").then(({ createExpr }) =>
    createExpr({ ownFunctionsOnly: true })
  );
  return loading;
}

// Which expression engines there are, and how each is loaded and asked.

import type { ExpressionEngine, ExpressionRequest } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import type { Work } from "./messages.ts";

export type Engine = (work: Work) => Json | Promise<Json>;

const ENGINES: Record<ExpressionEngine, () => Promise<Engine>> = {
  cel: async () => (await import("../cel/answer.ts")).answerCel,
  expr: async () => (await import("../expr/answer.ts")).answerExpr,
  schema: async () => {
    const { answerSchema, warmUp } = await import("../schema/answer.ts");
    await warmUp();
    return answerSchema;
  },
  pattern: async () => (await import("../pattern/answer.ts")).answerPattern,
  diagram: async () => (await import("../diagram/answer.ts")).answerDiagram,
  jq: async () => (await import("../jq/answer.ts")).answerJq,
};

/** Loads an engine into this thread; loading it again costs nothing. */
export function loadEngine(name: ExpressionEngine): Promise<Engine> {
  return ENGINES[name]();
}

/** Evaluates in this very thread, without a deadline: for tests and tools. */
export async function evaluateHere(request: ExpressionRequest): Promise<Json> {
  const evaluate = await loadEngine(request.engine);
  return await evaluate({ ...request, data: JSON.stringify(request.data) });
}

// What the expression worker answers to a request for CEL.

import type { Json } from "../../core/json.ts";
import type { Work } from "../worker/messages.ts";
import { ALONE } from "./budget.ts";
import { type Cel, createCel } from "./engine.ts";
import { scopeFrom } from "./snapshot.ts";

let cel: Cel | undefined;

export function answerCel({ source, mode, data }: Work): Json {
  cel ??= createCel();
  const program = cel.compile(source);
  if (mode === "check") return null;
  const scope = scopeFrom(data);
  return mode === "boolean"
    ? program.evaluateBoolean(scope, ALONE)
    : program.evaluate(scope, ALONE);
}

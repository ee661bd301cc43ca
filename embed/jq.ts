// How the engine reaches jq: always through the expression worker, which alone can end a runaway.

import { Elsewhere } from "../core/expression.ts";
import type { Json } from "../core/json.ts";
import type { CelScope } from "./cel/scope.ts";
import { jqDocument } from "./jq/document.ts";

export interface JqProgram {
  readonly source: string;
  /** What the scope says was answered; Elsewhere, with what is to be asked, when it does not. */
  evaluate(scope: CelScope): Json;
}

export function jqProgram(text: string): JqProgram {
  const source = text.trim();
  return {
    source,
    evaluate(scope) {
      const answer = scope.answered?.(source);
      if (answer?.ok) return answer.value;
      if (answer) throw answer.error;
      throw new Elsewhere({ engine: "jq", source, mode: "value", data: jqDocument(scope, source) });
    },
  };
}

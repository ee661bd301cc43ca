// CEL expressions over a small scope, evaluated here and, if they take long, as the worker would.

import { Elsewhere } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { loadCel } from "../../embed/cel.ts";
import { runInWorker } from "../../embed/worker.ts";
import { createScope } from "../embed/cel/scope.ts";
import { type Grammar, judge, mangled, sentence } from "./grammar.ts";
import type { FuzzTarget } from "./target.ts";

const GRAMMAR: Grammar = {
  any: ["<value>", "<value> <op> <value>", "<value> ? <any> : <any>", "!(<any>)", "-(<any>)"],
  value: [
    "<path>",
    "<literal>",
    "(<any>)",
    "[<any>, <any>]",
    "{<any>: <any>}",
    "<call>",
    "<list>.<macro>",
    "<value>[<any>]",
    "<value>.<name>",
  ],
  path: [
    "steps.a.n",
    "steps['a-b'].list",
    "inputs.xs",
    "inputs.text",
    "iter.index",
    "context",
    "x",
  ],
  list: ["inputs.xs", "steps['a-b'].list", "[1, 2.5, 'a', null]", "steps", "inputs"],
  macro: [
    "map(x, <any>)",
    "filter(x, <any>)",
    "all(x, <any>)",
    "exists(x, <any>)",
    "exists_one(x, <any>)",
    "map(x, <any>, <any>)",
  ],
  call: [
    "size(<any>)",
    "int(<any>)",
    "double(<any>)",
    "string(<any>)",
    "type(<any>)",
    "has(<path>.<name>)",
    "<value>.matches('(a+)+$')",
    "<value>.contains(<any>)",
    "timestamp(<any>)",
    "duration('1h')",
    "dyn(<any>)",
  ],
  literal: [
    "0",
    "-1",
    "9223372036854775807",
    "1.5",
    "1e308",
    "5u",
    "'aé😀'",
    "b'\\xff'",
    "null",
    "true",
  ],
  op: ["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in"],
  name: ["n", "list", "constructor", "__proto__", "toString", "prototype", "length", "output"],
};

export const target: FuzzTarget = {
  name: "cel",
  async load() {
    const cel = await loadCel();
    const scope = createScope({
      steps: {
        a: { status: "completed", output: { n: 1, text: "a" } },
        "a-b": { status: "completed", output: { list: Array.from({ length: 50 }, (_, i) => i) } },
      },
      inputs: { xs: [1, { k: null }, "x"], text: "a".repeat(1_000) },
      loop: { item: "i", index: 2 },
    });
    return async (random) => {
      const source = mangled(sentence(GRAMMAR, "any", random, 9), random);
      const evaluate = async (): Promise<Json> => {
        try {
          return cel.compile(source).evaluate(scope);
        } catch (thrown) {
          if (thrown instanceof Elsewhere) return await runInWorker(thrown.request);
          throw thrown;
        }
      };
      await judge(source, { evaluate, longestMs: 5_000 });
    };
  },
};

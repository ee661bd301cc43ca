// jq programs over a small document, in the worker that ends them.

import { runInWorker } from "../../embed/worker.ts";
import { type Grammar, judge, mangled, sentence } from "./grammar.ts";
import type { FuzzTarget } from "./target.ts";

const GRAMMAR: Grammar = {
  any: ["<term>", "<any> | <any>", "<any>, <term>", "<term> <op> <term>", "<control>"],
  term: [
    ".",
    ".a",
    ".xs[]",
    ".xs[<any>]",
    "..",
    ".[<any>]?",
    "<literal>",
    "[<any>]",
    "{a: <term>, (<term>): 1}",
    "(<any>)",
    "<call>",
    '"\\(<any>)"',
    "$ENV",
    "env",
    '.["__proto__"]',
    ".constructor",
  ],
  control: [
    "if <any> then <any> else <any> end",
    "try <any> catch <any>",
    "reduce <term> as $x (<any>; <any>)",
    "foreach <term> as $x (<any>; <any>)",
    "label $out | <any>, break $out",
    "def f: <any>; f",
    "<term> as [$a, {b: $c}] | <any>",
    ".a |= <term>",
    "del(<term>)",
  ],
  call: [
    "length",
    "keys",
    "add",
    "map(<any>)",
    "select(<any>)",
    "range(<term>)",
    "limit(3; <any>)",
    "first(<any>)",
    "repeat(<any>)",
    "tojson",
    "fromjson",
    'test("(a+)+$")',
    "split(<term>)",
    "sort_by(<any>)",
    "group_by(<any>)",
    "paths",
    "to_entries",
    "walk(<any>)",
    "input",
    "halt",
    "error(<any>)",
    "implode",
    "@base64",
    "ltrimstr(<term>)",
    "getpath(<any>)",
    "<term> * <term>",
    "infinite",
    "nan",
  ],
  literal: ["0", "-1", "1e1000", "null", "true", '"aé😀"', "[1,2]", '{"b":1}', "1e9", "3"],
  op: ["+", "-", "*", "/", "%", "==", "<", "and", "or", "//", "?//"],
};

const DATA = { a: { b: [1, null, "x"] }, xs: [3, 1, 2], text: "a".repeat(100) };

export const target: FuzzTarget = {
  name: "jq",
  load: () =>
    Promise.resolve(async (random) => {
      const source = mangled(sentence(GRAMMAR, "any", random, 6), random);
      const request = { engine: "jq", source, data: DATA, mode: "value" } as const;
      await judge(source, {
        evaluate: () => runInWorker(request, { deadlineMs: 500 }),
        longestMs: 5_000,
      });
    }),
};

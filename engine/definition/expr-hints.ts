// What somebody probably meant who writes Expr as if it were another language.

import { cut } from "../../core/text.ts";

/** Texts of a program, in which nothing is called. */
const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
/** What CEL and JavaScript call with a dot, where Expr has operators and functions. */
const METHODS: Readonly<Record<string, string>> = {
  startsWith: "x startsWith 'a'",
  endsWith: "x endsWith 'a'",
  contains: "x contains 'a'",
  matches: "x matches '^a'",
  includes: "x contains 'a', or of a list: 'a' in x",
  map: "map(x, # + 1)",
  filter: "filter(x, # > 1)",
  exists: "any(x, # > 1)",
  some: "any(x, # > 1)",
  all: "all(x, # > 1)",
  every: "all(x, # > 1)",
  exists_one: "one(x, # > 1)",
  find: "find(x, # > 1)",
  reduce: "reduce(x, #acc + #, 0)",
  size: "len(x)",
  length: "len(x)",
  toUpperCase: "upper(x)",
  upperAscii: "upper(x)",
  toLowerCase: "lower(x)",
  lowerAscii: "lower(x)",
  split: "split(x, ',')",
  join: "join(x, ',')",
  trim: "trim(x)",
  replace: "replace(x, 'a', 'b')",
};
const CALL = new RegExp(
  String.raw`\.\s*(${Object.keys(METHODS).join("|")})\s*\(`,
);

/** What is wrong with a program that calls a method of another language; it would fail when it runs. */
export function foreignMethod(source: string): string | undefined {
  const name = CALL.exec(source.replace(STRING, '""'))?.[1];
  return name === undefined
    ? undefined
    : `is Expr, which has no methods such as ".${name}(": write ${METHODS[name]}`;
}

/** Functions of CEL, and how it is done in Expr. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  size: "how many there are is len(x)",
  length: "how many there are is len(x)",
  has: "a field that may lack is x?.field, with another value x?.field ?? 0",
  double: "a number of a text is float(x)",
};

/** What the compiler says, with what was meant where a function is unknown that others have. */
export function exprProblem(problem: string): string {
  const name = /^unknown function "([A-Za-z_]\w*)"/.exec(problem)?.[1];
  if (name === undefined || !Object.hasOwn(FUNCTIONS, name)) return problem;
  const [first = "", ...lines] = problem.split("\n");
  return [`${cut(first, 300)}; ${FUNCTIONS[name]}`, ...lines].join("\n");
}

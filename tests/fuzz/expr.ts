// What is fuzzed of Expr: expressions that its grammar makes, with values that they may go wrong on.

import { OpcodeError } from "../../core/errors.ts";
import { loadExpr } from "../../embed/expr.ts";
import { BUILTIN_NAMES, PREDICATES } from "../../embed/expr/builtins/names.ts";
import { BUILTINS } from "../../embed/expr/builtins/table.ts";
import { BINARY } from "../../embed/expr/precedence.ts";
import type { FuzzTarget, Random } from "./target.ts";

/** What one run may spend; one that takes much longer than that allows has hung. */
const BUDGET = { steps: 200_000 };
const NOW = Date.UTC(2026, 4, 17, 12);
const HUNG_MS = 2_000;

const ENV = {
  n: 5,
  half: 2.5,
  ok: true,
  none: null,
  text: "aé😀b<&>",
  list: [3, 1, 2],
  items: [{ id: 1, name: "a", tags: ["x"] }, { id: 2, name: "b", tags: [] }],
  map: { a: 1, "b c": { d: [1, 2] }, constructor: 7 },
  f: (...args: unknown[]) => args[0] ?? null,
};
const ATOMS = [
  ...Object.keys(ENV),
  "missing",
  "constructor",
  "__proto__",
  "$env",
  "trap",
  "nil",
  "true",
  "0",
  "-1",
  "1.5",
  "9223372036854775807",
  "1e308",
  "''",
  "'(a+)+$'",
  "'2006-01-02'",
  "'2024-02-29'",
  "'1h'",
  "'UTC'",
  '`{"a": [1]}`',
  "b'\\x41'",
  "[]",
  "{}",
  "now()",
  "duration('1h')",
  "date('2024-02-29')",
  "timezone('Europe/Zurich')",
];
const FIELDS = [
  "a",
  "id",
  "name",
  "tags",
  "constructor",
  "__proto__",
  "toString",
  "trap",
  "trap()",
  "valueOf",
  "length",
  "Year()",
  "Hours()",
  "String()",
  "Format('Mon')",
];
const LOOPS = Object.keys(PREDICATES);
const PLAIN = Object.keys(BUILTINS);
const OPERATORS = Object.keys(BINARY).filter((operator) => operator !== "|");
const NOISE = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "#",
  ".",
  "?.",
  "|",
  ";",
  ",",
  "let",
  "not",
  "if",
  '"',
  "\\",
  "\0",
  "\ud800",
  "::",
  "..",
  "?",
  ":",
];

export const exprTarget: FuzzTarget = {
  name: "expr",
  async load() {
    const expr = await loadExpr();
    let escaped = false;
    // Every object of the host has it now, and no value of the language may.
    const value = () => escaped = true;
    Object.defineProperty(Object.prototype, "trap", { value, configurable: true });
    const shared = new Set(Reflect.ownKeys(Object.prototype));
    return (random) => {
      const source = random() < 0.1 ? broken(random) : expression(random, { depth: 5, inside: 0 });
      const began = performance.now();
      try {
        const value = expr.compile(source).run(ENV, { budget: BUDGET, now: NOW });
        if (JSON.stringify(value) === undefined) throw new Error("answers what is no JSON");
      } catch (thrown) {
        if (!(thrown instanceof OpcodeError) || isCrash(thrown)) {
          throw new Error(`${JSON.stringify(source)}: ${thrown}`, { cause: thrown });
        }
      }
      const took = performance.now() - began;
      if (took > HUNG_MS) throw new Error(`${JSON.stringify(source)} took ${Math.round(took)} ms`);
      if (escaped) throw new Error(`${JSON.stringify(source)} called what it cannot reach`);
      if (Reflect.ownKeys(Object.prototype).some((key) => !shared.has(key))) {
        throw new Error(`${JSON.stringify(source)} changed Object.prototype`);
      }
    };
  },
};

/** Whether the engine ran into what it did not foresee. */
function isCrash(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return thrown instanceof TypeError || thrown instanceof ReferenceError ||
    thrown instanceof SyntaxError || isCrash(thrown.cause);
}

interface Place {
  depth: number;
  /** How many predicates are around. */
  inside: number;
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function expression(random: Random, { depth, inside }: Place): string {
  const part = (deeper = 1) => expression(random, { depth: depth - deeper, inside });
  if (depth <= 0 || random() < 0.15) return atom(random, inside);
  switch (Math.floor(random() * 14)) {
    case 0:
    case 1:
      return `${part()} ${pick(random, OPERATORS)} ${part()}`;
    case 2:
      return `(${part()})`;
    case 3:
      return `${pick(random, ["-", "not ", "!", "+"])}${part()}`;
    case 4:
      return `${part()}${pick(random, [".", "?."])}${pick(random, FIELDS)}`;
    case 5:
      return `${part()}${pick(random, ["[", "?.["])}${part(2)}]`;
    case 6:
      return `${part()}[${part(2)}:${random() < 0.5 ? part(2) : ""}]`;
    case 7:
      return `${part()} ? ${part()} : ${part()}`;
    case 8:
      return `let v${depth} = ${part()}; ${part()}`;
    case 9:
      return `[${part()}, ${part()}]`;
    case 10:
      return `{a: ${part()}, (${part(2)}): ${part()}}`;
    case 11: {
      const args = Array.from({ length: Math.floor(random() * 4) }, () => part(2));
      return `${pick(random, PLAIN)}(${args.join(", ")})`;
    }
    case 12:
      return `${part()} | ${pick(random, [...BUILTIN_NAMES])}(${part(2)})`;
    default: {
      const body = expression(random, { depth: depth - 1, inside: inside + 1 });
      const more = random() < 0.2 ? `, ${part(2)}` : "";
      return `${pick(random, LOOPS)}(${part()}, ${random() < 0.5 ? body : `{${body}}`}${more})`;
    }
  }
}

function atom(random: Random, inside: number): string {
  if (inside > 0 && random() < 0.4) {
    return pick(random, ["#", ".id", ".name", "#index", "#acc", "#.tags", ".constructor"]);
  }
  return pick(random, ATOMS);
}

/** An expression with something put in, left out or doubled. */
function broken(random: Random): string {
  const source = expression(random, { depth: 3, inside: 0 });
  const at = Math.floor(random() * (source.length + 1));
  const rest = source.slice(at + Math.floor(random() * 3));
  return source.slice(0, at) + pick(random, NOISE) + rest;
}

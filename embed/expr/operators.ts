// How the operators are compiled: what is common, numbers beside numbers, goes straight.

import {
  add,
  type Binary,
  divide,
  mismatch,
  modulo,
  multiply,
  negate,
  power,
  subtract,
} from "./arithmetic.ts";
import type { Node } from "./ast.ts";
import { allot, MEMORY_LIMIT, spend } from "./budget.ts";
import { compare, contains, equal } from "./compare.ts";
import { Fault, placeAt } from "./errors.ts";
import { type Eval, truth } from "./frame.ts";
import { matches } from "./pattern.ts";
import { Int, int, isNil, numberOf, type Value } from "./values.ts";

const ARITHMETIC: Record<string, Binary> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": modulo,
  "**": power,
  "^": power,
};

export interface Operands {
  operator: string;
  at: number;
  left: Eval;
  right: Eval;
  /** The number on the right if the source has one there. */
  literal: number | undefined;
}

export function compileUnary(
  { operator, operand, at }: { operator: string; operand: Eval; at: number },
): Eval {
  if (operator === "-") return (frame) => negate(operand(frame), at);
  if (operator === "+") {
    return (frame) => {
      const value = operand(frame);
      if (numberOf(value) === undefined) negate(value, at);
      return value;
    };
  }
  const what = `what ${operator} turns round`;
  return (frame) => {
    const value = operand(frame);
    return typeof value === "boolean" ? !value : !truth(value, { what, at });
  };
}

export function compileBinary(operands: Operands): Eval {
  const { operator, at, left, right } = operands;
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic) return compileArithmetic(arithmetic, operands);
  if (operator in COMPARISONS) return compileComparison(operands);
  switch (operator) {
    case "==":
      return compileEqual(operands);
    case "!=":
      return (frame) => !equal(left(frame), right(frame));
    case "and":
    case "&&":
      return compileLogical(operands, false);
    case "or":
    case "||":
      return compileLogical(operands, true);
    case "??":
      return (frame) => {
        const value = left(frame);
        return isNil(value) ? right(frame) : value;
      };
    case "in":
      return (frame) => contains(left(frame), right(frame), at);
    case "..":
      return (frame) => range(left(frame), right(frame), at);
  }
  return compileTextTest(operands);
}

function compileEqual({ left, right, literal }: Operands): Eval {
  if (literal === undefined) return (frame) => equal(left(frame), right(frame));
  const n = literal;
  return (frame) => {
    const a = left(frame);
    return typeof a === "number" ? a === n : a instanceof Int ? a.n === n : equal(a, right(frame));
  };
}

function compileArithmetic(
  operate: Binary,
  { operator, at, left, right, literal }: Operands,
): Eval {
  if (literal === undefined) return (frame) => operate(left(frame), right(frame), at);
  const n = literal;
  const other = (frame: Parameters<Eval>[0], a: Value) => operate(a, right(frame), at);
  switch (operator) {
    case "+":
      return (frame) => {
        const a = left(frame);
        return typeof a === "number" ? a + n : other(frame, a);
      };
    case "-":
      return (frame) => {
        const a = left(frame);
        return typeof a === "number" ? a - n : other(frame, a);
      };
    case "*":
      return (frame) => {
        const a = left(frame);
        return typeof a === "number" ? a * n : other(frame, a);
      };
  }
  return (frame) => operate(left(frame), right(frame), at);
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function compileComparison({ operator, at, left, right, literal }: Operands): Eval {
  const holds = COMPARISONS[operator]!;
  const place = { operator, at };
  const slow = (a: Value, b: Value) => holds(compare(a, b, place));
  if (literal !== undefined) {
    const n = literal;
    switch (operator) {
      case "<":
        return (frame) => {
          const a = left(frame);
          return typeof a === "number" ? a < n : a instanceof Int ? a.n < n : slow(a, right(frame));
        };
      case "<=":
        return (frame) => {
          const a = left(frame);
          return typeof a === "number"
            ? a <= n
            : a instanceof Int
            ? a.n <= n
            : slow(a, right(frame));
        };
      case ">":
        return (frame) => {
          const a = left(frame);
          return typeof a === "number" ? a > n : a instanceof Int ? a.n > n : slow(a, right(frame));
        };
      default:
        return (frame) => {
          const a = left(frame);
          return typeof a === "number"
            ? a >= n
            : a instanceof Int
            ? a.n >= n
            : slow(a, right(frame));
        };
    }
  }
  return (frame) => slow(left(frame), right(frame));
}

/** Where the left side leaves the answer open, it is the right one, whatever that is. */
function compileLogical({ operator, at, left, right }: Operands, decides: boolean): Eval {
  const what = `what stands before ${operator}`;
  return (frame) => {
    const a = left(frame);
    if ((typeof a === "boolean" ? a : truth(a, { what, at })) === decides) return decides;
    return right(frame);
  };
}

/** nil has no text: nothing is found in it, and it is found nowhere. */
function compileTextTest({ operator, at, left, right }: Operands): Eval {
  const test: (text: string, other: string) => boolean = operator === "contains"
    ? (text, other) => text.includes(other)
    : operator === "startsWith"
    ? (text, other) => text.startsWith(other)
    : operator === "endsWith"
    ? (text, other) => text.endsWith(other)
    : (text, source) => matches(text, { source, at });
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === "string" && typeof b === "string") {
      spend(a.length >> 8);
      return test(a, b);
    }
    if (isNil(a) || isNil(b)) return false;
    throw mismatch(operator, { a, b, at });
  };
}

/** The whole numbers from one to another, both included. */
export function range(from: Value, to: Value, at: number): Value[] {
  const low = numberOf(from);
  const high = numberOf(to);
  if (low === undefined || high === undefined) throw mismatch("..", { a: from, b: to, at });
  if (Number.isNaN(low) || Number.isNaN(high)) throw new Fault("a range has two ends", at);
  const first = Math.trunc(low);
  const size = Math.max(0, Math.trunc(high) - first + 1);
  try {
    allot(Math.min(size, MEMORY_LIMIT + 1));
  } catch (thrown) {
    throw placeAt(thrown, at);
  }
  const list: Value[] = [];
  for (let i = 0; i < size; i++) list.push(int(first + i));
  return list;
}

/** The number of a literal that is a double. */
export function literalNumber(node: Node): number | undefined {
  if (node.kind !== "int" && node.kind !== "float") return undefined;
  return typeof node.value === "number" ? node.value : undefined;
}

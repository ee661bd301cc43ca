// Whether a parsed expression can run here: names, functions, literals, depth; and its meter.

import type { CelEnv, parse } from "@bufbuild/cel";
import { sourceError } from "./errors.ts";
import { ROUND } from "./functions.ts";
import type { Reads } from "./snapshot.ts";

type Parsed = ReturnType<typeof parse>;
type Expr = NonNullable<Parsed["expr"]>;
type Kind<C extends string> = Extract<Expr["exprKind"], { case: C }>["value"];

export const VARIABLES: readonly string[] = ["steps", "inputs", "workflow", "context", "iter"];
const TYPES: readonly string[] = [
  "bool",
  "bytes",
  "double",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "type",
  "uint",
];
/** Well-known message types are named in full. */
const MESSAGES = "google.protobuf.";
/** Operators that the planner knows itself: they are no functions of the environment. */
const BUILT_IN: readonly string[] = ["_[_]", "_?_:_", "_&&_", "_||_", "@not_strictly_false", ROUND];
const COMPARISONS: readonly string[] = ["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"];
const MAX_DEPTH = 200;
const MAX_INT = 2n ** 63n - 1n;
/** A round of a comprehension costs one step for each so many parts of its body. */
const PARTS_A_STEP = 16;

/**
 * Refuses what cannot work: an unknown name or function, a comparison of two number literals of
 * different types, an integer beyond 64 bits, deeper nesting than 200. Makes comprehensions count their
 * rounds (in place). Returns what is read. Throws VALIDATION_ERROR with the position.
 */
export function checkAndMeter(options: CheckOptions): Reads {
  const checker = new Checker(options);
  checker.visit(options.parsed.expr, [], 0);
  return checker.reads;
}

interface CheckOptions {
  source: string;
  parsed: Parsed;
  environment: CelEnv;
  /** Names that are no functions, types or local variables. */
  variables: readonly string[];
}

class Checker {
  readonly #source: string;
  readonly #positions: Record<string, number>;
  readonly #environment: CelEnv;
  readonly #variables: readonly string[];
  readonly reads: { steps: Set<string> | "all"; inputs: Set<string> | "all" } = {
    steps: new Set(),
    inputs: new Set(),
  };

  constructor({ source, parsed, environment, variables }: CheckOptions) {
    this.#source = source;
    this.#positions = parsed.sourceInfo?.positions ?? {};
    this.#environment = environment;
    this.#variables = variables;
  }

  /** Returns how many parts the expression has, those inside comprehensions not counted. */
  visit(expr: Expr | undefined, locals: readonly string[], depth: number): number {
    if (!expr) return 0;
    if (depth > MAX_DEPTH) throw sourceError(this.#source, "the expression nests too deeply");
    const below = (child: Expr | undefined) => this.visit(child, locals, depth + 1);
    const { exprKind: kind } = expr;
    switch (kind.case) {
      case "constExpr":
        this.#checkConstant(expr, kind.value);
        return 1;
      case "identExpr":
        this.#checkName(expr, kind.value.name, locals);
        this.#noteRead(expr, null, locals);
        return 1;
      case "selectExpr":
        if (isMessageName(expr)) return 1;
        if (this.#noteRead(kind.value.operand, kind.value.field, locals)) return 2;
        return 1 + below(kind.value.operand);
      case "listExpr":
        return 1 + sum(kind.value.elements, below);
      case "structExpr":
        return this.#visitStruct(expr, kind.value, below);
      case "callExpr":
        this.#checkCall(expr, kind.value);
        if (this.#noteIndex(kind.value, locals)) return 3;
        return 1 + below(kind.value.target) + sum(kind.value.args, below);
      case "comprehensionExpr":
        return this.#visitComprehension(kind.value, locals, depth);
      default:
        throw this.#error(expr, "unsupported expression");
    }
  }

  #visitStruct(
    expr: Expr,
    struct: Kind<"structExpr">,
    below: (child: Expr | undefined) => number,
  ): number {
    if (struct.messageName !== "" && !struct.messageName.startsWith(MESSAGES)) {
      throw this.#error(expr, `unknown type "${struct.messageName}"`);
    }
    return 1 + sum(struct.entries, ({ keyKind, value }) => {
      const key = keyKind.case === "mapKey" ? below(keyKind.value) : 0;
      return key + below(value);
    });
  }

  #visitComprehension(
    fold: Kind<"comprehensionExpr">,
    locals: readonly string[],
    depth: number,
  ): number {
    const inner = [...locals, fold.iterVar, fold.iterVar2, fold.accuVar];
    const once = this.visit(fold.iterRange, locals, depth + 1) +
      this.visit(fold.accuInit, locals, depth + 1) +
      this.visit(fold.result, inner, depth + 1);
    const round = this.visit(fold.loopCondition, inner, depth + 1) +
      this.visit(fold.loopStep, inner, depth + 1);
    const weight = 1 + Math.floor(round / PARTS_A_STEP);
    fold.loopCondition = counted(fold.loopCondition!, weight);
    return 1 + once;
  }

  #checkConstant(expr: Expr, constant: Kind<"constExpr">): void {
    const { constantKind: kind } = constant;
    const outOfRange =
      (kind.case === "int64Value" && (kind.value > MAX_INT || kind.value < -MAX_INT - 1n)) ||
      (kind.case === "uint64Value" && kind.value > 2n * MAX_INT + 1n);
    if (outOfRange) throw this.#error(expr, `integer ${kind.value} does not fit 64 bits`);
  }

  #checkName(expr: Expr, written: string, locals: readonly string[]): void {
    const name = written.startsWith(".") ? written.slice(1) : written;
    if (locals.includes(name) || TYPES.includes(name)) return;
    if (this.#variables.includes(name)) return;
    throw this.#error(expr, `unknown name "${name}"; there are ${this.#variables.join(", ")}`);
  }

  /** Notes that a step or input is read, all of them without a key; returns whether it was that. */
  #noteRead(of: Expr | undefined, key: string | null, locals: readonly string[]): boolean {
    if (of?.exprKind.case !== "identExpr") return false;
    const name = of.exprKind.value.name.replace(/^\./, "");
    if ((name !== "steps" && name !== "inputs") || locals.includes(name)) return false;
    const { reads } = this;
    if (key === null) reads[name] = "all";
    else if (reads[name] !== "all") reads[name].add(key);
    return true;
  }

  /** `steps['a-b']`: nothing else is below it. */
  #noteIndex({ function: name, args }: Kind<"callExpr">, locals: readonly string[]): boolean {
    const [of, index] = args;
    const constant = index?.exprKind.case === "constExpr" ? index.exprKind.value : undefined;
    if (name !== "_[_]" || constant?.constantKind.case !== "stringValue") return false;
    return this.#noteRead(of, constant.constantKind.value, locals);
  }

  #checkCall(expr: Expr, call: Kind<"callExpr">): void {
    const name = call.function;
    if (BUILT_IN.includes(name)) return;
    const overloads = this.#environment.funcs.find(name);
    const fits = overloads &&
      [...overloads].some((overload) =>
        (overload.target !== undefined) === (call.target !== undefined) &&
        overload.arguments.length === call.args.length
      );
    if (!fits) {
      throw this.#error(
        expr,
        overloads
          ? `${name}() does not take ${call.args.length} arguments here`
          : `unknown function "${name}"`,
      );
    }
    if (!COMPARISONS.includes(name)) return;
    const [left, right] = call.args.map(numberType);
    if (left !== undefined && right !== undefined && left !== right) {
      throw this.#error(expr, `a literal ${left} is never compared with a literal ${right}`);
    }
  }

  #error(expr: Expr, problem: string): Error {
    return sourceError(this.#source, problem, this.#positions[expr.id.toString()]);
  }
}

function sum<T>(items: readonly T[], parts: (item: T) => number): number {
  return items.reduce((total, item) => total + parts(item), 0);
}

/** `condition`, and a step taken from the budget each time it is asked. */
function counted(condition: Expr, weight: number): Expr {
  const constant = { constantKind: { case: "int64Value", value: BigInt(weight) } };
  const args = [condition, { ...condition, exprKind: { case: "constExpr", value: constant } }];
  return {
    ...condition,
    exprKind: { case: "callExpr", value: { function: ROUND, args } },
  } as Expr;
}

/** Whether it spells a type such as `google.protobuf.Timestamp`. */
function isMessageName(expr: Expr): boolean {
  const names: string[] = [];
  let at: Expr | undefined = expr;
  while (at?.exprKind.case === "selectExpr" && !at.exprKind.value.testOnly) {
    names.unshift(at.exprKind.value.field);
    at = at.exprKind.value.operand;
  }
  if (at?.exprKind.case !== "identExpr") return false;
  names.unshift(at.exprKind.value.name);
  return names.length === 3 && names.join(".").startsWith(MESSAGES);
}

/** The type of a number literal: numbers compare across types only when one is data. */
function numberType(expr: Expr): string | undefined {
  if (expr.exprKind.case !== "constExpr") return undefined;
  switch (expr.exprKind.value.constantKind.case) {
    case "int64Value":
      return "int";
    case "uint64Value":
      return "uint";
    case "doubleValue":
      return "double";
    default:
      return undefined;
  }
}

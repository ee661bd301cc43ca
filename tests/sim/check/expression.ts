// What the small part of CEL that generated workflows use evaluates to.

import type { Json } from "../../../core/json.ts";
import { isObject } from "../../../core/json.ts";

/** The expression has no value: CEL fails on it. */
export class NoValue extends Error {}

/** The value of a root such as `steps` with the keys that follow; throws NoValue. */
export type Lookup = (root: string, keys: readonly string[]) => Json;

type Evaluate = () => Json;

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|([A-Za-z_]\w*)|(==|!=|<=|>=|<|>|&&|\|\||%|\/|\.|\[|\]))/y;

/**
 * Evaluates `||`, `&&`, comparisons, `%`, `/`, literals and paths, with CEL's rules: an operand that
 * fails is absorbed where the other one decides, JSON numbers are doubles, literals integers.
 * Throws NoValue where CEL fails, and an Error for what is not of this small part.
 */
export function evaluate(source: string, lookup: Lookup): Json {
  const parser = new Parser(unwrap(source), lookup);
  return parser.whole()();
}

function unwrap(source: string): string {
  const text = source.trim();
  return text.startsWith("${{") ? text.slice(3, -2).trim() : text;
}

class Parser {
  readonly #tokens: RegExpExecArray[] = [];
  readonly #lookup: Lookup;
  #at = 0;

  constructor(source: string, lookup: Lookup) {
    this.#lookup = lookup;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < source.trimEnd().length) {
      const from = TOKEN.lastIndex;
      const token = TOKEN.exec(source);
      if (!token) throw new Error(`the checker cannot read "${source.slice(from)}"`);
      this.#tokens.push(token);
    }
  }

  whole(): Evaluate {
    const evaluate = this.#either();
    if (this.#at < this.#tokens.length) throw new Error("the checker cannot read the whole of it");
    return evaluate;
  }

  #either(): Evaluate {
    let left = this.#both();
    while (this.#take("||")) left = logic(left, this.#both(), true);
    return left;
  }

  #both(): Evaluate {
    let left = this.#comparison();
    while (this.#take("&&")) left = logic(left, this.#comparison(), false);
    return left;
  }

  #comparison(): Evaluate {
    const left = this.#product();
    const operator = this.#takeAny(["==", "!=", "<=", ">=", "<", ">"]);
    if (operator === undefined) return left;
    const right = this.#product();
    return () => compare(left(), operator, right());
  }

  #product(): Evaluate {
    const left = this.#operand();
    const operator = this.#takeAny(["%", "/"]);
    if (operator === undefined) return left;
    const right = this.#operand();
    return () => {
      const [a, b] = [left(), right()];
      if (typeof a !== "number" || typeof b !== "number") throw new NoValue("numbers only");
      // Only literals are divided by zero, and those are integers.
      if (b === 0) throw new NoValue("division by zero");
      return operator === "%" ? a % b : Math.trunc(a / b);
    };
  }

  #operand(): Evaluate {
    const [text, number, quoted, name] = this.#tokens[this.#at++] ?? [];
    if (number !== undefined) return () => Number(number);
    if (quoted !== undefined) return () => quoted;
    if (name === undefined) throw new Error(`the checker cannot read "${text ?? ""}"`);
    if (name === "true" || name === "false") return () => name === "true";
    if (name === "null") return () => null;
    const keys: string[] = [];
    for (;;) {
      if (this.#take(".")) keys.push(this.#tokens[this.#at++]![3]!);
      else if (this.#take("[")) {
        keys.push(this.#tokens[this.#at++]![2]!);
        this.#take("]");
      } else break;
    }
    return () => this.#lookup(name, keys);
  }

  #take(operator: string): boolean {
    if (this.#tokens[this.#at]?.[4] !== operator) return false;
    this.#at++;
    return true;
  }

  #takeAny(operators: readonly string[]): string | undefined {
    return operators.find((operator) => this.#take(operator));
  }
}

/** `absorbing`: the value that decides whatever the other side is, failures included. */
function logic(left: Evaluate, right: Evaluate, absorbing: boolean): Evaluate {
  return () => {
    const values = [left, right].map((side) => {
      try {
        return side();
      } catch (thrown) {
        if (thrown instanceof NoValue) return thrown;
        throw thrown;
      }
    });
    if (values.includes(absorbing)) return absorbing;
    const failed = values.find((value) => typeof value !== "boolean");
    if (failed === undefined) return !absorbing;
    throw failed instanceof NoValue ? failed : new NoValue("a side is not true or false");
  };
}

function compare(left: Json, operator: string, right: Json): boolean {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left !== "number" || typeof right !== "number") throw new NoValue("numbers only");
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}

/** Follows keys into a value; throws NoValue where there is nothing. */
export function follow(value: Json, keys: readonly string[]): Json {
  let at = value;
  for (const key of keys) {
    const next = Array.isArray(at)
      ? /^\d+$/.test(key) ? at[Number(key)] : undefined
      : isObject(at) && Object.hasOwn(at, key)
      ? at[key]
      : undefined;
    if (next === undefined) throw new NoValue(`nothing at "${key}"`);
    at = next;
  }
  return at;
}

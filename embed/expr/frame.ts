// What the compiled parts of an expression share while it runs.

import { Fault } from "./errors.ts";
import { type Dict, typeOf, type Value } from "./values.ts";

/** One run of a program. */
export interface Frame {
  env: Dict;
  /** Variables and elements, each in a place of its own that was chosen when it was compiled. */
  slots: Value[];
  /** What the operators of a long row have come to so far. */
  carried: Value;
}

/** A compiled part of an expression. */
export type Eval = (frame: Frame) => Value;

/** The truth of a condition; nothing but true and false has one. */
export function truth(
  value: Value,
  { what, at }: { what: string; at: number | undefined },
): boolean {
  if (typeof value === "boolean") return value;
  throw new Fault(`${what} is true or false, not ${typeOf(value)}`, at);
}

// Which builtins work on numbers, and on their bits.

import { quoted } from "../../../core/text.ts";
import { negate } from "../arithmetic.ts";
import { allot, descend, spend } from "../budget.ts";
import { Fault } from "../errors.ts";
import { Duration } from "../time/duration.ts";
import {
  exactOf,
  int,
  isNumeric,
  isWhole,
  numberOf,
  type Value,
  type Whole,
  whole,
} from "../values.ts";
import { type Builtin, refusal } from "./signature.ts";

function toInt(value: Value): Value {
  if (isWhole(value)) return typeof value === "bigint" ? value : int(value.n);
  if (value instanceof Duration) return whole(value.ns);
  if (typeof value === "number") {
    return int(Math.trunc(value));
  }
  if (typeof value !== "string") throw refusal("int", value);
  if (/^[+-]?0*\d{1,19}$/.test(value)) {
    const n = BigInt(value.replace("+", ""));
    if (BigInt.asIntN(64, n) === n) return whole(n);
  }
  throw new Fault(`int cannot read ${quoted(value)}`);
}

function toFloat(value: Value): Value {
  const n = numberOf(value);
  if (n !== undefined) return n;
  if (typeof value !== "string") throw refusal("float", value);
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value)) {
    const n = Number(value);
    if (Number.isFinite(n)) return n;
  }
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(value);
  if (word) return word[2]!.toLowerCase() === "nan" ? NaN : word[1] === "-" ? -Infinity : Infinity;
  throw new Fault(`float cannot read ${quoted(value)}`);
}

/** Halves go away from zero. */
function round(n: number): number {
  const whole = Math.trunc(n);
  return Math.abs(n - whole) >= 0.5 ? whole + Math.sign(n) : whole;
}

const rounding = (change: (n: number) => number): Builtin => ({
  takes: ["number"],
  gives: "float",
  call: (value: number | Whole) => typeof value === "number" ? change(value) : numberOf(value)!,
});

/** The first number that no other one beats; lists count as what is in them. */
function best(
  name: string,
  { args, beats, depth = 0 }: {
    args: readonly Value[];
    beats: (a: number | bigint, b: number | bigint) => boolean;
    depth?: number;
  },
): Value {
  let found: Value = null;
  const consider = (value: Value) => {
    if (found === null || beats(exactOf(value)!, exactOf(found)!)) found = value;
  };
  descend(depth);
  for (const arg of args) {
    if (isNumeric(arg)) consider(arg);
    else if (Array.isArray(arg)) {
      for (const item of arg) {
        const one = best(name, { args: [item], beats, depth: depth + 1 });
        if (!isNumeric(one)) throw refusal(name, one);
        consider(one);
      }
    } else if (args.length === 1) return arg;
    else throw refusal(name, arg);
  }
  return found;
}

/** All numbers of the arguments; lists count as what is in them. */
function numbersOf(name: string, args: readonly Value[], depth = 0): number[] {
  descend(depth);
  return args.flatMap((arg) => {
    const n = numberOf(arg);
    if (n !== undefined) return n;
    if (!Array.isArray(arg)) throw refusal(name, arg);
    allot(arg.length);
    spend(arg.length);
    return numbersOf(name, arg, depth + 1);
  });
}

function mean(numbers: number[]): number {
  if (numbers.length === 0) return 0;
  return numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const bits = (operate: (a: bigint, b: bigint) => bigint): Builtin => ({
  takes: ["whole", "whole"],
  gives: "int",
  call: (a: bigint, b: bigint) => whole(operate(a, b)),
});

const shift = (operate: (a: bigint, by: bigint) => bigint): Builtin =>
  bits((a, by) => {
    if (by < 0n) throw new Fault("bits cannot be shifted by a negative count");
    return operate(a, by > 64n ? 64n : by);
  });

export const NUMBERS: Record<string, Builtin> = {
  int: { takes: ["convertible"], gives: "int", call: toInt },
  float: { takes: ["convertible"], gives: "float", call: toFloat },
  abs: {
    takes: ["number"],
    gives: "any",
    call: (value: number | Whole) => {
      if (typeof value === "number") return Math.abs(value);
      return numberOf(value)! < 0 ? negate(value, 0) : value;
    },
  },
  ceil: rounding(Math.ceil),
  floor: rounding(Math.floor),
  round: rounding(round),
  max: {
    takes: ["numbers", "numbers*"],
    gives: "any",
    call: (...args: Value[]) => best("max", { args, beats: (a, b) => a > b }),
  },
  min: {
    takes: ["numbers", "numbers*"],
    gives: "any",
    call: (...args: Value[]) => best("min", { args, beats: (a, b) => a < b }),
  },
  mean: {
    takes: ["numbers", "numbers*"],
    gives: "any",
    call: (...args: Value[]) => mean(numbersOf("mean", args)),
  },
  median: {
    takes: ["numbers", "numbers*"],
    gives: "any",
    call: (...args: Value[]) => median(numbersOf("median", args)),
  },
  bitand: bits((a, b) => a & b),
  bitor: bits((a, b) => a | b),
  bitxor: bits((a, b) => a ^ b),
  /** Clears in a the bits of b. */
  bitnand: bits((a, b) => a & ~b),
  bitnot: {
    takes: ["whole"],
    gives: "int",
    call: (a: bigint) => whole(~a),
  },
  bitshl: shift((a, by) => a << by),
  bitshr: shift((a, by) => a >> by),
  bitushr: shift((a, by) => BigInt.asUintN(64, a) >> by),
};

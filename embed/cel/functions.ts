// Which functions expressions may call: CEL's own, with lenient arithmetic and a meter.

import {
  type CelEnv,
  celEnv,
  type CelFunc,
  celFunc,
  type CelList,
  celMethod,
  type CelResult,
  CelScalar,
  type CelValue,
  isCelError,
  isCelList,
  isCelMap,
  isCelUint,
  listType,
} from "@bufbuild/cel";
import { RE2JS } from "re2js";
import { Lru } from "../../core/lru.ts";
import { codePoints } from "../../core/text.ts";
import { conversions } from "./conversions.ts";
import { timestampParts, type TimeValue } from "./moments.ts";
import { exceed, spend, spendOnText, spendRound, TEXT_LIMIT } from "./budget.ts";
import { BuiltList } from "./values.ts";

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);
const CACHED_PATTERNS = 256;
/** Instructions of what is kept, some hundred bytes each: seven characters may stand for a thousand. */
const CACHED_INSTRUCTIONS = 64 * 1024;
/** Characters of a pattern: compiling takes longer than matching. */
const LONGEST_PATTERN = 4_096;

/** Called by each round of a comprehension: `(condition, weight)` answers the condition. */
export const ROUND = "@round";

/** Searching text for a pattern is this much slower than for text. */
const PATTERN_COST = 64;

/** The overloads of one function, as the library looks them up. */
type Overloads = NonNullable<ReturnType<CelEnv["funcs"]["find"]>>;

/**
 * CEL's standard functions, with arithmetic between doubles and integers (JSON numbers are doubles,
 * literals integers; CEL itself has an error there, so no answer changes), linear-time patterns,
 * and everything that can take long charged to the budget.
 */
export function createEnvironment(): CelEnv {
  const standard = celEnv().funcs;
  const equal = createEquals(standard.find("_==_")!);
  const maker = (name: string) => (text: string) => {
    const value = standard.find(name)!.call(0, undefined, [text]);
    if (isCelError(value)) throw value;
    return value as TimeValue;
  };
  const environment = celEnv({
    re2: { compile: createPatterns() },
    funcs: [
      ...lenientArithmetic(),
      ...conversions({ timestamp: maker("timestamp"), duration: maker("duration") }),
      ...timestampParts(),
      celFunc("_+_", [LIST, LIST], LIST, (l, r) => BuiltList.concat(l, r) as unknown as CelList),
      celFunc("_==_", [DYN, DYN], BOOL, equal),
      celFunc("_!=_", [DYN, DYN], BOOL, (l, r) => !equal(l, r)),
      celFunc("@in", [DYN, LIST], BOOL, (value, list) => {
        for (const item of list) {
          spend(1);
          if (equal(item, value)) return true;
        }
        return false;
      }),
      celFunc("size", [STRING], INT, (text) => BigInt(codePoints(text))),
      celMethod("size", STRING, [], INT, function () {
        return BigInt(codePoints(this));
      }),
    ],
  });
  return withMeter(environment);
}

function lenientArithmetic(): CelFunc[] {
  const operators: [string, (l: number, r: number) => number][] = [
    ["_+_", (l, r) => l + r],
    ["_-_", (l, r) => l - r],
    ["_*_", (l, r) => l * r],
    ["_/_", (l, r) => l / r],
    ["_%_", modulo],
  ];
  return [
    celFunc("_%_", [DOUBLE, DOUBLE], DOUBLE, modulo),
    ...operators.flatMap(([name, apply]) => [
      celFunc(name, [DOUBLE, INT], DYN, (l, r) => exactly(name, l, r) ?? apply(l, Number(r))),
      celFunc(name, [INT, DOUBLE], DYN, (l, r) => exactly(name, l, r) ?? apply(Number(l), r)),
    ]),
  ];
}

const EXACT: Record<string, (l: bigint, r: bigint) => bigint> = {
  "_+_": (l, r) => l + r,
  "_-_": (l, r) => l - r,
  "_*_": (l, r) => l * r,
  "_%_": (l, r) => l % r,
};

/** What an integer beyond 2^53 and a whole number make; undefined when a double is as good. */
function exactly(name: string, l: number | bigint, r: number | bigint): bigint | undefined {
  const operate = EXACT[name];
  const isLarge = [l, r].some((n) => typeof n === "bigint" && !Number.isSafeInteger(Number(n)));
  if (!operate || !isLarge || [l, r].some((n) => !isWhole(n)) || (name === "_%_" && r == 0)) return;
  const result = operate(BigInt(l), BigInt(r));
  if (BigInt.asIntN(64, result) !== result) throw new Error("integer overflow");
  return result;
}

function isWhole(n: number | bigint): boolean {
  return typeof n === "bigint" || Number.isInteger(n);
}

function modulo(left: number, right: number): number {
  if (!Number.isInteger(left) || !Number.isInteger(right)) {
    throw new Error(`modulus of ${left} and ${right}: both must be whole numbers`);
  }
  if (right === 0) throw new Error("modulus by zero");
  return left % right;
}

/** Compiled patterns by their text. */
function createPatterns(): (pattern: string) => { test(text: string): boolean } {
  const patterns = new Lru<RE2JS>(
    CACHED_PATTERNS,
    CACHED_INSTRUCTIONS,
    (_, compiled) => compiled.programSize(),
  );
  return (pattern) =>
    patterns.get(pattern, () => {
      if (pattern.length > LONGEST_PATTERN) {
        throw new Error(`a pattern must have at most ${LONGEST_PATTERN} characters`);
      }
      return RE2JS.compile(pattern);
    });
}

/** Equality as CEL defines it; the library's own would not stop comparing shared nested lists. */
function createEquals(standard: Overloads): (left: CelValue, right: CelValue) => boolean {
  const equal = (left: CelValue, right: CelValue): boolean => {
    if (typeof left !== "object" || typeof right !== "object") return scalarsEqual(left, right);
    if (left === null || right === null) return left === right;
    if (isCelList(left)) {
      if (!isCelList(right) || left.size !== right.size) return false;
      for (let i = 0; i < left.size; i++) {
        spend(1);
        if (!equal(left.get(i)!, right.get(i)!)) return false;
      }
      return true;
    }
    if (isCelMap(left)) {
      if (!isCelMap(right) || left.size !== right.size) return false;
      for (const [key, value] of left.entries()) {
        spend(1);
        const other = right.get(key);
        if (other === undefined || !equal(value, other)) return false;
      }
      return true;
    }
    return standard.call(0, undefined, [left, right]) === true;
  };
  return equal;
}

/** Numbers compare across types; no other scalars of different types are equal. */
function scalarsEqual(left: CelValue, right: CelValue): boolean {
  const l = isCelUint(left) ? left.value : left;
  const r = isCelUint(right) ? right.value : right;
  const numeric = (value: unknown) => typeof value === "number" || typeof value === "bigint";
  return l === r || (numeric(l) && numeric(r) && l == r);
}

/** The environment with every call charged for the text it reads. */
function withMeter(environment: CelEnv): CelEnv {
  const known = new Map<string, Overloads | undefined>([[ROUND, new Round()]]);
  const find = (name: string): Overloads | undefined => {
    if (!known.has(name)) {
      const overloads = environment.funcs.find(name);
      known.set(name, overloads && new Metered(overloads));
    }
    return known.get(name);
  };
  return Object.create(environment, { funcs: { value: { find } } });
}

class Metered implements Overloads {
  readonly #inner: Overloads;
  readonly name: string;
  constructor(inner: Overloads) {
    this.#inner = inner;
    this.name = inner.name;
  }
  [Symbol.iterator](): IterableIterator<CelFunc> {
    return this.#inner[Symbol.iterator]();
  }
  call(id: number, target: CelValue | undefined, args: CelValue[]): CelResult | undefined {
    let length = textLength(target);
    for (const arg of args) length += textLength(arg);
    if (length >= 256) this.#charge(length);
    return this.#inner.call(id, target, args);
  }
  #charge(length: number): void {
    if (this.name === "_+_" && length > TEXT_LIMIT) {
      exceed(`the limit of ${TEXT_LIMIT} characters a text`);
    }
    // Reading a number takes the square of its digits.
    if (this.name === "int" || this.name === "uint") spend(Math.ceil(length ** 2 / 2 ** 20));
    spendOnText(this.name === "matches" ? length * PATTERN_COST : length);
  }
}

class Round implements Overloads {
  readonly name: string = ROUND;
  *[Symbol.iterator](): IterableIterator<CelFunc> {}
  call(_id: number, _target: CelValue | undefined, args: CelValue[]): CelResult {
    spendRound(Number(args[1]));
    return args[0]!;
  }
}

function textLength(value: CelValue | undefined): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 0;
}

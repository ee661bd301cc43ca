// Which arguments a builtin takes: told before it runs where types are known, else when it is called.

import { Fault } from "../errors.ts";
import { AnyMap, exactOf, isDict, numberOf, typeOf, type Value } from "../values.ts";

/** What is known of a value before the expression runs. */
export type StaticType =
  | "any"
  | "nil"
  | "bool"
  | "int"
  | "float"
  | "string"
  | "list"
  | "map"
  | "func"
  | "time"
  | "duration"
  | "zone";

export interface Builtin {
  /** Kinds of the arguments; one that ends in "?" may be missing, one in "*" may repeat. */
  takes: readonly string[];
  gives: StaticType;
  /** Arguments of the kinds int and whole come as plain numbers, all others as they are. */
  call(...args: any[]): Value;
}

interface Kind {
  /** What may be passed as far as types are known. */
  types: readonly StaticType[] | undefined;
  /** The argument as the builtin gets it, or undefined when it does not fit; absent: anything. */
  read?: (value: Value) => unknown;
}

const asIs = (fits: (value: Value) => boolean) => (value: Value) => fits(value) ? value : undefined;

const KINDS: Record<string, Kind> = {
  any: { types: undefined },
  string: { types: ["string"], read: asIs((value) => typeof value === "string") },
  int: { types: ["int"], read: cutNumber },
  whole: { types: ["int"], read: wholeNumber },
  number: { types: ["int", "float"], read: asIs((value) => numberOf(value) !== undefined) },
  list: { types: ["list"], read: asIs((value) => Array.isArray(value)) },
  map: { types: ["map"], read: asIs((value) => value instanceof AnyMap || isDict(value)) },
  // These look at the values themselves.
  countable: { types: ["list", "map", "string"] },
  indexable: { types: ["list", "map"] },
  ordered: { types: ["list"] },
  numbers: { types: ["int", "float", "list"] },
  convertible: { types: ["int", "float", "string", "duration"] },
};

function cutNumber(value: Value): number | undefined {
  const n = numberOf(value);
  return n === undefined || Number.isNaN(n) ? undefined : Math.trunc(n);
}

function wholeNumber(value: Value): bigint | undefined {
  const n = exactOf(value);
  return typeof n === "bigint" || Number.isInteger(n) ? BigInt(n!) : undefined;
}

/** Why so many arguments cannot be passed, or undefined. */
export function arityProblem(
  name: string,
  { takes }: Builtin,
  count: number,
): string | undefined {
  const least = takes.filter((kind) => !/[?*]$/.test(kind)).length;
  const most = takes.some((kind) => kind.endsWith("*")) ? Infinity : takes.length;
  if (count >= least && count <= most) return undefined;
  const wanted = least === most
    ? least
    : most === Infinity
    ? `at least ${least}`
    : `${least} to ${most}`;
  return `${name} takes ${wanted} ${wanted === 1 ? "argument" : "arguments"}, not ${count}`;
}

function kindOf({ takes }: Builtin, i: number): string {
  return takes[Math.min(i, takes.length - 1)]!.replace(/[?*]$/, "");
}

/** Why a value of this type cannot be the i-th argument, or undefined. */
export function typeProblem(
  name: string,
  builtin: Builtin,
  { i, type }: { i: number; type: StaticType },
): string | undefined {
  const { types } = KINDS[kindOf(builtin, i)]!;
  if (!types || type === "any" || types.includes(type)) return undefined;
  return `${name} cannot take ${withArticle(type)}`;
}

/** How the arguments of a call reach the builtin: one reader for each, undefined for any value. */
export function readersOf(builtin: Builtin, count: number): (Kind["read"] | undefined)[] {
  return Array.from({ length: count }, (_, i) => KINDS[kindOf(builtin, i)]!.read);
}

function withArticle(type: string): string {
  return type === "nil" ? type : `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

export function refusal(name: string, value: Value): Fault {
  return new Fault(`${name} cannot take ${withArticle(typeOf(value))}`);
}

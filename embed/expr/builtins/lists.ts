// Which builtins work on whole lists.

import { fetch } from "../access.ts";
import { allot, descend, spend } from "../budget.ts";
import { compare, equal } from "../compare.ts";
import { Fault, LimitReached, OutOfBudget } from "../errors.ts";
import { exactOf, int, NO_LIST, type Value } from "../values.ts";
import type { Builtin } from "./signature.ts";

/** The element or field, or nil for whatever reason it cannot be read. */
function tryFetch(from: Value, key: Value): Value {
  try {
    return fetch(from, key, 0);
  } catch (thrown) {
    if (thrown instanceof LimitReached || thrown instanceof OutOfBudget) throw thrown;
    return null;
  }
}

function concat(...lists: Value[][]): Value[] {
  let length = 0;
  for (const list of lists) length += list.length;
  allot(length);
  return ([] as Value[]).concat(...lists);
}

function flattenInto(list: Value[], { into, depth }: { into: Value[]; depth: number }): Value[] {
  descend(depth);
  spend(4 * list.length);
  for (const item of list) {
    if (Array.isArray(item)) flattenInto(item, { into, depth: depth + 1 });
    else {
      allot(1);
      into.push(item);
    }
  }
  return into;
}

function uniq(list: Value[]): Value[] {
  const plain = new Set<unknown>();
  const others: Value[] = [];
  const found: Value[] = [];
  for (const item of list) {
    spend(1);
    const n = exactOf(item);
    const key = n ?? item ?? null;
    if (typeof key !== "object" || key === null) {
      if (plain.has(key)) continue;
      plain.add(key);
    } else {
      if (others.some((other) => equal(other, item))) continue;
      others.push(item);
    }
    found.push(item);
  }
  allot(found.length);
  return found;
}

/** A comparison of elements in an order, "asc" or "desc", that spends steps. */
export function inOrder(order: Value | undefined): (a: Value, b: Value) => number {
  if (order !== undefined && order !== "asc" && order !== "desc") {
    throw new Fault('an order is "asc" or "desc"');
  }
  const sign = order === "desc" ? -1 : 1;
  const operator = order === "desc" ? ">" : "<";
  return (a, b) => {
    spend(1);
    return sign * compare(a, b, { operator, at: undefined }) || 0;
  };
}

function sort(list: Value, order?: string): Value[] {
  const comparison = inOrder(order);
  if (!Array.isArray(list)) return NO_LIST;
  allot(list.length);
  return list.toSorted(comparison);
}

export const LISTS: Record<string, Builtin> = {
  concat: { takes: ["list", "list*"], gives: "list", call: concat },
  first: { takes: ["ordered"], gives: "any", call: (list: Value) => tryFetch(list, int(0)) },
  last: { takes: ["ordered"], gives: "any", call: (list: Value) => tryFetch(list, int(-1)) },
  get: { takes: ["indexable", "any"], gives: "any", call: tryFetch },
  take: {
    takes: ["list", "int"],
    gives: "list",
    call(list: Value[], count: number) {
      if (count < 0) throw new Fault("take takes no negative count");
      const taken = list.slice(0, count);
      allot(taken.length);
      return taken;
    },
  },
  reverse: {
    takes: ["list"],
    gives: "list",
    call(list: Value[]) {
      allot(list.length);
      return list.toReversed();
    },
  },
  flatten: {
    takes: ["list"],
    gives: "list",
    call: (list: Value[]) => flattenInto(list, { into: [], depth: 0 }),
  },
  uniq: { takes: ["list"], gives: "list", call: uniq },
  sort: { takes: ["ordered", "string?"], gives: "list", call: sort },
};

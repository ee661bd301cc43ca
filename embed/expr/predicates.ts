// How the builtins run that evaluate a predicate for each element of a list.

import { article } from "../../core/text.ts";
import { charactersOf } from "./access.ts";
import { add } from "./arithmetic.ts";
import { allot, spend } from "./budget.ts";
import { inOrder } from "./builtins/lists.ts";
import { Fault, placeAt } from "./errors.ts";
import { type Eval, type Frame, truth } from "./frame.ts";
import { AnyMap, Byte, int, isComparable, NO_LIST, typeOf, type Value } from "./values.ts";

/** A call of such a builtin: where it stands, what it is given, where its elements are put. */
export interface Loop {
  name: string;
  at: number;
  list: Eval;
  /** Absent where it may be left out: count and sum take the elements themselves. */
  body: Eval | undefined;
  /** The third argument: the order of sortBy, the start of reduce. */
  extra: Eval | undefined;
  element: number;
  /** Negative when the predicate does not ask for it. */
  index: number;
  accumulator: number;
  /** Steps of one round. */
  cost: number;
}

/** The compiled call. */
export function compileLoop(loop: Loop): Eval {
  return LOOPS[loop.name]!(loop);
}

function listOf(value: Value, { name, at }: Loop): Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return charactersOf(value);
  if (value instanceof Uint8Array) return Array.from(value, (byte) => new Byte(byte));
  throw new Fault(`${name} takes a list, not ${typeOf(value)}`, at);
}

/** The answer of the predicate for one element, or the element when there is no predicate. */
function answerOf(loop: Loop): (frame: Frame, list: Value[], i: number) => Value {
  const { body, element, index, cost } = loop;
  if (!body) {
    return (_frame, list, i) => {
      spend(1);
      return list[i] ?? null;
    };
  }
  return (frame, list, i) => {
    spend(cost);
    frame.slots[element] = list[i] ?? null;
    if (index >= 0) frame.slots[index] = int(i);
    return body(frame);
  };
}

/** Whether the predicate holds for one element. */
function testOf(loop: Loop): (frame: Frame, list: Value[], i: number) => boolean {
  const answer = answerOf(loop);
  const { at } = loop;
  const what = loop.body ? `the predicate of ${loop.name}` : `an element that ${loop.name} takes`;
  return (frame, list, i) => {
    const value = answer(frame, list, i);
    return typeof value === "boolean" ? value : truth(value, { what, at });
  };
}

/** How many elements pass, counted up to one more than `enough`. */
function counting(loop: Loop, finish: (count: number) => Value, enough = Infinity): Eval {
  const test = testOf(loop);
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    let count = 0;
    for (let i = 0; i < list.length && count <= enough; i++) {
      if (test(frame, list, i)) count++;
    }
    return finish(count);
  };
}

/** The first element from one end that passes. */
function finding(loop: Loop, { last, index }: { last: boolean; index: boolean }): Eval {
  const test = testOf(loop);
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    for (let round = 0; round < list.length; round++) {
      const i = last ? list.length - 1 - round : round;
      if (test(frame, list, i)) return index ? int(i) : list[i] ?? null;
    }
    return null;
  };
}

function filtering(loop: Loop): Eval {
  const test = testOf(loop);
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    const found: Value[] = [];
    for (let i = 0; i < list.length; i++) if (test(frame, list, i)) found.push(list[i] ?? null);
    allot(found.length);
    return found;
  };
}

function mapping(loop: Loop): Eval {
  const answer = answerOf(loop);
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    allot(list.length);
    const made: Value[] = [];
    for (let i = 0; i < list.length; i++) made.push(answer(frame, list, i));
    return made;
  };
}

function summing(loop: Loop): Eval {
  const answer = answerOf(loop);
  const { at } = loop;
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    let sum: Value = int(0);
    for (let i = 0; i < list.length; i++) sum = add(answer(frame, list, i), sum, at);
    return sum;
  };
}

function reducing(loop: Loop): Eval {
  const answer = answerOf(loop);
  const { extra, accumulator, at } = loop;
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    if (!extra && list.length === 0) {
      throw new Fault("reduce of an empty list needs a start as third argument", at);
    }
    frame.slots[accumulator] = extra ? extra(frame) : list[0] ?? null;
    for (let i = extra ? 0 : 1; i < list.length; i++) {
      frame.slots[accumulator] = answer(frame, list, i);
    }
    return frame.slots[accumulator]!;
  };
}

function grouping(loop: Loop): Eval {
  const answer = answerOf(loop);
  const { at } = loop;
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    const groups = new AnyMap(NO_LIST);
    allot(list.length);
    for (let i = 0; i < list.length; i++) {
      const key = answer(frame, list, i);
      if (!isComparable(key)) {
        throw new Fault(`groupBy cannot use ${article(typeOf(key))} as key`, at);
      }
      const group = groups.get(key);
      if (group) (group as Value[]).push(list[i] ?? null);
      else groups.set(key, [list[i] ?? null]);
    }
    return groups;
  };
}

function sorting(loop: Loop): Eval {
  const answer = answerOf(loop);
  const { extra, at } = loop;
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    allot(list.length);
    const keyed: { key: Value; item: Value }[] = [];
    for (let i = 0; i < list.length; i++) {
      keyed.push({ key: answer(frame, list, i), item: list[i] ?? null });
    }
    try {
      const order = inOrder(extra?.(frame));
      return keyed.sort((a, b) => order(a.key, b.key)).map(({ item }) => item);
    } catch (thrown) {
      throw placeAt(thrown, at);
    }
  };
}

/** Stops at the first element that answers `stop`, with that answer; else it is the opposite. */
function quantifying(loop: Loop, { stop, answer }: { stop: boolean; answer: boolean }): Eval {
  const test = testOf(loop);
  return (frame) => {
    const list = listOf(loop.list(frame), loop);
    for (let i = 0; i < list.length; i++) if (test(frame, list, i) === stop) return answer;
    return !answer;
  };
}

const LOOPS: Record<string, (loop: Loop) => Eval> = {
  all: (loop) => quantifying(loop, { stop: false, answer: false }),
  any: (loop) => quantifying(loop, { stop: true, answer: true }),
  none: (loop) => quantifying(loop, { stop: true, answer: false }),
  one: (loop) => counting(loop, (count) => count === 1, 1),
  count: (loop) => counting(loop, int),
  filter: filtering,
  map: mapping,
  find: (loop) => finding(loop, { last: false, index: false }),
  findIndex: (loop) => finding(loop, { last: false, index: true }),
  findLast: (loop) => finding(loop, { last: true, index: false }),
  findLastIndex: (loop) => finding(loop, { last: true, index: true }),
  groupBy: grouping,
  reduce: reducing,
  sortBy: sorting,
  sum: summing,
};

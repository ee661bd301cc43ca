// How a tree becomes closures that evaluate it.

import { fetch, field, slice } from "./access.ts";
import { type BinaryNode, type BuiltinNode, type MemberNode, type Node, rowOf } from "./ast.ts";
import { allot, allotText, spend } from "./budget.ts";
import { unknownFunction } from "./builtins/names.ts";
import { readersOf, refusal } from "./builtins/signature.ts";
import { BUILTINS } from "./builtins/table.ts";
import { Fault, placeAt } from "./errors.ts";
import { type Eval, type Frame, truth } from "./frame.ts";
import { compileBinary, compileUnary, literalNumber, range } from "./operators.ts";
import { compileLoop } from "./predicates.ts";
import { callMethod } from "./time/methods.ts";
import { type Dict, int, isNil, typeOf, type Value } from "./values.ts";

/** A program that runs over an environment; the budget of its run is set up around it. */
export function compile(node: Node): (env: Dict) => Value {
  const compiler = new Compiler();
  const evaluate = compiler.eval(node);
  return (env) =>
    evaluate({ env, slots: new Array<Value>(compiler.slots).fill(null), carried: null });
}

/** Elements of ranges and lists that stand in the source and are made once. */
const MOST_CONSTANT = 1_000;

/** Operators in a row that may call one another; more of them take turns. */
const LONGEST_NEST = 50;

/** What a chain answers inside when a `?.` met nil. */
const SKIP = Object.freeze(Object.create(null)) as Value;

interface Element {
  element: number;
  index: number;
  accumulator: number;
}

class Compiler {
  /** Places of variables and elements so far. */
  slots = 0;
  /** Nodes so far: how much a predicate costs is the number of its own. */
  #nodes = 0;
  readonly #variables: { name: string; slot: number }[] = [];
  readonly #elements: Element[] = [];

  eval(node: Node): Eval {
    this.#nodes++;
    switch (node.kind) {
      case "nil":
        return () => null;
      case "bool":
      case "float":
      case "string":
      case "bytes":
      case "int": {
        const value = constantOf(node)!;
        return () => value;
      }
      case "name":
        return this.#name(node.name);
      case "unary":
        return compileUnary({ ...node, operand: this.eval(node.operand) });
      case "binary":
        return this.#binary(node);
      case "chain": {
        const body = this.#link(node.body);
        return (frame) => {
          const value = body(frame);
          return value === SKIP || isNil(value) ? null : value;
        };
      }
      case "member":
      case "call":
        return this.#link(node);
      case "slice":
        return this.#slice(node);
      case "builtin":
        return this.#builtin(node);
      case "predicate":
        return this.eval(node.body);
      case "pointer": {
        const slot = this.#slotOf(node);
        return ({ slots }) => slots[slot]!;
      }
      case "let":
        return this.#let(node);
      case "conditional":
        return this.#conditional(node);
      case "sequence": {
        const parts = node.nodes.map((one) => this.eval(one));
        return (frame) => {
          let value: Value = null;
          for (const part of parts) value = part(frame);
          return value;
        };
      }
      case "array":
        return this.#array(node);
      case "map":
        return this.#map(node);
    }
  }

  #name(name: string): Eval {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable) {
      const { slot } = variable;
      return ({ slots }) => slots[slot]!;
    }
    if (name === "$env") return ({ env }) => env;
    return ({ env }) => Object.hasOwn(env, name) ? env[name] ?? null : null;
  }

  #binary(node: BinaryNode): Eval {
    const row = rowOf(node);
    const first = this.eval(row[0]!.left);
    if (row.length <= LONGEST_NEST) {
      return row.reduce((left, one) => this.#operator(one, left), first);
    }
    const steps = row.map((one) => this.#operator(one, ({ carried }) => carried));
    return (frame) => {
      let value = first(frame);
      for (const step of steps) {
        frame.carried = value;
        value = step(frame);
      }
      return value;
    };
  }

  #operator(node: BinaryNode, left: Eval): Eval {
    this.#nodes++;
    const { operator, at } = node;
    if (operator === "..") {
      const size = rangeSize(node);
      if (size !== undefined && size <= MOST_CONSTANT) {
        const list = range(constantOf(node.left)!, constantOf(node.right)!, at);
        return () => list;
      }
    }
    const literal = literalNumber(node.right);
    return compileBinary({ operator, at, left, right: this.eval(node.right), literal });
  }

  /** A member or call, perhaps of a chain: what a `?.` before it skips, it skips too. */
  #link(node: Node): Eval {
    if (node.kind === "member") return this.#member(node);
    if (node.kind !== "call") return this.eval(node);
    const { callee, at } = node;
    const args = node.args.map((arg) => this.eval(arg));
    const name = callee.kind === "name" ? callee.name : undefined;
    const call = (frame: Frame, callable: Value | undefined) =>
      callFunction(callable, { name, args: args.map((arg) => arg(frame)), at });
    if (callee.kind !== "member" || callee.property.kind !== "string") {
      const called = this.eval(callee);
      return (frame) => call(frame, called(frame));
    }
    const object = this.#link(callee.object);
    const { optional } = callee;
    const member = callee.property.value;
    return (frame) => {
      const value = object(frame);
      if (value === SKIP || optional && isNil(value)) return SKIP;
      if (typeof value === "object" && value !== null && "typeName" in value) {
        return ofMethod(value, { name: member, args: args.map((arg) => arg(frame)), at });
      }
      return call(frame, field(value, member, at));
    };
  }

  #member({ object, property, optional, at }: MemberNode): Eval {
    // Most of what predicates do.
    if (object.kind === "pointer" && property.kind === "string" && !optional) {
      const slot = this.#slotOf(object);
      const name = property.value;
      return ({ slots }) => field(slots[slot]!, name, at);
    }
    const from = this.#link(object);
    if (property.kind === "string") {
      const name = property.value;
      return (frame) => {
        const value = from(frame);
        if (value === SKIP || optional && isNil(value)) return SKIP;
        return field(value, name, at);
      };
    }
    const key = this.eval(property);
    return (frame) => {
      const value = from(frame);
      if (value === SKIP || optional && isNil(value)) return SKIP;
      return fetch(value, key(frame), at);
    };
  }

  #slice({ object, from, to, at }: Extract<Node, { kind: "slice" }>): Eval {
    const sliced = this.eval(object);
    const low = from && this.eval(from);
    const high = to && this.eval(to);
    return (frame) => slice(sliced(frame), { low: low?.(frame), high: high?.(frame), at });
  }

  #builtin(node: BuiltinNode): Eval {
    const { name, args, at } = node;
    const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name]! : undefined;
    if (!builtin) return this.#loop(node);
    const evals = args.map((arg) => this.eval(arg));
    const readers = readersOf(builtin, args.length);
    return (frame) => {
      const values: unknown[] = [];
      for (let i = 0; i < evals.length; i++) values.push(evals[i]!(frame));
      try {
        for (let i = 0; i < evals.length; i++) {
          const read = readers[i];
          if (!read) continue;
          const value = values[i] as Value;
          values[i] = read(value);
          if (values[i] === undefined) throw refusal(name, value);
        }
        return builtin.call(...values);
      } catch (thrown) {
        throw placeAt(thrown, at);
      }
    };
  }

  #loop({ name, args, at }: BuiltinNode): Eval {
    const list = this.eval(args[0]!);
    const extra = args[2] && this.eval(args[2]);
    const places: Element = { element: this.slots++, index: -1, accumulator: this.slots++ };
    if (name !== "reduce") places.accumulator = -1;
    const nodes = this.#nodes;
    this.#elements.push(places);
    const body = args[1] && this.eval(args[1]);
    this.#elements.pop();
    const cost = 1 + (this.#nodes - nodes >> 1);
    return compileLoop({ name, at, list, body, extra, ...places, cost });
  }

  /** Where the element is, or its index, or the accumulator. */
  #slotOf({ name, at }: Extract<Node, { kind: "pointer" }>): number {
    const places = this.#elements.at(-1)!;
    if (name === "index" && places.index < 0) places.index = this.slots++;
    const slot = name === "index"
      ? places.index
      : name === "acc"
      ? places.accumulator
      : places.element;
    if (slot < 0) throw new Fault("there is #acc in reduce only", at);
    return slot;
  }

  #let({ name, value, body }: Extract<Node, { kind: "let" }>): Eval {
    const given = this.eval(value);
    const slot = this.slots++;
    this.#variables.push({ name, slot });
    const rest = this.eval(body);
    this.#variables.pop();
    return (frame) => {
      frame.slots[slot] = given(frame);
      return rest(frame);
    };
  }

  #conditional({ test, yes, no, at }: Extract<Node, { kind: "conditional" }>): Eval {
    const [condition, then, otherwise] = [this.eval(test), this.eval(yes), this.eval(no)];
    const what = "a condition";
    return (frame) => {
      const value = condition(frame);
      const holds = typeof value === "boolean" ? value : truth(value, { what, at });
      return holds ? then(frame) : otherwise(frame);
    };
  }

  #array(node: Extract<Node, { kind: "array" }>): Eval {
    const constant = constantOf(node);
    if (constant !== undefined) return () => constant;
    const items = node.items.map((item) => this.eval(item));
    return (frame) => {
      allot(items.length);
      const list: Value[] = [];
      for (let i = 0; i < items.length; i++) list.push(items[i]!(frame));
      return list;
    };
  }

  /** Of two values under one key, the first counts. */
  #map({ pairs, at }: Extract<Node, { kind: "map" }>): Eval {
    const entries = pairs.map(({ key, value }) => ({
      key: this.eval(key),
      value: this.eval(value),
    }));
    return (frame) => {
      allot(entries.length);
      const map = Object.create(null) as Dict;
      for (const { key, value } of entries) {
        const name = key(frame);
        if (typeof name !== "string") throw new Fault(`a key is a text, not ${typeOf(name)}`, at);
        const item = value(frame);
        if (!(name in map)) map[name] = item;
      }
      return map;
    };
  }
}

/** The value of a node that has no names in it, if it is a simple one. */
function constantOf(node: Node): Value | undefined {
  switch (node.kind) {
    case "int":
      return typeof node.value === "bigint" ? node.value : int(node.value);
    case "nil":
      return null;
    case "bool":
    case "float":
    case "string":
    case "bytes":
      return node.value;
    case "array": {
      if (node.items.length > MOST_CONSTANT) return undefined;
      const list: Value[] = [];
      for (const item of node.items) {
        const value = constantOf(item);
        if (value === undefined) return undefined;
        list.push(value);
      }
      return list;
    }
  }
  return undefined;
}

function rangeSize(node: BinaryNode): number | undefined {
  if (node.left.kind !== "int" || node.right.kind !== "int") return undefined;
  return Number(node.right.value) - Number(node.left.value) + 1;
}

function callFunction(
  callable: Value | undefined,
  { name, args, at }: { name: string | undefined; args: Value[]; at: number },
): Value {
  if (typeof callable !== "function") {
    const isUnknown = name !== undefined && isNil(callable);
    throw new Fault(isUnknown ? unknownFunction(name) : `cannot call ${typeOf(callable)}`, at);
  }
  spend(10);
  try {
    const value: Value | undefined = callable(...args);
    if (typeof value === "string") allotText(value.length);
    return value ?? null;
  } catch (thrown) {
    throw placeAt(thrown, at);
  }
}

function ofMethod(
  value: Value,
  { name, args, at }: { name: string; args: Value[]; at: number },
): Value {
  spend(20);
  try {
    return callMethod(value, name, args)!;
  } catch (thrown) {
    throw placeAt(thrown, at);
  }
}

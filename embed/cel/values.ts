// How JSON and a scope look to the CEL library: maps and lists that convert nothing until asked.

import { type CelInput, type CelMap, celUint, type CelValue } from "@bufbuild/cel";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { spend, spendOnIteration, spendOnText } from "./budget.ts";
import type { CelScope, LoopView, StepView } from "./scope.ts";

/** The registered symbols by which the library knows its own collections, in any copy of it. */
const MAP = Symbol.for("@bufbuild/cel/map");
const LIST = Symbol.for("@bufbuild/cel/list");

/**
 * A JSON value for the library: JSON numbers are doubles, integers beyond 2^53 ints, or uints where
 * these end, and only own properties exist. Throws for an integer of more than 64 bits.
 */
export function celValue(value: Json): CelValue {
  if (typeof value === "bigint") return largeInteger(value);
  if (typeof value !== "object" || value === null) return value;
  return (Array.isArray(value) ? new JsonList(value) : new ObjectMap(value)) as unknown as CelValue;
}

function largeInteger(value: bigint): CelValue {
  if (BigInt.asIntN(64, value) === value) return value;
  if (BigInt.asUintN(64, value) === value) return celUint(value);
  throw new Error(`the integer ${value} has more than 64 bits, which CEL does not have`);
}

const known = new WeakMap<CelScope, Record<string, CelInput>>();

/** The variables of an expression, for the library; they read the scope each time they are asked. */
export function variablesOf(scope: CelScope): Record<string, CelInput> {
  let variables = known.get(scope);
  if (!variables) known.set(scope, variables = createVariables(scope));
  return variables;
}

function createVariables(scope: CelScope): Record<string, CelInput> {
  const variables: Record<string, unknown> = Object.create(null);
  variables.steps = new StepsMap(scope);
  variables.inputs = new InputsMap(scope);
  variables.workflow = new ObjectMap(() => scope.workflow);
  variables.context = new ObjectMap(() => scope.context);
  variables.iter = scope.loop ? new LoopMap(scope.loop) : new ObjectMap({});
  return variables as Record<string, CelInput>;
}

/** A list over a JSON array. */
export class JsonList {
  readonly json: Json[];
  constructor(json: Json[]) {
    this.json = json;
  }
  get [LIST](): true {
    return true;
  }
  get size(): number {
    return this.json.length;
  }
  get(index: number): CelValue | undefined {
    const value = this.json[index];
    return value === undefined ? undefined : celValue(value);
  }
  *values(): Generator<CelValue> {
    spendOnIteration(this.size);
    for (const value of this.json) yield celValue(value);
  }
  [Symbol.iterator](): Generator<CelValue> {
    return this.values();
  }
}

/** A map with text keys; what it holds is looked up one key at a time. */
export abstract class LazyMap {
  /** Undefined when there is no such key. */
  protected abstract find(key: string): CelValue | undefined;
  protected abstract names(): string[];
  /** All that can be read of it. */
  members(): string[] {
    return this.names();
  }
  /** The whole as JSON, still the owner's. */
  abstract json(): Json;

  get [MAP](): true {
    return true;
  }
  get size(): number {
    const names = this.names();
    spendOnText(names.length);
    return names.length;
  }
  get(key: unknown): CelValue | undefined {
    return typeof key === "string" ? this.find(key) : undefined;
  }
  has(key: unknown): boolean {
    return this.get(key) !== undefined;
  }
  *keys(): Generator<string> {
    const names = this.names();
    spendOnIteration(names.length);
    yield* names;
  }
  *values(): Generator<CelValue> {
    for (const key of this.keys()) yield this.find(key)!;
  }
  *entries(): Generator<[string, CelValue]> {
    for (const key of this.keys()) yield [key, this.find(key)!];
  }
  [Symbol.iterator](): Generator<[string, CelValue]> {
    return this.entries();
  }
  forEach(call: (value: CelValue, key: string, map: CelMap) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) {
      call.call(self, value, key, this as unknown as CelMap);
    }
  }
}

class ObjectMap extends LazyMap {
  readonly #object: JsonObject | (() => JsonObject);
  constructor(object: JsonObject | (() => JsonObject)) {
    super();
    this.#object = object;
  }
  protected find(key: string): CelValue | undefined {
    const object = this.json();
    return Object.hasOwn(object, key) ? celValue(object[key]!) : undefined;
  }
  override has(key: unknown): boolean {
    return typeof key === "string" && Object.hasOwn(this.json(), key);
  }
  protected names(): string[] {
    return Object.keys(this.json());
  }
  json(): JsonObject {
    return typeof this.#object === "function" ? this.#object() : this.#object;
  }
}

class StepsMap extends LazyMap {
  readonly #scope: CelScope;
  constructor(scope: CelScope) {
    super();
    this.#scope = scope;
  }
  protected find(id: string): CelValue | undefined {
    const view = this.#scope.step(id);
    return view && new StepMap(view) as unknown as CelValue;
  }
  protected names(): string[] {
    return [...this.#scope.stepIds()];
  }
  json(): Json {
    return Object.fromEntries(
      this.names().map((id) => [id, this.#scope.step(id)?.output ?? null]),
    );
  }
}

/**
 * The fields of a step's output, but `output`, which is always the whole of it, as in tokens; and
 * `status` and `error` unless the output has fields of these names. Without an output every field is
 * null, but none is present.
 */
class StepMap extends LazyMap {
  readonly #view: StepView;
  readonly #fields: JsonObject;
  constructor(view: StepView) {
    super();
    this.#view = view;
    this.#fields = isObject(view.output) ? view.output : {};
  }
  protected find(key: string): CelValue | undefined {
    const { output, status, error } = this.#view;
    if (key === "output") return celValue(output ?? null);
    if (Object.hasOwn(this.#fields, key)) return celValue(this.#fields[key]!);
    if (key === "status") return status;
    if (key === "error" && error) return celValue(error);
    return output === undefined ? null : undefined;
  }
  override has(key: unknown): boolean {
    if (key === "output" || key === "status") return true;
    if (key === "error" && this.#view.error) return true;
    return typeof key === "string" && Object.hasOwn(this.#fields, key);
  }
  protected names(): string[] {
    return Object.keys(this.#fields);
  }
  override members(): string[] {
    return [...new Set([...this.names(), "output", "status"])];
  }
  json(): Json {
    return this.#view.output ?? null;
  }
}

class InputsMap extends LazyMap {
  readonly #scope: CelScope;
  constructor(scope: CelScope) {
    super();
    this.#scope = scope;
  }
  protected find(name: string): CelValue | undefined {
    const value = this.#scope.input(name);
    return value === undefined ? undefined : celValue(value);
  }
  override has(name: unknown): boolean {
    return typeof name === "string" && this.#scope.input(name) !== undefined;
  }
  protected names(): string[] {
    return [...this.#scope.inputNames()];
  }
  json(): Json {
    return Object.fromEntries(
      this.names().map((name) => [name, this.#scope.input(name) ?? null]),
    );
  }
}

/** `iter`: the index is an integer, so that `%` and list indexes take it. */
class LoopMap extends LazyMap {
  readonly #loop: LoopView;
  constructor(loop: LoopView) {
    super();
    this.#loop = loop;
  }
  protected find(key: string): CelValue | undefined {
    if (key === "item") return celValue(this.#loop.item);
    return key === "index" ? BigInt(this.#loop.index) : undefined;
  }
  protected names(): string[] {
    return ["item", "index"];
  }
  json(): Json {
    return { item: this.#loop.item, index: this.#loop.index };
  }
}

/** A list that an expression builds; appending to the newest view of it copies nothing. */
export class BuiltList {
  readonly #items: CelValue[];
  readonly size: number;
  constructor(items: CelValue[]) {
    this.#items = items;
    this.size = items.length;
  }
  get [LIST](): true {
    return true;
  }
  /** `left + right`; `map` and `filter` build their results this way, one element at a time. */
  static concat(left: Iterable<CelValue> & { size: number }, right: Iterable<CelValue>): BuiltList {
    let items: CelValue[];
    if (left instanceof BuiltList && left.#items.length === left.size) {
      items = left.#items;
    } else {
      spend(left.size);
      items = [...left];
    }
    for (const item of right) {
      spend(1);
      items.push(item);
    }
    return new BuiltList(items);
  }
  get(index: number): CelValue | undefined {
    return index < this.size ? this.#items[index] : undefined;
  }
  *values(): Generator<CelValue> {
    spendOnIteration(this.size);
    for (let i = 0; i < this.size; i++) yield this.#items[i]!;
  }
  [Symbol.iterator](): Generator<CelValue> {
    return this.values();
  }
}

// The steps in sight as an object that looks a step up when it is read, and lists all when asked to.

import type { Json, JsonObject } from "../core/json.ts";
import type { CelScope } from "./cel/scope.ts";
import { isVisible, stepValue, visibleSteps } from "./document.ts";

/** To all that an expression can tell, a plain object with every step; see `stepValue`. */
export function lookedUp(scope: CelScope, source: string): JsonObject {
  return new Proxy<JsonObject>({}, new Lookup(scope, source));
}

/** A member that is read, and perhaps unsealed, only when an expression asks for it. */
export function defineLazy(object: JsonObject, name: string, read: () => Json): void {
  let value: Json | undefined;
  const get = () => value ??= read();
  Object.defineProperty(object, name, { get, enumerable: true, configurable: true });
}

/** Its target stays empty: what was looked up stands in `found`, in the order in which it was. */
class Lookup implements ProxyHandler<JsonObject> {
  readonly #scope: CelScope;
  readonly #source: string;
  readonly #found: JsonObject = {};
  /** Every step in sight, in their order, once they have been asked for. */
  #all: JsonObject | null = null;

  constructor(scope: CelScope, source: string) {
    this.#scope = scope;
    this.#source = source;
  }

  get(target: JsonObject, key: string | symbol): Json | undefined {
    if (typeof key === "string" && this.#finds(key)) return (this.#all ?? this.#found)[key];
    return Reflect.get(target, key);
  }

  has(target: JsonObject, key: string | symbol): boolean {
    return (typeof key === "string" && this.#finds(key)) || Reflect.has(target, key);
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#all ??= this.#list());
  }

  getOwnPropertyDescriptor(_: JsonObject, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key !== "string" || !this.#finds(key)) return undefined;
    return Object.getOwnPropertyDescriptor(this.#all ?? this.#found, key);
  }

  #finds(id: string): boolean {
    if (this.#all) return Object.hasOwn(this.#all, id);
    if (Object.hasOwn(this.#found, id)) return true;
    const step = isVisible(id, this.#source) ? this.#scope.step(id) : undefined;
    if (step === undefined) return false;
    defineLazy(this.#found, id, () => stepValue(id, step, this.#source));
    return true;
  }

  #list(): JsonObject {
    const all: JsonObject = {};
    for (const [id, step] of visibleSteps(this.#scope, this.#source)) {
      defineLazy(all, id, () => stepValue(id, step, this.#source));
    }
    return all;
  }
}

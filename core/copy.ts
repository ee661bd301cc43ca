// How JSON values are copied without letting the copy and the original share anything.

import type { Json, JsonObject } from "./json.ts";

/** A deep copy; several times faster than structuredClone on small values. */
export function copyJson<T extends Json>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return (Array.isArray(value) ? value.map(copyJson) : copyObject(value)) as T;
}

function copyObject(value: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, copyJson(value[key]!));
  return copy;
}

/** Sets an own property under any name: a plain assignment to `__proto__` would not. */
export function setOwn(target: JsonObject, key: string, value: Json): void {
  if (key !== "__proto__") {
    target[key] = value;
    return;
  }
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(target, key, own);
}

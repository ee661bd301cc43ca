// How large what one step's tokens put together may become.

import { setOwn } from "../../core/copy.ts";
import { DEEPEST_VALUE } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";

/** Characters of texts and keys, 2 for each other scalar and 8 for each object and array. */
const MOST = 64 * 1024 * 1024;

/** Counts what is put in; INTERPOLATION_ERROR, which no retry can help, once it is too much. */
export class Allowance {
  #left = MOST;

  /** A deep copy of a value that stands `depth` levels deep. */
  copy(value: Json, depth: number): Json {
    if (typeof value === "string") return this.text(value);
    this.#take(2);
    if (typeof value !== "object" || value === null) return value;
    if (depth >= DEEPEST_VALUE) throw tooLarge(`nest deeper than ${DEEPEST_VALUE} levels`);
    this.#take(6);
    if (Array.isArray(value)) return value.map((item) => this.copy(item, depth + 1));
    const copy: JsonObject = {};
    for (const key of Object.keys(value)) {
      setOwn(copy, this.text(key), this.copy(value[key]!, depth + 1));
    }
    return copy;
  }

  text(text: string): string {
    this.#take(text.length);
    return text;
  }

  #take(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw tooLarge(`exceed ${MOST} characters`);
  }
}

function tooLarge(rule: string): OpcodeError {
  return new OpcodeError("INTERPOLATION_ERROR", `the resolved params ${rule}`, {
    details: { retryable: false },
  });
}

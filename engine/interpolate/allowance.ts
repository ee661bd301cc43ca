// How large what one step's tokens put together may become.

import { setOwn } from "../../core/copy.ts";
import { DEEPEST_VALUE } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Scope } from "./scope.ts";

/** Characters of texts and keys, 2 for each other scalar and 8 for each object and array. */
const MOST = 64 * 1024 * 1024;

/** Heap that each unit takes, at most: an empty object is 8 units. */
const UNIT_BYTES = 8;

/**
 * Counts what is put in; INTERPOLATION_ERROR, which no retry can help, once it is too much, and what
 * `room` says once it takes more of the heap.
 */
export class Allowance {
  #left = MOST;
  #bytes = 0;
  readonly #room: Scope["room"];

  constructor(room?: Scope["room"]) {
    this.#room = room;
  }

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
    this.#take(text.length, 1);
    return text;
  }

  #take(units: number, bytes = UNIT_BYTES): void {
    this.#left -= units;
    if (this.#left < 0) throw tooLarge(`exceed ${MOST} characters`);
    this.#bytes += units * bytes;
    const room = this.#room;
    if (room !== undefined && this.#bytes > room.bytes) throw room.refusal(this.#bytes);
  }
}

function tooLarge(rule: string): OpcodeError {
  return new OpcodeError("INTERPOLATION_ERROR", `the resolved params ${rule}`, {
    details: { retryable: false },
  });
}

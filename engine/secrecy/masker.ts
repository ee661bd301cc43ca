// How every occurrence of known secrets is taken out of a value before anyone sees or stores it.

import { deepEqual } from "../../core/equal.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import type { Cut } from "./finder.ts";
import { type Matcher, matcherOf } from "./matcher.ts";
import { LEAST_BYTES } from "./parts.ts";

export const MASK = "***";
/** Where a message has left out the rest of a value. */
const ELLIPSIS = /…|\.\.\./g;
/** Characters of a secret's beginning before such a place that are taken out. */
const LEAST_BEFORE_ELLIPSIS = 4;

type Mask = (text: string) => string;

export class Masker {
  readonly #secrets = new Set<string>();
  /** Made when it is first needed: secrets often come several at a time. */
  #made: Matcher | null = null;

  /** Looks for this value too, from now on; false when it did so before, or cannot. */
  add(secret: string): boolean {
    if (this.#secrets.has(secret) || Buffer.byteLength(secret) < LEAST_BYTES) return false;
    this.#secrets.add(secret);
    this.#made = null;
    return true;
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** Null while there is nothing to look for. */
  get #matcher(): Matcher | null {
    if (this.#secrets.size === 0) return null;
    return this.#made ??= matcherOf(this.#secrets);
  }

  /** The text with `***` in place of each secret, and of the beginning of one at its end. */
  text(text: string): string {
    const spans = this.#matcher?.spans(text);
    return spans ? spans.replacedIn(text, MASK) : text;
  }

  /**
   * The value with `***` in place of each secret in its texts, keys and numbers, and of each object
   * or list that is a secret's; the same object when it holds none.
   */
  value<T extends Json>(value: T): T {
    return this.#matcher ? this.#masked(value, (text) => this.text(text)) as T : value;
  }

  /** The same, for an error, whose texts may quote values up to an ellipsis. */
  error<T extends Json>(error: T): T {
    return this.#matcher ? this.#masked(error, (text) => this.#excerpt(text)) as T : error;
  }

  /** The text without secrets, and without the first part of one that is cut off. */
  #excerpt(text: string): string {
    const cuts = Array.from(text.matchAll(ELLIPSIS), ({ index }): Cut => {
      return { at: index, least: LEAST_BEFORE_ELLIPSIS, to: index };
    });
    const spans = this.#matcher!.spans(text, cuts);
    return spans ? spans.replacedIn(text, MASK) : text;
  }

  #masked(value: Json, mask: Mask): Json {
    if (typeof value === "string") return mask(value);
    if (typeof value === "number") {
      const text = String(value);
      const masked = mask(text);
      return masked === text ? value : masked;
    }
    if (typeof value !== "object" || value === null) return value;
    const { values } = this.#matcher!;
    if (values.length > 0 && values.some((secret) => deepEqual(secret, value))) return MASK;
    return Array.isArray(value) ? this.#maskedList(value, mask) : this.#maskedObject(value, mask);
  }

  #maskedList(list: Json[], mask: Mask): Json[] {
    let masked: Json[] | null = null;
    for (let i = 0; i < list.length; i++) {
      const one = this.#masked(list[i]!, mask);
      if (one !== list[i]) (masked ??= [...list])[i] = one;
    }
    return masked ?? list;
  }

  #maskedObject(object: JsonObject, mask: Mask): JsonObject {
    let changed = false;
    const masked: JsonObject = {};
    for (const [key, value] of Object.entries(object)) {
      const maskedKey = mask(key);
      // A member that is undefined is left out of JSON.
      const maskedValue = value === undefined ? value : this.#masked(value, mask);
      changed ||= maskedKey !== key || maskedValue !== value;
      setOwn(masked, maskedKey, maskedValue);
    }
    return changed ? masked : object;
  }
}

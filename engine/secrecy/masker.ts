// How every occurrence of known secrets is taken out of a value before anyone sees or stores it.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import { formsOf, LEAST_BYTES } from "./forms.ts";

export const MASK = "***";

export class Masker {
  readonly #secrets = new Set<string>();
  #pattern: RegExp | null = null;

  /** Looks for this value too, from now on; false when it did so before, or cannot. */
  add(secret: string): boolean {
    if (this.#secrets.has(secret) || Buffer.byteLength(secret) < LEAST_BYTES) return false;
    this.#secrets.add(secret);
    this.#pattern = null;
    return true;
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** The text with `***` in place of each secret. */
  text(text: string): string {
    const pattern = this.#find();
    return pattern ? text.replace(pattern, MASK) : text;
  }

  /**
   * The value with `***` in place of each secret in its texts, keys and numbers; the same object
   * when it holds none.
   */
  value<T extends Json>(value: T): T {
    return this.#find() ? this.#masked(value) as T : value;
  }

  #masked(value: Json): Json {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") {
      const text = String(value);
      const masked = this.text(text);
      return masked === text ? value : masked;
    }
    if (Array.isArray(value)) return this.#maskedList(value);
    return isObject(value) ? this.#maskedObject(value) : value;
  }

  #maskedList(list: Json[]): Json[] {
    let masked: Json[] | null = null;
    for (let i = 0; i < list.length; i++) {
      const one = this.#masked(list[i]!);
      if (one !== list[i]) (masked ??= [...list])[i] = one;
    }
    return masked ?? list;
  }

  #maskedObject(object: JsonObject): JsonObject {
    let changed = false;
    const masked: JsonObject = {};
    for (const [key, value] of Object.entries(object)) {
      const maskedKey = this.text(key);
      // A member that is undefined is left out of JSON.
      const maskedValue = value === undefined ? value : this.#masked(value);
      changed ||= maskedKey !== key || maskedValue !== value;
      setOwn(masked, maskedKey, maskedValue);
    }
    return changed ? masked : object;
  }

  #find(): RegExp | null {
    if (this.#secrets.size === 0) return null;
    if (this.#pattern) return this.#pattern;
    // The longest first: of several that fit, it leaves the least behind.
    const forms = [...this.#secrets].flatMap(formsOf).sort((a, b) => b.length - a.length);
    return this.#pattern = new RegExp(forms.join("|"), "gu");
  }
}

// How every occurrence of known secrets is taken out of a value before anyone sees or stores it.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import { type Form, formsOf, LEAST_BYTES } from "./forms.ts";

export const MASK = "***";
/** Of base64 and of base64url. */
const DIGIT = /[A-Za-z0-9+/_-]/;

export class Masker {
  readonly #secrets = new Set<string>();
  readonly #forms = new Map<string, Form>();
  #pattern: RegExp | null = null;

  /** Looks for this value too, from now on; false when it did so before, or cannot. */
  add(secret: string): boolean {
    if (this.#secrets.has(secret) || Buffer.byteLength(secret) < LEAST_BYTES) return false;
    this.#secrets.add(secret);
    for (const form of formsOf(secret)) {
      if (!this.#forms.has(form.text)) this.#forms.set(form.text, form);
    }
    this.#pattern = patternOf([...this.#forms.keys()]);
    return true;
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** The text with `***` in place of each secret. */
  text(text: string): string {
    const pattern = this.#pattern;
    if (!pattern) return text;
    let masked = "";
    let done = 0;
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
      const form = this.#forms.get(found[0])!;
      let from = found.index;
      let to = pattern.lastIndex;
      if (form.takesBefore && from > done && DIGIT.test(text[from - 1]!)) from--;
      if (form.takesAfter && to < text.length && DIGIT.test(text[to]!)) to++;
      masked += text.slice(done, from) + MASK;
      done = pattern.lastIndex = to;
    }
    return done === 0 ? text : masked + text.slice(done);
  }

  /**
   * The value with `***` in place of each secret in its texts, keys and numbers; the same object
   * when it holds none.
   */
  value<T extends Json>(value: T): T {
    return this.#pattern ? this.#masked(value) as T : value;
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
}

/**
 * Finds any of the texts, the longest of those that begin at the same place. An alternation of
 * nothing but literal texts is one pass, however many there are.
 */
function patternOf(texts: string[]): RegExp {
  const longestFirst = texts.sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(escaped.join("|"), "g");
}

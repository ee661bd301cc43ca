// How every occurrence of known secrets is taken out of a value before anyone sees or stores it.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import { type Form, formsOf, LEAST_BYTES } from "./forms.ts";

export const MASK = "***";
/** Where a message has left out the rest of a value, and how many such places are looked at. */
const ELLIPSIS = /…|\.\.\./g;
const MOST_CUTS = 16;
/** UTF-16 units that four bytes of UTF-8 have at least. */
const START = 2;
/** Characters of a form that are looked for first. */
const HEAD = 8;
/** Characters that two secrets may share where one runs into the other. */
const MOST_OVERLAP = 64;
/** Of base64 and of base64url. */
const DIGIT = /[A-Za-z0-9+/_-]/;

interface Found {
  /** Where its form begins. */
  at: number;
  /** What to take out. */
  from: number;
  to: number;
}

type Mask = (text: string) => string;

export class Masker {
  readonly #secrets = new Set<string>();
  readonly #forms = new Map<string, Form>();
  /** The forms by how they begin, the longest first. */
  #byStart = new Map<string, Form[]>();
  #pattern: RegExp | null = null;

  /** Looks for this value too, from now on; false when it did so before, or cannot. */
  add(secret: string): boolean {
    if (this.#secrets.has(secret) || Buffer.byteLength(secret) < LEAST_BYTES) return false;
    this.#secrets.add(secret);
    for (const form of formsOf(secret)) {
      if (!this.#forms.has(form.text)) this.#forms.set(form.text, form);
    }
    this.#byStart = Map.groupBy(
      [...this.#forms.values()].sort((a, b) => b.text.length - a.text.length),
      ({ text }) => text.slice(0, START),
    );
    this.#pattern = patternOf(this.#forms.keys());
    return true;
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /** The text with `***` in place of each secret. */
  text(text: string): string {
    if (!this.#pattern) return text;
    let masked = "";
    let done = 0;
    for (let found = this.#find(text, 0); found;) {
      const from = Math.max(found.from, done);
      let { to } = found;
      // Another may begin before this one ends, and go on behind it.
      let next: Found | null;
      for (let last = found.at;; last = next.at) {
        next = this.#find(text, Math.max(last + 1, to - MOST_OVERLAP));
        if (!next || next.at >= to) break;
        to = Math.max(to, next.to);
      }
      masked += text.slice(done, from) + MASK;
      done = to;
      found = next;
    }
    return done === 0 ? text : masked + text.slice(done);
  }

  /** The first secret from `start` on. */
  #find(text: string, start: number): Found | null {
    const pattern = this.#pattern!;
    pattern.lastIndex = start;
    for (let hit = pattern.exec(text); hit; hit = pattern.exec(text)) {
      const at = hit.index;
      const forms = this.#byStart.get(text.slice(at, at + START)) ?? [];
      const form = forms.find((form) => text.startsWith(form.text, at));
      if (form) return spanOf(text, at, form);
      pattern.lastIndex = at + 1;
    }
    return null;
  }

  /**
   * The value with `***` in place of each secret in its texts, keys and numbers; the same object
   * when it holds none.
   */
  value<T extends Json>(value: T): T {
    return this.#pattern ? this.#masked(value, (text) => this.text(text)) as T : value;
  }

  /** The same, for an error, whose texts may quote values up to an ellipsis. */
  error<T extends Json>(error: T): T {
    return this.#pattern ? this.#masked(error, (text) => this.#excerpt(text)) as T : error;
  }

  /** The text without secrets, and without the first part of one that is cut off. */
  #excerpt(text: string): string {
    const whole = this.text(text);
    let masked = "";
    let done = 0;
    let cuts = 0;
    for (const { index } of whole.matchAll(ELLIPSIS)) {
      const part = this.#cutOff(whole.slice(done, index));
      if (part > 0) {
        masked += whole.slice(done, index - part) + MASK;
        done = index;
      }
      if (++cuts === MOST_CUTS) break;
    }
    return done === 0 ? whole : masked + whole.slice(done);
  }

  /** How many characters at the end of the text are the beginning of a secret; 0 for fewer than 4. */
  #cutOff(text: string): number {
    let longest = 0;
    for (const form of this.#forms.keys()) {
      const window = text.slice(-form.length);
      const head = form.slice(0, LEAST_BYTES);
      for (let at = window.indexOf(head); at >= 0; at = window.indexOf(head, at + 1)) {
        if (!form.startsWith(window.slice(at))) continue;
        longest = Math.max(longest, window.length - at);
        break;
      }
    }
    return longest;
  }

  #masked(value: Json, mask: Mask): Json {
    if (typeof value === "string") return mask(value);
    if (typeof value === "number") {
      const text = String(value);
      const masked = mask(text);
      return masked === text ? value : masked;
    }
    if (Array.isArray(value)) return this.#maskedList(value, mask);
    return isObject(value) ? this.#maskedObject(value, mask) : value;
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

/** With the digits around it that hold bits of it. */
function spanOf(text: string, at: number, form: Form): Found {
  let from = at;
  let to = at + form.text.length;
  if (form.takesBefore && from > 0 && DIGIT.test(text[from - 1]!)) from--;
  if (form.takesAfter && to < text.length && DIGIT.test(text[to]!)) to++;
  return { at, from, to };
}

/**
 * Finds where any of the texts may begin. An alternation of nothing but literal texts is one pass,
 * however many there are; but whole keys would make it too large to be compiled.
 */
function patternOf(texts: Iterable<string>): RegExp {
  const heads = new Set(Array.from(texts, (text) => text.slice(0, HEAD)));
  const escaped = Array.from(heads, (head) => head.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(escaped.join("|"), "g");
}

// How every occurrence of known secrets is taken out of a value before anyone sees or stores it.

import { deepEqual } from "../../core/equal.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { setOwn } from "../../core/copy.ts";
import type { Cut } from "./finder.ts";
import { Group } from "./groups.ts";
import { LEAST_BYTES } from "./parts.ts";
import type { Spans } from "./spans.ts";

export const MASK = "***";
/** Where a message has left out the rest of a value. */
const ELLIPSIS = /…|\.\.\./g;
/** Characters of a secret's beginning before such a place that are taken out. */
const LEAST_BEFORE_ELLIPSIS = 4;

type Mask = (text: string) => string;

export class Masker {
  readonly #secrets = new Set<string>();
  readonly #groups: Group[] = [];

  /** Looks for this value too, from now on; false when it did so before, or cannot. */
  add(secret: string): boolean {
    if (this.#secrets.has(secret) || Buffer.byteLength(secret) < LEAST_BYTES) return false;
    this.#secrets.add(secret);
    if (this.#groups.at(-1)?.takes(secret)) return true;
    const group = new Group();
    group.takes(secret);
    this.#groups.push(group);
    return true;
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /**
   * Until it can mask without holding its thread up for more than some milliseconds; null when it
   * can now. It masks meanwhile too, but whoever asks for it then waits at once.
   */
  prepare(): Promise<void> | null {
    const open = this.#groups.filter((group) => !group.isReady);
    if (open.length === 0) return null;
    return Promise.all(open.map((group) => group.prepare())).then(() => {});
  }

  /** The text with `***` in place of each secret, and of the beginning of one at its end. */
  text(text: string): string {
    return this.#replaced(text, []);
  }

  /**
   * The value with `***` in place of each secret in its texts, keys and numbers, and of each object
   * or list that is a secret's; the same object when it holds none.
   */
  value<T extends Json>(value: T): T {
    return this.#groups.length > 0 ? this.#masked(value, (text) => this.text(text)) as T : value;
  }

  /** The same, for an error, whose texts may quote values up to an ellipsis. */
  error<T extends Json>(error: T): T {
    return this.#groups.length > 0
      ? this.#masked(error, (text) => this.#excerpt(text)) as T
      : error;
  }

  /** The text without secrets, and without the first part of one that is cut off. */
  #excerpt(text: string): string {
    const cuts = Array.from(text.matchAll(ELLIPSIS), ({ index }): Cut => {
      return { at: index, least: LEAST_BEFORE_ELLIPSIS, to: index };
    });
    return this.#replaced(text, cuts);
  }

  #replaced(text: string, cuts: readonly Cut[]): string {
    let spans: Spans | null = null;
    for (const { matcher } of this.#groups) {
      const more = matcher.spans(text, cuts);
      spans = spans && more ? spans.with(more) : spans ?? more;
    }
    return spans ? spans.replacedIn(text, MASK) : text;
  }

  /** Whether the object or list is a secret that is JSON. */
  #isSecret(value: Json): boolean {
    return this.#groups.some(({ matcher: { values } }) =>
      values.length > 0 && values.some((secret) => deepEqual(secret, value))
    );
  }

  #masked(value: Json, mask: Mask): Json {
    if (typeof value === "string") return mask(value);
    if (typeof value === "number" || typeof value === "bigint") {
      const text = String(value);
      const masked = mask(text);
      return masked === text ? value : masked;
    }
    if (typeof value !== "object" || value === null) return value;
    if (this.#isSecret(value)) return MASK;
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

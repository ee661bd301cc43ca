// Which values of a definition differ, each by its path, with what it was and what it is.

import { deepEqual } from "../../core/equal.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import type { ChangedValue } from "../api.ts";
import { withoutPlainSecrets } from "./plain-secrets.ts";
import { member } from "./report.ts";

/** Characters of a value, or of it as JSON, that are shown. */
const LONGEST_SHOWN = 200;
/** Of two long texts, so much of what both begin with. */
const BEFORE = 40;
/** Characters of a value as JSON that is looked into. */
const MOST_SEARCHED = 64 * 1024;
/** Values of one step, or of the workflow around them, and characters of all: who reads more? */
const MOST_OF_ONE = 20;
const MOST_CHARACTERS = 12 * 1024;

/** The values that one comparison shows; what has no room any more is counted. */
export class ShownValues {
  readonly shown: ChangedValue[] = [];
  leftOut = 0;
  #room = MOST_CHARACTERS;

  /** Adds what differs in the two objects, whose differing members are `fields`. */
  add(before: JsonObject, after: JsonObject, fields: readonly string[], stepId?: string): void {
    let most = MOST_OF_ONE;
    const own = (object: JsonObject, key: string) =>
      Object.hasOwn(object, key) ? object[key] : undefined;
    const visit = (
      old: Json | undefined,
      now: Json | undefined,
      path: string,
      at: readonly string[],
    ): void => {
      if (old !== undefined && now !== undefined && deepEqual(old, now)) return;
      if (isObject(old) && isObject(now)) {
        for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
          visit(own(old, name), own(now, name), member(path, name), [...at, name]);
        }
        return;
      }
      if (Array.isArray(old) && Array.isArray(now) && old.length === now.length) {
        return old.forEach((item, i) => visit(item, now[i], member(path, i), at));
      }
      if (most-- <= 0 || this.#room < 0) return void this.leftOut++;
      const change: ChangedValue = {
        ...(stepId !== undefined && { step_id: stepId }),
        path: cut(path, LONGEST_SHOWN),
        ...asShown(old, now, at),
      };
      this.#room -= JSON.stringify(change).length;
      if (this.#room < 0) this.leftOut++;
      else this.shown.push(change);
    };
    for (const field of fields) {
      visit(own(before, field), own(after, field), member("", field), [field]);
    }
  }
}

function asShown(
  old: Json | undefined,
  now: Json | undefined,
  at: readonly string[],
): Pick<ChangedValue, "old" | "new"> {
  const texts = [old, now].map((value) => value === undefined ? undefined : shown(value, at));
  let [was, is] = texts;
  if (typeof was === "string" && typeof is === "string") {
    const same = Math.max(0, commonStart(was, is) - BEFORE);
    if (Math.max(was.length, is.length) > LONGEST_SHOWN && same > 0) {
      [was, is] = [was, is].map((text) => `…${text.slice(same)}`);
    }
  }
  return {
    ...(was !== undefined && { old: shortened(was) }),
    ...(is !== undefined && { new: shortened(is) }),
  };
}

/** The value without secrets; as JSON text when it is long. */
function shown(value: Json, at: readonly string[]): Json {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length > MOST_SEARCHED) return `(${text.length} characters)`;
  const masked = withoutPlainSecrets(value, at);
  if (typeof masked === "string") return masked;
  return text.length > LONGEST_SHOWN ? JSON.stringify(masked) : masked;
}

function shortened(value: Json): Json {
  return typeof value === "string" ? cut(value, LONGEST_SHOWN) : value;
}

function commonStart(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}

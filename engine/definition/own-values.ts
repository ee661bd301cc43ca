// How the value that an author has given under another name stands in what is to be written instead.

import { DURATION_PATTERN } from "../../core/duration.ts";
import type { Json } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";

/** A value and the word, in small letters, under which it stands. */
export interface Given {
  value?: Json | undefined;
  word: string;
}

/** Characters of a value that is repeated. */
const LONGEST = 60;
/** Options of a question that are repeated. */
const MOST_OPTIONS = 5;
const IS_DURATION = new RegExp(DURATION_PATTERN);
/** Words that count the first try too. */
const COUNTS_FIRST = /attempts|times/;

/** The value as JSON, or what says that something belongs there. */
export function shown(value: Json | undefined, otherwise = '"…"'): string {
  if (value === undefined || value === null) return otherwise;
  const text = JSON.stringify(value);
  return text.length > LONGEST ? otherwise : text;
}

/** `"retry": {"max": 2}`: `max` counts what follows the first try. */
export function retry({ value, word }: Given): string {
  const text = typeof value === "string" ? value.trim() : String(value);
  if (typeof value === "object" || !/^\d{1,9}$/.test(text)) return '"retry": {"max": N}';
  const first = COUNTS_FIRST.test(word) ? 1 : 0;
  const told = first === 1 ? " (the tries after the first)" : "";
  return `"retry": {"max": ${Math.max(0, Number(text) - first)}}${told}`;
}

/** A duration as JSON; a number has the unit that its name says, or seconds. */
export function duration({ value, word }: Given): string {
  if (typeof value === "string" && IS_DURATION.test(value)) return shown(value);
  const isNumber = typeof value === "number" ||
    (typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value));
  if (!isNumber) return '"5s"';
  const unit = /ms$|millis/.test(word)
    ? "ms"
    : /min/.test(word)
    ? "m"
    : /hour/.test(word)
    ? "h"
    : "s";
  return `"${value}${unit}"`;
}

/** True unless it was written otherwise. */
export function flag({ value }: Given): string {
  return value === false ? "false" : "true";
}

/** A condition in CEL, whose paths stand without marks. */
export function condition({ value, word }: Given): string {
  if (typeof value === "boolean") return `"${word === "unless" ? !value : value}"`;
  if (typeof value !== "string" || value.trim() === "" || value.length > LONGEST) return '"…"';
  const text = value.replace(/\$\{\{\s*(.*?)\s*\}\}/g, "$1");
  return quoted(word === "unless" ? `!(${text})` : text);
}

/** What is to be done in a step that goes on after a failure. */
export function ignoring({ value }: Given): string {
  return value === false
    ? "leave it out: a step that fails ends the run, unless its on_error says otherwise"
    : 'write "on_error": {"strategy": "ignore"}';
}

/** The options of a question, which each have an id. */
export function options({ value }: Given): string {
  const ids = Array.isArray(value) ? value.slice(0, MOST_OPTIONS) : [];
  const areIds = ids.length > 0 &&
    ids.every((id) => typeof id === "string" && id.length <= LONGEST);
  return areIds
    ? `[${ids.map((id) => `{"id": ${JSON.stringify(id)}}`).join(", ")}]`
    : '[{"id": "approve"}]';
}

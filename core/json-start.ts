// The start of a value's JSON text, for messages: what is not shown is not written either.

import type { Json } from "./json.ts";
import { partsOf } from "./json-parts.ts";

/**
 * JSON text of the value: all of it when that has at most `most` UTF-16 units, else a start of it that
 * has more.
 */
export function startOfJson(value: Json, most: number): string {
  if (typeof value === "string") return startOfText(value, most);
  let text = "";
  const closing: string[] = [];
  let separator = "";
  for (const part of partsOf(value)) {
    if (text.length > most) break;
    switch (part.kind) {
      case "end":
        text += closing.pop()!;
        break;
      case "name":
        text += `${separator}${JSON.stringify(part.name)}:`;
        separator = "";
        continue;
      case "list":
      case "map":
        text += separator + (part.kind === "list" ? "[" : "{");
        closing.push(part.kind === "list" ? "]" : "}");
        separator = "";
        continue;
      case "whole":
        text += separator +
          (typeof part.value === "string"
            ? startOfText(part.value, most)
            : JSON.stringify(part.value));
        break;
      default:
        text += separator + JSON.stringify(part.value).slice(1, -1);
    }
    separator = ",";
  }
  return text;
}

function startOfText(text: string, most: number): string {
  return text.length <= most ? JSON.stringify(text) : JSON.stringify(text.slice(0, most + 1));
}

// How an action counts the memory of a value before it takes it.

import { weighParsed } from "../core/weigh.ts";

/** Texts of fewer characters are counted with the result that they are part of. */
const SMALL = 64 * 1024;

export type Reserve = (bytes: number) => void;

/** Before `text` is parsed as JSON. Throws BUDGET_EXCEEDED, as `ActionContext.reserve` does. */
export function reserveParsed(text: string, reserve: Reserve): void {
  if (text.length >= SMALL) reserve(weighParsed(text));
}

/** Before as many bytes become a text. */
export function reserveText(bytes: number, reserve: Reserve): void {
  if (bytes >= SMALL) reserve(bytes);
}

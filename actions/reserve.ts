// How an action counts the memory of a value before it takes it.

import { weighParsed } from "../core/weigh.ts";

/** Texts of fewer characters are counted with the result that they are part of. */
const SMALL = 64 * 1024;

export type Reserve = (bytes: number) => Promise<void>;

/** Before `text` is parsed as JSON; rejects as `ActionContext.reserve` does. */
export async function reserveParsed(text: string, reserve: Reserve): Promise<void> {
  if (text.length >= SMALL) await reserve(weighParsed(text));
}

/** Before as many bytes become a text. */
export async function reserveText(bytes: number, reserve: Reserve): Promise<void> {
  if (bytes >= SMALL) await reserve(bytes);
}

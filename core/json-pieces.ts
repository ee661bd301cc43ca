// How a large JSON value is written as text a piece at a time, so that others have turns in between.

import type { Json } from "./json.ts";
import { partsOf, type Structure } from "./json-parts.ts";

/** Characters that the kept texts have together. */
const MOST_KEPT = 24 * 1024 * 1024;

/** Texts of large values that are written again and again, kept for as long as that lasts. */
export class WrittenTexts {
  #seen = new WeakSet<Structure>();
  readonly #texts = new Map<Structure, string>();
  #length = 0;

  of(value: Structure): string | undefined {
    return this.#texts.get(value);
  }

  /** Whether the value comes again: what comes once is not worth its memory. */
  comesAgain(value: Structure): boolean {
    if (this.#seen.has(value)) return true;
    this.#seen.add(value);
    return false;
  }

  keep(value: Structure, text: string): void {
    if (this.#length + text.length > MOST_KEPT) return;
    this.#texts.set(value, text);
    this.#length += text.length;
  }

  /** To be called when nobody is about to write more: nothing is kept that nobody asks for. */
  clear(): void {
    if (this.#length === 0) return;
    this.#seen = new WeakSet();
    this.#texts.clear();
    this.#length = 0;
  }
}

/** The text has more characters than its writer may make. */
export class TextTooLong extends Error {}

/**
 * JSON text as JSON.stringify makes it, pausing after each piece; the value must not change
 * meanwhile. Throws TextTooLong when it has more than `most` characters.
 */
export function* jsonInPieces(
  value: Json,
  { most = Infinity, texts }: { most?: number; texts?: WrittenTexts } = {},
): Generator<void, string> {
  const written: string[] = [];
  for (const text of jsonPieces(value, { most, ...(texts && { texts }) })) {
    written.push(text);
    yield;
  }
  return written.join("");
}

/** The same text, piece by piece; an empty one only lets others in. */
export function* jsonPieces(
  value: Json,
  { most = Infinity, texts }: { most?: number; texts?: WrittenTexts } = {},
): Generator<string> {
  /** The large value that is next and has been written before. */
  let repeated: Structure | null = null;
  const isRepeated = (of: Structure) => {
    repeated = texts?.comesAgain(of) ? of : null;
    return repeated !== null;
  };
  let length = 0;
  /** What stands before the next piece. */
  let before = "";
  const piece = (text: string) => {
    length += before.length + text.length;
    if (length > most) throw new TextTooLong("the text is too long");
    const whole = before + text;
    before = "";
    return whole;
  };
  const open: ("]" | "}")[] = [];
  let separator = "";
  for (const part of partsOf(value, isRepeated)) {
    if (part.kind === "end") {
      before += open.pop()!;
      separator = ",";
      continue;
    }
    before += separator;
    separator = ",";
    let text: string;
    switch (part.kind) {
      case "name":
        before += `${JSON.stringify(part.name)}:`;
        separator = "";
        continue;
      case "list":
      case "map":
        before += part.kind === "list" ? "[" : "{";
        open.push(part.kind === "list" ? "]" : "}");
        separator = "";
        continue;
      case "whole":
        text = repeated !== null && part.value === repeated
          ? yield* keptText(repeated, texts!, most - length - before.length)
          : textOf(part.value);
        break;
      case "items":
      case "members":
        text = textOf(part.value).slice(1, -1);
    }
    yield piece(text);
  }
  if (before !== "") yield piece("");
}

/** The text of a value that comes again, written once, with turns for others in between. */
function* keptText(value: Structure, texts: WrittenTexts, most: number): Generator<string, string> {
  const known = texts.of(value);
  if (known !== undefined) return known;
  const written: string[] = [];
  for (const text of jsonPieces(value, { most })) {
    written.push(text);
    yield "";
  }
  const text = written.join("");
  texts.keep(value, text);
  return text;
}

function textOf(value: Json): string {
  return JSON.stringify(value) ?? "null";
}

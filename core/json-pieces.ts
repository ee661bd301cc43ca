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
  /** The large value that is next and has been written before. */
  let repeated: Structure | null = null;
  const isRepeated = (of: Structure) => {
    repeated = texts?.comesAgain(of) ? of : null;
    return repeated !== null;
  };
  const written: string[] = [];
  let length = 0;
  const open: ("]" | "}")[] = [];
  let separator = "";
  const add = (text: string) => {
    length += text.length;
    if (length > most) throw new TextTooLong("the text is too long");
    written.push(text);
  };
  for (const part of partsOf(value, isRepeated)) {
    if (part.kind === "end") {
      add(open.pop()!);
      separator = ",";
      continue;
    }
    add(separator);
    separator = ",";
    switch (part.kind) {
      case "name":
        add(`${JSON.stringify(part.name)}:`);
        separator = "";
        continue;
      case "list":
      case "map":
        add(part.kind === "list" ? "[" : "{");
        open.push(part.kind === "list" ? "]" : "}");
        separator = "";
        continue;
      case "whole": {
        if (repeated === null || part.value !== repeated) {
          add(textOf(part.value));
          break;
        }
        const value: Structure = repeated;
        let text = texts!.of(value);
        if (text === undefined) {
          text = yield* jsonInPieces(value, { most: most - length });
          texts!.keep(value, text);
        }
        add(text);
        break;
      }
      case "items":
      case "members":
        add(textOf(part.value).slice(1, -1));
    }
    yield;
  }
  return written.join("");
}

function textOf(value: Json): string {
  return JSON.stringify(value) ?? "null";
}

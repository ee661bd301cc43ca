// A payload that says once more what events of its run have said: kept as where they are, not as a copy.
//
// A run's output is made of its last steps' outputs. A copy of ten megabytes would hold up whoever else
// has something to store, and the file would have all of it twice.

import { parseJson } from "../../core/exact-json.ts";

/** Longer payloads need no copy; in UTF-16 units. */
export const LARGEST_COPY = 64 * 1024;

/** Before what is composed where it stands beside texts. No JSON begins so, and no other text is a content. */
export const COMPOSED = "\u0001";

/** JSON text whose parts are, in turn, text and outputs of the run's earlier events. */
export class Composed {
  readonly runNo: number;
  /** Text as it stands there, or the sequence number of the event whose payload's `output` does. */
  readonly parts: readonly (string | number)[];
  /** Of the whole text, in UTF-16 units. */
  readonly length: number;
  /** Does not cross to another thread. */
  readonly #text: () => string | null;

  /** `text`: the whole text, if it can be had without the store. */
  constructor(
    { runNo, parts, length }: Pick<Composed, "runNo" | "parts" | "length">,
    text: () => string | null,
  ) {
    this.runNo = runNo;
    this.parts = parts;
    this.length = length;
    this.#text = text;
  }

  text(): string | null {
    return this.#text();
  }
}

/** What is stored of a composed text: its length, a space, and where its parts are. */
export function encodeComposed({ length, runNo, parts }: Composed): string {
  return `${length} ${JSON.stringify({ runNo, parts })}`;
}

/** The text itself; `outputAt` finds the output (JSON text) of one of the run's events. */
export function composedText(
  { parts }: Pick<Composed, "parts">,
  outputAt: (seq: number) => string | null,
): string {
  const texts = parts.map((part) => {
    if (typeof part === "string") return part;
    const text = outputAt(part);
    if (text === null) throw new Error(`event ${part}, of which an output is made, has none`);
    return text;
  });
  return texts.join("");
}

/** Reads what `encodeComposed` has made. */
export function decodeComposed(stored: string): Pick<Composed, "runNo" | "parts"> {
  return parseJson(stored.slice(stored.indexOf(" ") + 1));
}

/** The text of a payload; null when it has none, or none that can be had without the store. */
export function textOf(payload: string | Composed | null): string | null {
  return payload instanceof Composed ? payload.text() : payload;
}

/** What a payload takes on its way to the store, in UTF-16 units. */
export function weightOf(payload: string | Composed | null): number {
  if (payload === null) return 0;
  if (typeof payload === "string") return payload.length;
  return payload.parts.reduce<number>((sum, part) => sum + String(part).length, 0);
}

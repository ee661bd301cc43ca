// What of a template that is being written outlives its page: a draft, as the browser keeps it.

import type { Keep } from "./context.ts";
import { isObject, parseExact } from "./exact-json.ts";

export interface Written {
  name: string;
  agent_id: string;
  text: string;
}

export interface Draft extends Written {
  /** When it was written last, epoch ms. */
  at: number;
}

/** Under which a draft is kept. `template`: that is edited; absent: of a new one. */
export function draftKey(template: string | undefined): string {
  return template === undefined ? "opcode.draft" : `opcode.draft.${template}`;
}

/** Undefined for what is none, as of another version of the panel. */
export function readDraft(text: string | null): Draft | undefined {
  try {
    const found = parseExact(text ?? "null");
    return isObject(found) && isDraft(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The place of one draft, as one window writes it. */
export class DraftPlace {
  readonly #keep: Keep;
  readonly #key: string;
  /** What this window has found there or put there: all else is another's, and is not removed. */
  #mine: string | null = null;

  constructor(keep: Keep, template: string | undefined) {
    this.#keep = keep;
    this.#key = draftKey(template);
  }

  read(): Draft | undefined {
    this.#mine = this.#keep.read(this.#key);
    return readDraft(this.#mine);
  }

  /** Returns whether the browser keeps it. */
  write(draft: Draft): boolean {
    const text = JSON.stringify(draft);
    const isKept = this.#keep.write(this.#key, text);
    if (isKept) this.#mine = text;
    return isKept;
  }

  /** Returns whether the browser still keeps anything. */
  clear(): boolean {
    if (this.#mine === null || this.#keep.read(this.#key) !== this.#mine) return true;
    return this.#keep.write(this.#key, null);
  }
}

/** Epoch ms on either side of 0 that are a time. */
const FARTHEST = 8.64e15;

function isDraft(value: Record<string, unknown>): value is Record<string, unknown> & Draft {
  return ["name", "agent_id", "text"].every((name) => typeof value[name] === "string") &&
    typeof value.at === "number" && Math.abs(value.at) <= FARTHEST;
}

export function isSame(one: Written, other: Written): boolean {
  return one.name === other.name && one.agent_id === other.agent_id && one.text === other.text;
}

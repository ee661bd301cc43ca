// What of a template that is being written outlives its page: a draft, as the browser keeps it.

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

/** Epoch ms on either side of 0 that are a time. */
const FARTHEST = 8.64e15;

function isDraft(value: Record<string, unknown>): value is Record<string, unknown> & Draft {
  return ["name", "agent_id", "text"].every((name) => typeof value[name] === "string") &&
    typeof value.at === "number" && Math.abs(value.at) <= FARTHEST;
}

export function isSame(one: Written, other: Written): boolean {
  return one.name === other.name && one.agent_id === other.agent_id && one.text === other.text;
}

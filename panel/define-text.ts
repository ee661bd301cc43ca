// What is edited of a template: the text of a file as `opcode define` takes it, and what is asked with it.

import { type Place, placeOf, segmentsOf } from "./json-place.ts";
import type { TemplateRow } from "./replies.ts";

/** Members beside the definition, in the order in which they are written. */
const BESIDE = ["description", "input_schema", "output_schema", "triggers"] as const;

/** What a new template begins as. */
export const NEW_TEXT = written({
  description: "Says hello",
  input_schema: {
    type: "object",
    properties: { name: { type: "string", default: "world", description: "Whom to greet" } },
  },
  definition: {
    steps: [
      { id: "greet", action: "expr.eval", params: { expression: "'Hello, ' + inputs.name" } },
    ],
  },
});

export function textOf(row: TemplateRow): string {
  const beside = BESIDE.filter((name) => row[name] !== undefined)
    .map((name) => [name, row[name]] as const);
  return written({ ...Object.fromEntries(beside), definition: row.definition });
}

function written(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * The body of a request to define what the text says. The text goes as it is: reading and writing it
 * again would round its large integers and lose members that stand in it twice, which is refused.
 */
export function bodyOf(
  text: string,
  beside: { name: string; agent_id: string; dry_run?: true },
): string {
  const members = text.trim().slice(1, -1).trim();
  const head = JSON.stringify(beside).slice(0, -1);
  return members === "" ? `${head}}` : `${head},${members}}`;
}

/** Whether the text is one JSON object, so that something can be asked with it. */
export function isObjectText(text: string): boolean {
  return text.trim().startsWith("{") && text.trim().endsWith("}");
}

/** Where in the text what a report tells of stands: its paths begin in the definition, or beside it. */
export function placeInText(text: string, path: string): Place {
  const segments = segmentsOf(path);
  const [first] = segments;
  const isBeside = first === "definition" || (BESIDE as readonly unknown[]).includes(first);
  return placeOf(text, isBeside ? segments : ["definition", ...segments]);
}

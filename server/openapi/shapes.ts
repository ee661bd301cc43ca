// Which shapes of values the descriptions of answers share.

import type { JsonObject } from "../../core/json.ts";
import { RUN_STATUSES } from "../../core/status.ts";

export const TEXT: JsonObject = { type: "string" };
export const ID: JsonObject = { type: "string", description: "UUIDv7." };
export const MOMENT: JsonObject = { type: "string", format: "date-time" };
export const COUNT: JsonObject = { type: "integer", minimum: 0 };
export const MS: JsonObject = { type: "integer", minimum: 0, description: "Milliseconds." };
export const YES: JsonObject = { const: true };
export const FLAG: JsonObject = { type: "boolean" };
export const ANY: JsonObject = {};
export const OBJECT: JsonObject = { type: "object" };
export const TEXTS: JsonObject = { type: "array", items: TEXT };
export const SIZE: JsonObject = {
  ...COUNT,
  description: "Bytes of JSON of what was left out for it.",
};
export const CUT: JsonObject = {
  type: "boolean",
  description: "The size limit left something out.",
};
export const RUN_STATUS: JsonObject = { type: "string", enum: [...RUN_STATUSES] };
export function shape<Reply>(
  required: (keyof Reply & string)[],
  properties: Record<keyof Reply & string, JsonObject>,
): JsonObject {
  return { type: "object", properties, required };
}

/** Where the document has the schema of this name. */
export function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

export function listOf(items: JsonObject): JsonObject {
  return { type: "array", items };
}

export function mapOf(values: JsonObject): JsonObject {
  return { type: "object", additionalProperties: values };
}

// What bytes and which permissions the params of fs.write and fs.append mean.

import type { Json, JsonObject } from "../../core/json.ts";
import { invalid } from "../params.ts";

export const NEW_FILE = 0o644;

export const contentParams: JsonObject = {
  content: { type: "string", description: "Values that are not text are written as JSON." },
  encoding: {
    type: "string",
    enum: ["text", "base64"],
    default: "text",
    description: "base64: content is decoded first.",
  },
};

export function contentOf(params: JsonObject): Buffer {
  const content = params.content as string;
  if (params.encoding === "text") return Buffer.from(content, "utf8");
  const compact = content.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact) || compact.replace(/=*$/, "").length % 4 === 1) {
    throw invalid("params.content", "must be base64");
  }
  return Buffer.from(compact, "base64");
}

/** Permissions as a number, or as octal digits. */
export function modeOf(mode: Json): number {
  if (typeof mode === "number") return mode;
  const digits = /^(?:0o)?([0-7]{1,5})$/.exec(mode as string)?.[1];
  const value = digits === undefined ? NaN : parseInt(digits, 8);
  if (value <= 0o7777) return value;
  throw invalid("params.mode", 'must be an integer or octal digits such as "0644"');
}

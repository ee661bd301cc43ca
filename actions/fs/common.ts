// What the schemas and outputs of fs.* have in common.

import type { JsonObject } from "../../core/json.ts";

/** No system takes longer paths, and each part of one is looked at. */
export const LONGEST_PATH = 4_096;

export const pathParam: JsonObject = {
  type: "string",
  minLength: 1,
  maxLength: LONGEST_PATH,
  description: "Absolute, or relative to the daemon's working directory; for a name that is no " +
    "UTF-8 a file URL, such as file:///tmp/caf%E9.",
};

export const pathOutput: JsonObject = {
  type: "string",
  description: "The absolute path; links are not resolved in it.",
};

export const createDirsParam: JsonObject = {
  type: "boolean",
  default: false,
  description: "Makes missing parents.",
};

/** What fs.copy and fs.move take. */
export const transferInput: JsonObject = {
  type: "object",
  properties: { src: pathParam, dst: pathParam, create_dirs: createDirsParam },
  required: ["src", "dst"],
};

/** What fs.copy and fs.move answer. */
export const transferOutput: JsonObject = {
  type: "object",
  properties: {
    src: pathOutput,
    dst: pathOutput,
    size: { type: "integer", description: "Bytes of all files; links and directories count 0." },
    is_dir: { type: "boolean" },
  },
  required: ["src", "dst", "size", "is_dir"],
};

/** A time of a file as RFC 3339 in UTC, without fractions. */
export function wholeSeconds(milliseconds: bigint): string {
  const seconds = Math.floor(Number(milliseconds) / 1_000);
  return new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}

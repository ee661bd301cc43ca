// What the schemas and outputs of fs.* have in common.

import type { Json, JsonObject } from "../../core/json.ts";
import { plainText, quoted } from "../../core/text.ts";
import type { Action } from "../action.ts";

/** No system takes longer paths, and each part of one is looked at. */
export const LONGEST_PATH = 4_096;

export const pathParam: JsonObject = {
  type: "string",
  minLength: 1,
  maxLength: LONGEST_PATH,
  description: "Absolute, or relative to the daemon's working directory; for a name that is no " +
    "UTF-8 a file URL, such as file:///tmp/caf%E9.",
};

/**
 * Whether a path as it is written means another place than its author sees: undefined for an absolute
 * one, and for what a token begins.
 */
export function relativeRule(given: Json | undefined): string | undefined {
  if (given === undefined || given === null || typeof given === "object") return undefined;
  const text = plainText(given);
  if (text === "" || /^\s*(?:[/\\]|[A-Za-z]:[/\\]|file:\/\/|\$\{\{)/.test(text)) return undefined;
  const meant = /^~(?:\/|$)/.test(text)
    ? '"~" is no home here, but a name'
    : `${quoted(text)} is relative`;
  return `${meant}: it is looked for in the daemon's working directory, wherever that is; write an ` +
    "absolute path";
}

/** What an action says of params that are paths. */
export function placedBy(...names: string[]): Required<Pick<Action, "words" | "mistaken">> {
  return {
    words: names,
    mistaken: (params) =>
      names.flatMap((param) => {
        const rule = relativeRule(params[param]);
        return rule === undefined ? [] : [{ param, rule, isDoubt: true as const }];
      }),
  };
}

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

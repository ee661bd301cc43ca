// How a command reads a file (or standard input) that a person names.

import { readFileSync } from "node:fs";
import { systemReason } from "../core/system-reason.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { JsonTextError, notJson, parseWrittenJson, TwiceError } from "../server/json-text.ts";
import { UsageError } from "./usage-error.ts";

/** The text of the file as it stands; `-` is standard input. Throws UsageError naming the file. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new UsageError(`${nameOf(path)}: cannot be read: ${systemReason(error)}`);
  }
}

function nameOf(path: string): string {
  return path === "-" ? "standard input" : path;
}

/** The JSON object in the file; `-` is standard input. Throws UsageError naming file and place. */
export function readJsonFile(path: string): JsonObject {
  const name = nameOf(path);
  const text = readTextFile(path);
  try {
    const value = parseWrittenJson(text);
    if (isObject(value)) return value;
  } catch (error) {
    if (error instanceof JsonTextError) throw new UsageError(`${name} ${notJson(error)}`);
    if (error instanceof TwiceError) throw new UsageError(`${name} ${error.message}`);
    throw error;
  }
  throw new UsageError(`${name}: must hold one JSON object`);
}

// Which arguments of a tools/call the protocol layer gets to see: an object, or none.

import type { OpcodeError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { parseObject } from "./arguments.ts";

/**
 * Takes arguments that came as JSON text, and none for null or a blank text, as weak clients send them;
 * changes the message. Why anything else is refused: the protocol layer's own words help nobody.
 */
export function mendArguments(body: unknown): string | undefined {
  for (const message of Array.isArray(body) ? body : [body]) {
    if (!isObject(message) || message.method !== "tools/call" || !isObject(message.params)) {
      continue;
    }
    const { params } = message;
    const wrong = mend(params);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function mend(params: { arguments?: unknown }): string | undefined {
  let args = params.arguments;
  if (typeof args === "string") {
    try {
      args = args.trim() === "" ? undefined : parseObject("arguments", args);
    } catch (error) {
      return (error as OpcodeError).message;
    }
  }
  if (args === undefined || args === null) {
    delete params.arguments;
  } else if (isObject(args)) params.arguments = args;
  else {
    const got = Array.isArray(args) ? "an array" : JSON.stringify(args).slice(0, 40);
    return `arguments: must be an object of the tool's arguments by name, got ${got}`;
  }
  return undefined;
}

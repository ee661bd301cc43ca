// What of a JSON-RPC message the HTTP headers of its request must repeat (revision 2026-07-28).

import { isObject, type JsonObject } from "../../core/json.ts";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

/** Which param the Mcp-Name header mirrors, by method. */
const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** The headers of a message that names its own revision; undefined when it names none. */
export function statelessHeaders(message: JsonObject): Record<string, string> | undefined {
  const { method, params } = message;
  if (typeof method !== "string" || !isObject(params) || !isObject(params._meta)) return;
  const version = params._meta[VERSION_KEY];
  if (typeof version !== "string") return;
  const name = Object.hasOwn(NAMED, method) ? params[NAMED[method]!] : undefined;
  return {
    "mcp-protocol-version": fieldValue(version),
    "mcp-method": fieldValue(method),
    ...(typeof name === "string" && { "mcp-name": fieldValue(name) }),
  };
}

/** As the revision encodes what a header cannot hold: `=?base64?…?=`. */
function fieldValue(text: string): string {
  const plain = /^[\x20-\x7e\t]+$/.test(text) && text === text.trim() &&
    !/^=\?base64\?.*\?=$/.test(text);
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

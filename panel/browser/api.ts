// How the panel asks the daemon: the same routes as everybody.

import { Fault, type Get, replyOf } from "../page.ts";
import { parseExact } from "../exact-json.ts";

const API = "/api/v1";

export const get: Get = (path) => ask("GET", path);

/** `body`: JSON, or its text, which goes as it is. */
export async function ask<Reply>(
  method: string,
  path: string,
  body?: object | string,
): Promise<Reply> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const said = { "opcode-client": "panel" };
  const sent = body === undefined
    ? { headers: said }
    : { headers: { ...said, "content-type": "application/json" }, body: text };
  let response: Response;
  try {
    response = await fetch(API + path, { method, ...sent });
  } catch {
    throw new Fault(0, { code: "UNREACHABLE", message: "The daemon does not answer." });
  }
  return replyOf(response.status, parsed(await response.text()));
}

function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

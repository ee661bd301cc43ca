// How the panel asks the daemon: the same routes as everybody.

import { Fault, type Get, replyOf } from "../page.ts";

const API = "/api/v1";

export const get: Get = (path) => ask("GET", path);

export async function ask<Reply>(method: string, path: string, body?: object): Promise<Reply> {
  const sent = body === undefined
    ? {}
    : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await fetch(API + path, { method, ...sent });
  } catch {
    throw new Fault(0, { code: "UNREACHABLE", message: "The daemon does not answer." });
  }
  const text = await response.text();
  return replyOf(response.status, parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

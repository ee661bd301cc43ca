// What a client may say in the query of the endpoint's URL, where its settings can put it.

import type { Names } from "./tools/names.ts";

/** `?names=underscore` lists opcode_run instead of opcode.run. */
export function namesOf(url: string | undefined): Names {
  return parameter(url, "names") === "underscore" ? "underscore" : "dots";
}

/** `?agent_id=` says whose messages the connection may carry before its first call. */
export function agentOf(url: string): string | undefined {
  return parameter(url, "agent_id") || undefined;
}

function parameter(url: string | undefined, name: string): string | undefined {
  const query = url?.indexOf("?") ?? -1;
  return query < 0 ? undefined : new URLSearchParams(url!.slice(query)).get(name) ?? undefined;
}

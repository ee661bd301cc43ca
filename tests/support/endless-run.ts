// A run whose turn does not end: a daemon that is at work on it is stuck for good.

import { defineTemplate, rest } from "./http.ts";

/** What a daemon must have loaded for that, see `spawnDaemon`. */
export const ENDLESS = new URL("endless-hash.mjs", import.meta.url);

/** Begins one; the daemon is stuck as soon as what it has stored of it has gone on. Returns its id. */
export async function beginEndless(url: string): Promise<string> {
  await defineTemplate(url, "endless", [
    {
      id: "first",
      action: "shell.exec",
      params: { command: "sleep", args: ["1"] },
      on_interrupt: "resume",
    },
    {
      id: "hash",
      action: "crypto.hash",
      params: { data: "x", algorithm: "sha512" },
      depends_on: ["first"],
    },
  ]);
  const request = { template_name: "endless", agent_id: "someone", wait_ms: 0 };
  return (await rest(url, "POST", "/api/v1/runs", request)).body.workflow_id;
}

/** A run of a single pure step; its status within 10 s. */
export async function smallRun(url: string): Promise<string> {
  await defineTemplate(url, "small", [{ id: "a", action: "crypto.uuid" }]);
  const request = { template_name: "small", agent_id: "other", wait_ms: 10_000 };
  return (await rest(url, "POST", "/api/v1/runs", request)).body.status;
}

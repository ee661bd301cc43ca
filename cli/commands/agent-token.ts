// What `opcode agent-token NAME` prints: a new token for an agent, once, and what the settings need of it.

import { randomBytes } from "node:crypto";
import { tokenHash } from "../../server/callers.ts";
import { printJson, printLine, printNote } from "../print.ts";

/** Stores nothing: the token is on standard output, alone; the hash goes into settings.json. */
export function agentToken(options: { name: string; json: boolean }): number {
  const { name, json } = options;
  const token = `oca_${randomBytes(32).toString("base64url")}`;
  const token_hash = tokenHash(token);
  if (json) {
    printJson({ agent: name, token, token_hash });
    return 0;
  }
  printLine(token);
  const setting = { token_hash, allow: ["*"], templates: [`${name}-*`], decide: "own" };
  printNote(
    "the token is shown this once; the agent gets it as OPCODE_AGENT_TOKEN, or as bearer token",
  );
  printNote(
    "settings.json of the daemon, with the rights that the agent is to have (see docs/security.md):",
  );
  printNote(JSON.stringify({ agents: { [name]: setting } }, null, 2));
  return 0;
}

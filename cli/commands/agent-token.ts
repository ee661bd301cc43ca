// What `opcode agent-token NAME` prints: a new token for an agent, once, and what the settings need of it.

import { tokenHash } from "../../server/callers.ts";
import { agentNameFault } from "../../server/settings/agents.ts";
import { loadSettings } from "../../server/settings/load.ts";
import { newToken } from "../new-token.ts";
import { UsageError } from "../usage-error.ts";
import { printJson, printLine, printNote } from "../print.ts";

/**
 * Stores nothing: the token is on standard output, alone; the rest goes into settings.json, with a new
 * auth_token where the settings have none, without which a daemon with agents does not start.
 */
export function agentToken(options: { name: string; json: boolean }): number {
  const { name, json } = options;
  const fault = agentNameFault(name);
  if (fault !== undefined) throw new UsageError(`NAME: ${fault}, got ${JSON.stringify(name)}`);
  const { auth_token } = loadSettings({ env: process.env });
  const token = newToken("oca");
  const token_hash = tokenHash(token);
  const rights = { token_hash, allow: ["*"], templates: [`${name}-*`], decide: "own" };
  const settings = {
    ...(auth_token === "" && { auth_token: newToken("ocd") }),
    agents: { [name]: rights },
  };
  if (json) {
    printJson({ agent: name, token, token_hash, settings });
    return 0;
  }
  printLine(token);
  printNote(
    "the token is shown this once; the agent gets it as OPCODE_AGENT_TOKEN, or as bearer token",
  );
  printNote(
    "settings.json of the daemon, with the rights that the agent is to have (see docs/security.md):",
  );
  printNote(JSON.stringify(settings, null, 2));
  if (auth_token === "") {
    printNote(
      "auth_token is asked of everybody else, and a daemon with agents needs one; keep it to yourself: " +
        "chmod 600 settings.json",
    );
  }
  return 0;
}

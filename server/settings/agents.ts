// Which agents have an identity: `agents` in settings.json, and nowhere else.

import { isObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import type { AgentRights } from "../../engine/access.ts";

export interface AgentSetting extends AgentRights {
  /** `sha256:` and 64 hexadecimal digits. */
  token_hash: string;
}

const NAME_RULE = "must have 1 to 128 printable characters";

/** What is wrong with an agent's name; undefined for a good one. */
export function agentNameFault(name: string): string | undefined {
  const isBad = name.trim() === "" || name.length > 128 || /[\p{Cc}\p{Cs}]/u.test(name);
  return isBad ? NAME_RULE : undefined;
}

const KEYS = ["token_hash", "allow", "templates", "decide"];

/**
 * The agents by name. What is left out is not granted: no actions, no templates, only decisions of
 * its own. Every fault goes to `problems`, as `agents.NAME.key: must be …`.
 */
export function readAgents(value: unknown, problems: string[]): Record<string, AgentSetting> {
  const agents: Record<string, AgentSetting> = {};
  if (value === undefined) return agents;
  if (!isObject(value)) {
    problems.push("agents: must be an object of agents by their names");
    return agents;
  }
  const hashes = new Map<string, string>();
  for (const [name, given] of Object.entries(value)) {
    const at = `agents.${name}`;
    const fault = (key: string, rule: string) => problems.push(`${at}${key}: ${rule}`);
    const bad = agentNameFault(name);
    if (bad !== undefined) fault("", `the name ${bad}`);
    if (!isObject(given)) {
      fault("", "must be an object");
      continue;
    }
    for (const key of Object.keys(given)) {
      if (KEYS.includes(key)) continue;
      const meant = nearest(key, KEYS);
      fault(`.${key}`, `is not known${meant ? ` (did you mean "${meant}"?)` : ""}`);
    }
    const { token_hash, allow = [], templates = [], decide = "own" } = given;
    if (typeof token_hash !== "string" || !/^sha256:[0-9a-f]{64}$/.test(token_hash)) {
      fault(".token_hash", "must be sha256:… as opcode agent-token prints it");
      continue;
    }
    const twin = hashes.get(token_hash);
    if (twin !== undefined) fault(".token_hash", `is that of agents.${twin}, too`);
    hashes.set(token_hash, name);
    if (!isTexts(allow)) fault(".allow", "must be a list of action names or globs such as fs.*");
    else if (!isTexts(templates)) fault(".templates", "must be a list of template names or globs");
    else if (decide !== "own" && decide !== "all" && !isTexts(decide)) {
      fault(".decide", 'must be "own", "all" or a list of agent names');
    } else {
      // Not by assignment: `__proto__` is a name, too.
      Object.defineProperty(agents, name, {
        value: { token_hash, allow, templates, decide },
        enumerable: true,
      });
    }
  }
  return agents;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
}

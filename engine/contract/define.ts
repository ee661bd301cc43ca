// What `define` takes.

import type { Json, JsonObject } from "../../core/json.ts";
import { AGENT_ID, type Contract, LONGEST_DESCRIPTION, NAME, OBJECT } from "./terms.ts";

export interface DefineRequest {
  name: string;
  /** Raw JSON as received; validated by the engine. */
  definition: Json;
  agent_id: string;
  description?: string;
  input_schema?: JsonObject;
  output_schema?: JsonObject;
  triggers?: JsonObject;
}

/** As callers ask: with `dry_run` nothing is stored. */
export interface DefineCall extends DefineRequest {
  dry_run?: boolean;
}

export const DEFINE: Contract<DefineCall> = {
  properties: {
    name: NAME,
    definition: OBJECT,
    agent_id: AGENT_ID,
    description: { type: "string", maxLength: LONGEST_DESCRIPTION },
    input_schema: { type: "object", description: "JSON Schema of the params." },
    output_schema: OBJECT,
    triggers: {
      type: "object",
      description: "{cron: [{expression}], webhook: [{name, verify, secret, " +
        "map?: jq}], notify: {url, events, secret}}. A webhook's inputs: body, headers, query or " +
        "map's.",
    },
    dry_run: {
      type: "boolean",
      default: false,
      description: "Only check and compare.",
    },
  },
  required: ["name", "definition", "agent_id"],
};

// What is said of a delivery that nobody has made, to be told what it would come to.

import type { HookSample } from "../hooks/api.ts";
import { AGENT_ID, type Contract, TEXT } from "./terms.ts";

export const HOOK_SAMPLE: Contract<HookSample & { agent_id?: string }> = {
  properties: {
    body: { ...TEXT, description: "Its text, as it would come." },
    headers: {
      type: "object",
      additionalProperties: TEXT,
      description: "By name; without a content-type the body is JSON.",
    },
    query: {
      type: "object",
      additionalProperties: { anyOf: [TEXT, { type: "array", items: TEXT }] },
    },
    agent_id: AGENT_ID,
  },
  required: [],
};

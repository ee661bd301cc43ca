// Which shapes of values the contracts of the verbs share, with their limits and defaults.

import type { JsonObject } from "../../core/json.ts";

/**
 * What a verb takes: the JSON Schema (2020-12) of each member by name, and which must be there. Every
 * surface (MCP, REST, the command line, OpenAPI, the pages of docs) is made of it or compared with it.
 */
export interface Contract<Request> {
  properties: Readonly<Record<keyof Request & string, JsonObject>>;
  required: readonly (keyof Request & string)[];
}

/** The contract of some verb. */
export interface AnyContract {
  properties: Readonly<Record<string, JsonObject>>;
  required: readonly string[];
}

/** Characters (code points) of a name or an id. */
export const LONGEST_IDENTIFIER = 128;
/** What the full id of a step sixteen levels deep may take, with all names as long as they may be. */
export const LONGEST_STEP_ID = 8_224;
/** Characters of what a template says of itself: lists show it. */
export const LONGEST_DESCRIPTION = 10_000;

/** How long a call waits for its run by default, ms: below the 60 s after which clients give up. */
export const DEFAULT_WAIT_MS = 50_000;
export const LONGEST_WAIT_MS = 600_000;

/** An identifier whose name says all. */
export const NAME: JsonObject = { type: "string", minLength: 1, maxLength: LONGEST_IDENTIFIER };

export function identifier(description: string): JsonObject {
  return { ...NAME, description };
}

/** The full id of a step, which any printable text may be part of. */
export function stepId(description: string): JsonObject {
  return { type: "string", minLength: 1, maxLength: LONGEST_STEP_ID, description };
}

/** Bounded by its form, which the engine tells whoever breaks it. */
export function version(description = "e.g. v2. Default: latest."): JsonObject {
  return { type: "string", description };
}

export const AGENT_ID = identifier("Your stable name.");

export const WAIT_MS: JsonObject = {
  type: "integer",
  minimum: 0,
  maximum: LONGEST_WAIT_MS,
  default: DEFAULT_WAIT_MS,
};

export const TEXT: JsonObject = { type: "string" };
export const OBJECT: JsonObject = { type: "object" };

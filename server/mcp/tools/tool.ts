// What an MCP tool is: what a client is shown of it, and the call it makes on the engine.

import type { JsonObject } from "../../../core/json.ts";
import type { Opcode, Watch } from "../../../engine/api.ts";

/** The JSON Schema (2020-12) of one tool's arguments; flat, so that every host understands it. */
export interface ArgumentSchema extends JsonObject {
  type: "object";
  properties: Record<string, JsonObject>;
  required: string[];
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: ArgumentSchema;
  /** Also accepts `{error}`: some clients check the structured content of failures too. */
  outputSchema: JsonObject;
  annotations: ToolAnnotations;
  /** What arguments of ours are called elsewhere: the refusal of such a name says ours. */
  meant?: Readonly<Record<string, string>>;
  /** Runs the tool; `args` have passed `inputSchema`. Throws OpcodeError for what the caller did. */
  call(args: JsonObject, context: CallContext): Promise<object>;
}

export interface ToolAnnotations extends JsonObject {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** What a tool may use besides its arguments. */
export interface CallContext {
  opcode: Opcode;
  watch: Watch;
}

export const READ_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

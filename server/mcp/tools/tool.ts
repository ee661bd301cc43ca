// What an MCP tool is: what a client is shown of it, and the call it makes on the engine.

import type { JsonObject } from "../../../core/json.ts";
import type { NamedParams } from "./action-lines.ts";
import type { Opcode, Watch } from "../../../engine/api.ts";

/** The JSON Schema (2020-12) of one tool's arguments; flat, so that every host understands it. */
export interface ArgumentSchema extends JsonObject {
  type: "object";
  properties: Record<string, JsonObject>;
  required: string[];
}

export interface Tool {
  name: string;
  description: string;
  inputSchema: ArgumentSchema;
  /** Also accepts `{error}`: some clients check the structured content of failures too. */
  outputSchema: JsonObject;
  /** Absent: the protocol's defaults hold, which are the worst. */
  annotations?: ToolAnnotations;
  /** What arguments of ours are called elsewhere: the refusal of such a name says ours. */
  meant?: Readonly<Record<string, string>>;
  /** The same of values that an argument has to choose among. */
  meantValues?: Readonly<Record<string, string>>;
  /** Descriptions of arguments that depend on the actions there are. */
  describe?(actions: readonly NamedParams[]): Readonly<Record<string, string>>;
  /** What makes answers short enough for a context window; absent of tools whose answers are. */
  digest?: Digest;
  /** The PNG as base64 that a reply holds in a member, if it does. */
  imageOf?(reply: object): string | undefined;
  /** Runs the tool; `args` have passed `inputSchema`. Throws OpcodeError for what the caller did. */
  call(args: JsonObject, context: CallContext): Promise<object>;
}

export interface Digest {
  /** Bytes of JSON of an answer, unless the caller asks for more. */
  most: number;
  /** Whether these arguments ask for all that there is. */
  asksForAll(args: JsonObject): boolean;
  /** The reply as an answer of at most so many bytes, or itself. */
  of(reply: JsonObject): (limit: number) => JsonObject;
}

/** What differs from what clients assume: that a tool writes, destroys, and reaches outside. */
export interface ToolAnnotations {
  readOnlyHint?: boolean;
  destructiveHint?: boolean;
  openWorldHint?: boolean;
}

/** What a tool may use besides its arguments. */
export interface CallContext {
  opcode: Opcode;
  watch: Watch;
  /** The daemon's public URL. */
  baseUrl: string;
  /** The agent that calls, where it is known without having said so in its arguments. */
  agent?: string | undefined;
}

export const READ_ONLY: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };

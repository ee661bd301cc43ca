// What a server knows of the client at the other end.

import {
  LOG_LEVEL_META_KEY,
  type RequestId,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Caller } from "../callers.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Names } from "./tools/names.ts";

export interface Connection {
  /** Whose token it came with. */
  caller: Caller;
  names: Names;
  /** An agent spoke over this connection. */
  bind(agentId: string): void;
  /** The agent that spoke over it last, if it is known. */
  agent(): string | undefined;
  /** Whether a message before the result of this request would reach the client. */
  reaches(id: RequestId): boolean;
  /** Whether the client wants messages of level info. */
  logsInfo(context: ServerContext): boolean;
  setLogsInfo(logs: boolean): void;
  /** The runs that its client follows; absent where no session could hold them. */
  subscriptions?: Subscriptions;
}

/** What a request of the stateless revision says about log messages: none unless it asks. */
export function requestLogsInfo(context: ServerContext): boolean {
  const envelope = context.mcpReq.envelope as Record<string, unknown> | undefined;
  const level = envelope?.[LOG_LEVEL_META_KEY];
  return level === "debug" || level === "info";
}

// How a tools/call becomes a call on the engine, and its outcome an answer.

import { ProtocolError, ProtocolErrorCode, type ServerContext } from "@modelcontextprotocol/server";
import type { Leaving } from "../../core/departure.ts";
import type { Clock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { checkClaim, type OpcodeFor, signed } from "../callers.ts";
import { type Held, inPlace } from "../held.ts";
import type { AgentRegistry, Channel } from "./agents.ts";
import { readArguments } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import { withWay } from "./not-found.ts";
import { progressReporter } from "./progress.ts";
import { failure, success, type ToolResult } from "./result.ts";
import type { Tool } from "./tools/tool.ts";

export interface CallParts {
  opcodeFor: OpcodeFor;
  /** The daemon's public URL. */
  baseUrl: () => string;
  agents: AgentRegistry;
  log: Logger;
  clock: Clock;
  /** Room for calls that wait for a run. */
  waits: Held;
}

/**
 * What the caller did wrong, or the engine refused, is a result with `isError`; anything else that
 * is thrown is a bug: -32603 without detail for the client, the stack for the log.
 */
export async function callTool(call: {
  parts: CallParts;
  connection: Connection;
  context: ServerContext;
  tool: Tool;
  args: unknown;
}): Promise<ToolResult> {
  const { parts, connection, context, tool } = call;
  const { signal, _meta, id, notify } = context.mcpReq;
  let untie: (() => void) | undefined;
  let progress: ReturnType<typeof progressReporter> | undefined;
  try {
    const known = tool.inputSchema.properties;
    const args = await readArguments(tool, signed(connection.caller, call.args ?? {}, known));
    checkClaim(connection.caller, args.agent_id);
    if (typeof args.agent_id === "string") {
      connection.bind(args.agent_id);
      untie = parts.agents.call(args.agent_id, callChannel(connection, context));
    }
    const token = _meta?.progressToken;
    if (token !== undefined && connection.reaches(id)) {
      const { clock } = parts;
      progress = progressReporter({ token, clock, notify: (message) => notify(message) });
    }
    const answer = (signal: Leaving) => {
      const watch = { signal, ...(progress && { onProgress: progress.report }) };
      const opcode = parts.opcodeFor(connection.caller);
      const baseUrl = parts.baseUrl();
      return tool.call(args, { opcode, watch, baseUrl, agent: connection.agent() });
    };
    const waits = "wait_ms" in tool.inputSchema.properties && args.wait_ms !== 0;
    const reply = await (waits ? inPlace(parts.waits, signal, answer) : answer(signal));
    return success(reply, { digest: tool.digest, args, image: tool.imageOf?.(reply) });
  } catch (error) {
    if (error instanceof OpcodeError) {
      const told = await withWay(error, parts.opcodeFor(connection.caller));
      return failure(told.toJSON());
    }
    if (!signal.aborted) {
      const { message, stack } = error as Error;
      parts.log.error("an MCP tool failed unexpectedly", { tool: tool.name, message, stack });
    }
    throw new ProtocolError(ProtocolErrorCode.InternalError, "internal error");
  } finally {
    untie?.();
    progress?.stop();
  }
}

/** The stream that answers a call, as a way to its agent. */
function callChannel(connection: Connection, context: ServerContext): Channel {
  return {
    notify(params) {
      const { id, notify } = context.mcpReq;
      if (!connection.reaches(id) || !connection.logsInfo(context)) return false;
      notify({ method: "notifications/message", params }).catch(() => {});
      return true;
    },
  };
}

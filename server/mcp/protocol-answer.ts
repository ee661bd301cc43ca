// How the failure of a request that is no tool call looks on the wire.

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { errorText, OpcodeError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";

/** What the caller got wrong. */
const CALLER = ["VALIDATION_ERROR", "NOT_FOUND"];

/**
 * What `work` answers. What the engine refuses becomes a protocol error that says so; anything else
 * that is thrown is a bug: -32603 without detail for the client, the stack for the log.
 */
export async function protocolAnswer<T>(
  options: { method: string; log: Logger },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    if (error instanceof OpcodeError) {
      const { InvalidParams, InternalError } = ProtocolErrorCode;
      const code = CALLER.includes(error.code) ? InvalidParams : InternalError;
      throw new ProtocolError(code, errorText(error.toJSON()), error.toJSON());
    }
    const { message, stack } = error as Error;
    options.log.error("an MCP request failed unexpectedly", {
      method: options.method,
      message,
      stack,
    });
    throw new ProtocolError(ProtocolErrorCode.InternalError, "internal error");
  }
}

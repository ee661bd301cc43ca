// How the bridge speaks HTTP to the daemon, and which failures mean that nothing was sent.

import { type Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { NotReached } from "../client.ts";
import { readLines, TOO_LONG } from "./lines.ts";

/** The daemon did not get the whole of it, or answered that it took nothing in: sending again is safe. */
export class NotSentError extends NotReached {
  override readonly name = "NotSentError";
}

export interface HttpCall {
  method: "GET" | "POST" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** With one connection, that is open already; absent: one is made. */
  agent?: Agent | undefined;
}

/**
 * Sends one request on a connection of its own: on a kept one, a daemon that died before the
 * request and one that died during it would look the same. No time limit: a run may take long.
 */
export function send(call: HttpCall): Promise<IncomingMessage> {
  const url = new URL(call.url);
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    let connected = false;
    const sent = request(url, {
      method: call.method,
      agent: call.agent ?? false,
      signal: call.signal,
      headers: {
        ...call.headers,
        // The daemon may refuse a message by its head: "close" would have it hang up on the rest,
        // and the refusal be lost.
        connection: "keep-alive",
        ...(call.body !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(call.body),
        }),
      },
    }, (response) => {
      // Whoever reads the body is told of its errors; one that nobody reads must not end us.
      response.on("error", () => {});
      response.once("close", () => call.agent?.destroy());
      if (response.statusCode !== 503) return resolve(response);
      response.resume();
      reject(new NotSentError(`${url.origin} is starting or stopping`));
    });
    sent.on("socket", (socket) => {
      if (!socket.connecting) connected = true;
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => connected = true);
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      call.agent?.destroy();
      if (call.signal.aborted || (connected && sent.writableFinished)) return reject(error);
      const what = connected ? "send all of the message" : "connect";
      const why = `cannot ${what} to ${url.origin}: ${error.message || error.code}`;
      reject(new NotSentError(why, { cause: error }));
    });
    sent.end(call.body);
  });
}

/** The JSON-RPC messages of an answer, as texts of one line each: one of JSON, or many of SSE. */
export async function* messagesOf(response: IncomingMessage): AsyncIterable<string> {
  if (!response.headers["content-type"]?.startsWith("text/event-stream")) {
    const text = await readText(response);
    if (text !== "") yield text;
    return;
  }
  let data = "";
  for await (const bytes of readLines(response, Infinity)) {
    if (bytes === TOO_LONG) continue;
    const line = bytes.toString().replace(/\r$/, "");
    if (line.startsWith("data:")) data += line.slice(5).trimStart();
    else if (line === "" && data !== "") {
      yield data;
      data = "";
    }
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  // Line ends between the tokens of a JSON text may be spaces as well.
  return Buffer.concat(chunks).toString().replace(/[\r\n]+/g, " ").trim();
}

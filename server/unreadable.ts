// What a client is told whose request cannot be read as one: as of any other refusal, in JSON.

import type { Socket } from "node:net";
import type { ErrorObject } from "../core/errors.ts";

/** Bytes of a request's line and headers together. */
export const LARGEST_HEAD = 32 * 1024;

interface Told {
  status: string;
  message: string;
}

/** By the code of the parser's error; what is not here is no HTTP. */
const TOLD: Readonly<Record<string, Told>> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    message: `the URL and the headers have more than ${LARGEST_HEAD} bytes together`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: "413 Payload Too Large",
    message: "body: the extensions of its chunks are too long",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    message: "the request did not come to its end in time",
  },
};

const NO_HTTP: Told = { status: "400 Bad Request", message: "the request is not well-formed HTTP" };

/** Answers what can still be answered, and ends the connection: nobody knows where the next request begins. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // One whose answer has begun would take this for a part of it.
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent: boolean } };
  if (!socket.writable || answer?.headersSent) {
    socket.destroy(error);
    return;
  }
  const { status, message } = TOLD[error.code ?? ""] ?? NO_HTTP;
  const told: ErrorObject = { code: "VALIDATION_ERROR", message };
  const body = JSON.stringify({ error: told });
  const head = [
    `HTTP/1.1 ${status}`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

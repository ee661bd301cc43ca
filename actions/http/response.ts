// What a response says: status, headers, and a body that is decoded, bounded and parsed.

import { STATUS_CODES } from "node:http";
import type { Dispatcher } from "undici";
import { setOwn } from "../../core/copy.ts";
import { DEEPEST_VALUE, isDeeperThan } from "../../core/depth.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { fitText, jsonBytes } from "../captured-text.ts";
import { textOf } from "./charset.ts";
import { codingsOf, decoded } from "./codings.ts";
import type { Exchanged } from "./exchange.ts";
import { type Reserve, reserveParsed, reserveText } from "../reserve.ts";

type Response = Dispatcher.ResponseData;

/** JSON that is read and written again grows less than this: `1e20,` gets 22 characters. */
const MOST_GROWTH = 6;

/**
 * The output of an http action but for its duration. At most `most` bytes of body are kept, and
 * of these as much as leaves the output within `mostJson` bytes of JSON. Memory is counted by
 * `reserve`, which may reject.
 */
export async function readResponse(
  { response, method, url, redirects }: Exchanged,
  { transparent, most, mostJson, reserve }: {
    transparent: boolean;
    most: number;
    mostJson: number;
    reserve: Reserve;
  },
): Promise<JsonObject> {
  const { statusCode, statusText } = response;
  const codings = transparent ? codingsOf(response.headers["content-encoding"]) : [];
  const { bytes, truncated } = await readBody(decoded(response.body, codings), most);
  const { headers, headersAll } = readHeaders(response, codings.length > 0);
  const contentType = headers["Content-Type"] ?? "";
  const reason = statusText || STATUS_CODES[statusCode] || "";
  const output: JsonObject = {
    status_code: statusCode,
    status: `${statusCode} ${reason}`.trim(),
    headers,
    ...(headersAll && { headers_all: headersAll }),
    body: null,
    body_encoding: "base64",
    content_type: contentType,
    method,
    url: withoutUser(url),
    redirects,
    truncated: true,
  };
  const room = mostJson - jsonBytes(output);
  delete output.body_encoding;
  delete output.truncated;
  return Object.assign(output, await bodyOf({ bytes, contentType, truncated, room, reserve }));
}

function withoutUser(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const shown = new URL(url);
  shown.username = shown.password = "";
  return shown.href;
}

/** Canonical names with their first value; and all values where there are several. */
function readHeaders(response: Response, decompressed: boolean) {
  const headers: Record<string, string> = {};
  const headersAll: JsonObject = {};
  for (const [key, value] of Object.entries(response.headers)) {
    if (value === undefined) continue;
    if (decompressed && (key === "content-encoding" || key === "content-length")) continue;
    const name = canonicalName(key);
    const values = [value].flat();
    setOwn(headers, name, values[0]!);
    if (values.length > 1) setOwn(headersAll, name, values);
  }
  return { headers, headersAll: Object.keys(headersAll).length > 0 ? headersAll : undefined };
}

/** `x-request-id` as `X-Request-Id`, `etag` as `Etag`. */
function canonicalName(name: string): string {
  return name.toLowerCase().replace(
    /(^|-)([a-z])/g,
    (_, dash, letter) => dash + letter.toUpperCase(),
  );
}

/** Copied into one buffer: each of very many small chunks would cost more than its bytes. */
async function readBody(
  chunks: AsyncIterable<Buffer>,
  most: number,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  let buffer = Buffer.alloc(0);
  let length = 0;
  for await (const chunk of chunks) {
    const wanted = Math.min(length + chunk.length, most);
    if (wanted > buffer.length) {
      const larger = Buffer.alloc(Math.min(Math.max(wanted, 2 * buffer.length), most));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    chunk.copy(buffer, length, 0, wanted - length);
    const truncated = length + chunk.length > most;
    length = wanted;
    if (truncated) return { bytes: buffer, truncated };
  }
  return { bytes: buffer.subarray(0, length), truncated: false };
}

/** `room`: bytes of JSON that the body may have. */
async function bodyOf(
  { bytes, contentType, truncated, room, reserve }: {
    bytes: Buffer;
    contentType: string;
    truncated: boolean;
    room: number;
    reserve: Reserve;
  },
): Promise<JsonObject> {
  if (bytes.length === 0) return { body: null };
  await reserveText(bytes.length, reserve);
  const text = textOf(bytes, contentType, truncated);
  if (text === undefined) return binaryBody(bytes, truncated, room);
  if (!truncated && isJson(contentType)) {
    await reserveParsed(text, reserve);
    const value = parsed(text);
    if (value !== undefined && fits(value, text, room)) return { body: value };
  }
  const fitted = fitText(text, room);
  return { body: fitted.text, ...((truncated || fitted.truncated) && { truncated: true }) };
}

function binaryBody(bytes: Buffer, truncated: boolean, room: number): JsonObject {
  const most = Math.max(0, Math.floor((room - '""'.length) / 4) * 3);
  const cut = bytes.length > most;
  return {
    body: (cut ? bytes.subarray(0, most) : bytes).toString("base64"),
    body_encoding: "base64",
    ...((truncated || cut) && { truncated: true }),
  };
}

/** Numbers such as `1e20` make a parsed value larger as JSON than the text it was. */
function fits(value: Json, text: string, room: number): boolean {
  // One level is taken by the output itself.
  if (isDeeperThan(value, DEEPEST_VALUE - 1)) return false;
  return text.length * MOST_GROWTH <= room || jsonBytes(value) <= room;
}

function isJson(contentType: string): boolean {
  const type = contentType.toLowerCase();
  return type.includes("application/json") || /\+json\s*(;|$)/.test(type);
}

/** Undefined when it is not JSON after all; a byte order mark is let pass, as RFC 8259 permits. */
function parsed(text: string): Json | undefined {
  try {
    return parseJson(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

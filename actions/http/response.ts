// What a response says: status, headers, and a body that is decoded, bounded and parsed.

import { STATUS_CODES } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import type { Dispatcher } from "undici";
import { setOwn } from "../../core/copy.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isText, wholeCharacters } from "../bytes.ts";

type Response = Dispatcher.ResponseData;

/** The output of an http action but for its duration. At most `most` bytes of body are kept. */
export async function readResponse(
  response: Response,
  { transparent, most }: { transparent: boolean; most: number },
): Promise<JsonObject> {
  const { statusCode, statusText } = response;
  const encoding = transparent ? encodingOf(response) : undefined;
  const { bytes, truncated } = await readBody(decoded(response.body, encoding), most);
  const { headers, headersAll } = readHeaders(response, encoding !== undefined);
  const contentType = headers["Content-Type"] ?? "";
  const reason = statusText || STATUS_CODES[statusCode] || "";
  return {
    status_code: statusCode,
    status: `${statusCode} ${reason}`.trim(),
    headers,
    ...(headersAll && { headers_all: headersAll }),
    ...bodyOf(bytes, contentType, truncated),
    content_type: contentType,
    ...(truncated && { truncated }),
  };
}

function encodingOf(response: Response): string | undefined {
  const encoding = String(response.headers["content-encoding"] ?? "").trim().toLowerCase();
  return ["gzip", "x-gzip", "deflate", "br"].includes(encoding) ? encoding : undefined;
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

/** The body as it is, or decompressed; an empty one stays empty whatever the headers say. */
async function* decoded(
  body: Response["body"],
  encoding: string | undefined,
): AsyncGenerator<Buffer> {
  if (encoding === undefined) {
    yield* body;
    return;
  }
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const decoder = createDecoder(encoding, first.value);
  async function* compressed() {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  // Errors of the body reach the reader through the decoder, which is destroyed with them.
  pipeline(compressed, decoder, () => {});
  yield* decoder;
}

function createDecoder(encoding: string, first: Buffer): Duplex {
  if (encoding === "br") return createBrotliDecompress();
  if (encoding !== "deflate") return createGunzip();
  // Some servers send the bare stream under this name, without the header of zlib.
  return (first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw();
}

async function readBody(
  chunks: AsyncIterable<Buffer>,
  most: number,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const kept: Buffer[] = [];
  let room = most;
  for await (const chunk of chunks) {
    if (chunk.length > room) {
      kept.push(chunk.subarray(0, room));
      return { bytes: Buffer.concat(kept), truncated: true };
    }
    kept.push(chunk);
    room -= chunk.length;
  }
  return { bytes: kept.length === 1 ? kept[0]! : Buffer.concat(kept), truncated: false };
}

function bodyOf(bytes: Buffer, contentType: string, truncated: boolean): JsonObject {
  if (bytes.length === 0) return { body: null };
  const whole = truncated ? wholeCharacters(bytes) : bytes;
  if (!isText(whole)) return { body: bytes.toString("base64"), body_encoding: "base64" };
  const text = whole.toString("utf8");
  return { body: !truncated && isJson(contentType) ? parsed(text) : text };
}

function isJson(contentType: string): boolean {
  const type = contentType.toLowerCase();
  return type.includes("application/json") || /\+json\s*(;|$)/.test(type);
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

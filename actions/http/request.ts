// What is sent: the method, URL, headers and body that an action's params ask for.

import { validateHeaderName, validateHeaderValue } from "node:http";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import type { ActionContext } from "../action.ts";
import { invalid } from "../params.ts";
import { ACCEPTED_ENCODINGS } from "./codings.ts";

/** By lower-case name; the name as it is sent, and the value. */
export type Headers = Map<string, [name: string, value: string]>;

export interface HttpRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: string | null;
  /** Lower-case names that must not leave the origin they were meant for. */
  credentials: Set<string>;
  /** Whether the same holds for a text that would be sent. */
  isSecret: (text: string) => boolean;
  /** Whether compression is our affair, and not the author's. */
  transparent: boolean;
}

/** What belongs to the connection or is computed here. */
const NOT_FOR_AUTHORS = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** UTF-8 bytes of all headers of a request, names and values: beyond what any server takes. */
const MOST_HEADER_BYTES = 256 * 1024;
/** Characters of a URL with its query, and fields of a form. */
const LONGEST_URL = 64 * 1024;
const MOST_FIELDS = 1_000;

/** A token of RFC 9110, §5.6.2. */
const METHOD = /^[!#$%&'*+.^_`|~\dA-Z-]+$/;

/** VALIDATION_ERROR when the method, the URL, a header, the body or the auth object is unusable. */
export function buildRequest(
  { method, params, context }: { method: string; params: JsonObject; context: ActionContext },
): HttpRequest {
  refuse("params.method", methodRule(method));
  const url = parseUrl(params);
  const headers: Headers = new Map();
  const { body, contentType } = encodeBody(params);
  if (contentType) headers.set("content-type", ["Content-Type", contentType]);
  for (const [name, value] of Object.entries((params.headers ?? {}) as Record<string, string>)) {
    setHeader(headers, name, value, `params.headers.${name}`);
  }
  const transparent = !headers.has("accept-encoding");
  const fallbacks = [
    ["User-Agent", "opcode"],
    ["Accept", "*/*"],
    ["Accept-Encoding", ACCEPTED_ENCODINGS],
    ["Idempotency-Key", context.idempotencyKey],
  ] as const;
  for (const [name, value] of fallbacks) {
    const key = name.toLowerCase();
    if (!headers.has(key)) headers.set(key, [name, value]);
  }
  const credentials = new Set(["authorization", "cookie", "cookie2", "proxy-authorization"]);
  if (params.auth !== undefined) {
    credentials.add(applyAuth(headers, params.auth as Record<string, string>));
  }
  refuseLarge(headers);
  const isSecret = (text: string) => context.holdsSecret(text);
  for (const [key, header] of headers) if (header.some(isSecret)) credentials.add(key);
  return { method, url, headers, body, credentials, isSecret, transparent };
}

/** The Basic credentials of a URL's user part, unless the request has others. */
export function urlCredentials(url: URL, headers: Headers): string | undefined {
  if ((url.username === "" && url.password === "") || headers.has("authorization")) {
    return undefined;
  }
  return basic(percentDecoded(url.username), percentDecoded(url.password));
}

/** The text itself where it is not properly encoded. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What is wrong with a method in capitals. */
export function methodRule(method: string): string | undefined {
  if (!METHOD.test(method)) return "must be a method such as GET";
  return method === "CONNECT" ? "must not be CONNECT, which opens a tunnel" : undefined;
}

/** What is wrong with the text of a URL. */
export function urlRule(text: string): string | undefined {
  // The parser would drop line breaks and tabs in silence.
  // deno-lint-ignore no-control-regex
  if (/[\0-\x1f\x7f]/.test(text)) return "must not hold line breaks or other control characters";
  const protocol = URL.canParse(text) ? new URL(text).protocol : "";
  return protocol === "http:" || protocol === "https:"
    ? undefined
    : "must be an absolute http or https URL";
}

function refuse(path: string, rule: string | undefined): void {
  if (rule !== undefined) throw invalid(path, rule);
}

function parseUrl(params: JsonObject): URL {
  const text = params.url as string;
  refuse("params.url", urlRule(text));
  const url = new URL(text);
  const query = new URLSearchParams((params.query ?? {}) as Record<string, string>).toString();
  if (url.href.length + query.length > LONGEST_URL) {
    throw invalid("params.query", `must leave the URL at most ${LONGEST_URL} characters`);
  }
  // Not through searchParams, which would write the author's own query anew.
  if (query !== "") url.search = url.search === "" ? query : `${url.search.slice(1)}&${query}`;
  return url;
}

function refuseLarge(headers: Headers): void {
  let bytes = 0;
  for (const [, [name, value]] of headers) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes <= MOST_HEADER_BYTES) return;
  throw invalid("params.headers", `must have at most ${MOST_HEADER_BYTES} bytes, have ${bytes}`);
}

function setHeader(headers: Headers, name: string, value: string, path: string): void {
  const key = name.toLowerCase();
  if (NOT_FOR_AUTHORS.has(key)) return;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw invalid(path, "must be a valid header name and value, without line breaks");
  }
  headers.set(key, [name, value]);
}

function encodeBody(params: JsonObject): { body: string | null; contentType?: string } {
  const body = params.body ?? null;
  if (body === null) return { body };
  switch (params.body_encoding) {
    case "form":
      return { body: encodeForm(body), contentType: "application/x-www-form-urlencoded" };
    case "text":
      return { body: plainText(body), contentType: "text/plain" };
    case "raw":
      return { body: plainText(body) };
  }
  return { body: JSON.stringify(body), contentType: "application/json" };
}

function encodeForm(body: Json): string {
  if (!isObject(body)) throw invalid("params.body", "must be an object to be sent as a form");
  const keys = Object.keys(body);
  if (keys.length > MOST_FIELDS) {
    throw invalid("params.body", `must have at most ${MOST_FIELDS} fields to be sent as a form`);
  }
  const form = new URLSearchParams();
  for (const key of keys.sort()) {
    if (body[key] !== null) form.append(key, plainText(body[key]!));
  }
  return form.toString();
}

/** Sets the header that the auth object stands for; returns its lower-case name. */
function applyAuth(headers: Headers, auth: Record<string, string>): string {
  switch (auth.type) {
    case "bearer": {
      const token = member(auth, "token", "must not be empty");
      setHeader(headers, "Authorization", `Bearer ${token}`, "params.auth.token");
      return "authorization";
    }
    case "basic": {
      const credentials = basic(member(auth, "username"), member(auth, "password"));
      setHeader(headers, "Authorization", credentials, "params.auth");
      return "authorization";
    }
    default: {
      const name = member(auth, "header_name", "must not be empty");
      if (NOT_FOR_AUTHORS.has(name.toLowerCase())) {
        throw invalid("params.auth.header_name", `must not be ${name}`);
      }
      setHeader(headers, name, member(auth, "header_value"), "params.auth.header_name");
      return name.toLowerCase();
    }
  }
}

function member(auth: Record<string, string>, name: string, whenEmpty?: string): string {
  const value = auth[name];
  if (value === undefined) throw invalid(`params.auth.${name}`, `is required for ${auth.type}`);
  if (value === "" && whenEmpty) throw invalid(`params.auth.${name}`, whenEmpty);
  return value;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

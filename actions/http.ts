// What http.* offers: one exchange with a server, redirects included, as a step.

import { parseDuration } from "../core/duration.ts";
import { OpcodeError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { startOfJson } from "../core/json-start.ts";
import { cut } from "../core/text.ts";
import type { Action, ActionContext } from "./action.ts";
import { cancelled, startDeadline, timedOut } from "./deadline.ts";
import { hostCircuit } from "./http/circuit.ts";
import { exchange } from "./http/exchange.ts";
import { exchangeError, shownUrl } from "./http/failure.ts";
import { mistakenRequest } from "./http/mistakes.ts";
import { buildRequest } from "./http/request.ts";
import { readResponse } from "./http/response.ts";
import { mayPass, retryAfter } from "./http/retry-after.ts";
import { DURATION, invalid } from "./params.ts";

/** What `duration_ms` takes of an output. */
const DURATION_BYTES = `,"duration_ms":${Number.MAX_SAFE_INTEGER}`.length;

const text = { type: "string" };

/** Characters of a response's body that an error quotes. */
const MOST_QUOTED = 300;

/** Headers of one request: servers take a hundred or two, of some 16 to 64 KiB in all. */
const MOST_HEADERS = 256;
/** Members of a query, and of a form: what servers take at the most. */
const MOST_FIELDS = 1_000;
/** Characters of a URL: servers take some 8 to 64 KiB. */
const LONGEST_URL = 64 * 1024;

const commonProperties: JsonObject = {
  url: {
    type: "string",
    minLength: 1,
    maxLength: LONGEST_URL,
    description: "Absolute, http or https.",
  },
  query: {
    type: "object",
    additionalProperties: text,
    maxProperties: MOST_FIELDS,
    description: "Appended to the URL's query.",
  },
  headers: {
    type: "object",
    additionalProperties: text,
    maxProperties: MOST_HEADERS,
    description: "Sent over the implied ones; connection and length headers are ours.",
  },
  body: { description: "Any value; none when absent or null." },
  body_encoding: {
    type: "string",
    default: "json",
    description: "json, form (an object), text, or raw (no Content-Type); any other is json.",
  },
  auth: {
    type: "object",
    description: "{type: bearer, token}, {type: basic, username, password} or " +
      "{type: api_key, header_name, header_value}; sent to the URL's own origin only.",
    properties: {
      type: { type: "string", enum: ["bearer", "basic", "api_key"] },
      token: text,
      username: text,
      password: text,
      header_name: text,
      header_value: text,
    },
    required: ["type"],
  },
  timeout: {
    ...DURATION,
    description: "For the whole exchange, the reading of the body included; http.default_timeout " +
      "(30s) when absent.",
  },
  follow_redirects: {
    type: "boolean",
    default: true,
    description: "false: a redirect is the response. Beyond the URL's origin no header with a " +
      "secret is sent, and a body with one fails the step.",
  },
  max_redirects: {
    type: "integer",
    minimum: 0,
    default: 10,
    description: "Redirects to follow; one more fails the step.",
  },
  tls_skip_verify: {
    type: "boolean",
    default: false,
    description: "Accepts any certificate, for this request only.",
  },
  fail_on_error_status: {
    type: "boolean",
    default: false,
    description:
      "Fails the step on a status of 400 or above; 5xx, 408, 425 and 429 may be retried, " +
      "after Retry-After; other 4xx not.",
  },
};

const output: JsonObject = {
  type: "object",
  properties: {
    status_code: { type: "integer" },
    status: { type: "string", description: 'Such as "200 OK".' },
    headers: {
      type: "object",
      additionalProperties: text,
      description: "Canonical-Name: first value.",
    },
    headers_all: {
      type: "object",
      additionalProperties: { type: "array", items: text },
      description: "All values of headers that came more than once; absent when none did.",
    },
    body: { description: "Parsed when its type is JSON, else text; null when empty." },
    body_encoding: {
      type: "string",
      description: '"base64" when the body is no text: neither UTF-8, nor in its charset.',
    },
    content_type: { type: "string" },
    method: { type: "string", description: "Of the last request: redirects may change it." },
    url: { type: "string", description: "Of the last request." },
    redirects: { type: "integer", description: "How many were followed." },
    duration_ms: { type: "integer" },
    truncated: {
      type: "boolean",
      description:
        "Present and true when the body was cut: at http.max_response_body (10 MiB) or " +
        "where more would not fit into the step's output. It is then not parsed.",
    },
  },
  required: [
    "status_code",
    "status",
    "headers",
    "body",
    "content_type",
    "method",
    "url",
    "redirects",
    "duration_ms",
  ],
};

const request: Action = {
  name: "http.request",
  description: "Sends an HTTP request with any method. A response of any status completes the " +
    "step unless fail_on_error_status is set.",
  example: {
    method: "PUT",
    url: "${{inputs.base_url}}/items/7",
    body: { text: "${{inputs.text}}" },
    fail_on_error_status: true,
  },
  effects: "external",
  input: {
    type: "object",
    properties: {
      ...commonProperties,
      method: {
        type: "string",
        maxLength: 100,
        default: "GET",
        description: "Any method, in any case.",
      },
    },
    required: ["url"],
  },
  output,
  circuit: hostCircuit,
  words: ["method", "url", "body_encoding"],
  mistaken: mistakenRequest,
  execute: (params, context) => run((params.method || "GET") as string, params, context),
};

const getExample: JsonObject = {
  url: "${{inputs.base_url}}/items",
  query: { limit: "10" },
  headers: { Authorization: "Bearer ${{secrets.API_TOKEN}}" },
  fail_on_error_status: true,
};

const postExample: JsonObject = {
  url: "${{inputs.base_url}}/items",
  body: { text: "${{inputs.text}}", orders: "${{inputs.orders}}" },
  fail_on_error_status: true,
};

function withMethod(method: "GET" | "POST"): Action {
  return {
    name: `http.${method.toLowerCase()}`,
    example: method === "GET" ? getExample : postExample,
    description: `Sends an HTTP ${method} request. A response of any status completes the step ` +
      "unless fail_on_error_status is set.",
    effects: "external",
    input: { type: "object", properties: commonProperties, required: ["url"] },
    output,
    circuit: hostCircuit,
    words: ["url", "body_encoding"],
    mistaken: ({ method: _, ...params }) => mistakenRequest(params),
    execute: (params, context) => run(method, params, context),
  };
}

async function run(method: string, params: JsonObject, context: ActionContext): Promise<Json> {
  const started = performance.now();
  const request = buildRequest({ method: method.toUpperCase(), params, context });
  const timeoutMs = timeoutOf(params, context);
  const deadline = startDeadline({ signal: context.signal, timeoutMs });
  try {
    const exchanged = await exchange({
      request,
      host: context.host,
      insecure: params.tls_skip_verify as boolean,
      mostRedirects: params.follow_redirects ? params.max_redirects as number : undefined,
      signal: deadline.signal,
    });
    // No redirect can ask for it again.
    request.body = null;
    context.release("body");
    const answer = await readResponse(exchanged, {
      transparent: request.transparent,
      most: context.host.limits.httpMaxResponseBody,
      mostJson: context.maxOutput - DURATION_BYTES,
      reserve: (bytes) => context.reserve(bytes),
    });
    const result = { ...answer, duration_ms: Math.round(performance.now() - started) };
    if (params.fail_on_error_status) refuseErrorStatus(request, result);
    return result;
  } catch (error) {
    if (context.signal.aborted) throw cancelled(context.signal);
    if (!deadline.expired) throw exchangeError(error, request);
    const what = `${request.method} ${shownUrl(request.url)}`;
    throw timedOut(what, {
      params,
      context,
      details: { timeout: true },
      setting: "http",
      timeoutMs,
    });
  } finally {
    deadline.end();
  }
}

/** No default is shorter than what the author gives the step. */
function timeoutOf(params: JsonObject, { stepTimeoutMs, host }: ActionContext): number {
  if (params.timeout === undefined) return stepTimeoutMs ?? host.limits.httpDefaultTimeoutMs;
  const timeoutMs = parseDuration(params.timeout as string);
  if (timeoutMs === 0) throw invalid("params.timeout", "must be above 0");
  return timeoutMs;
}

/** `: <start of the body>`, which is where servers say what they refuse. */
function startOf(body: Json): string {
  const text = typeof body === "string" ? body : startOfJson(body, MOST_QUOTED);
  // Not tidied up: a secret in it is found as it came.
  const start = text.slice(0, 2 * MOST_QUOTED).trim();
  return body === null || start === "" ? "" : `: ${cut(start, MOST_QUOTED)}`;
}

function refuseErrorStatus(request: { method: string; url: URL }, result: JsonObject): void {
  const code = result.status_code as number;
  if (code < 400) return;
  throw new OpcodeError(
    mayPass(code) ? "EXECUTION_ERROR" : "NON_RETRYABLE",
    `${request.method} ${shownUrl(request.url)}: the server answered ${result.status}` +
      startOf(result.body!),
    { details: { ...result, ...retryAfter(result.headers, Date.now()) } },
  );
}

export const httpActions: readonly Action[] = [request, withMethod("GET"), withMethod("POST")];

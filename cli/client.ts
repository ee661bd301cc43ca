// How commands talk to the daemon: JSON requests and the event stream over HTTP.

import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { ErrorObject } from "../core/errors.ts";
import { parseJson } from "../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { EventReport } from "../engine/api.ts";
import { CLIENT_HEADER } from "../server/api/via.ts";
import { challenge, ImpostorError, type ProvingDaemon } from "../server/challenge.ts";
import { refusedToken } from "../server/settings/agent-token.ts";
import { visible } from "./print.ts";
import { parseEvents } from "./sse.ts";

export interface From {
  signal: AbortSignal;
  after: number | "now";
  open?: () => void;
}

export interface Client {
  url: string;
  /** Returns the body; throws ApiError, or an Error that says how to get a daemon. */
  get(path: string, query?: Record<string, string>): Promise<JsonObject>;
  post(path: string, body: JsonObject): Promise<JsonObject>;
  put(path: string, body: JsonObject): Promise<JsonObject>;
  patch(path: string, body: JsonObject): Promise<JsonObject>;
  delete(path: string): Promise<JsonObject>;
  /**
   * Committed events of a run, those after an event id, or of all runs from now on; reconnects where
   * it stopped, a few times. `open` is called whenever it hears what comes.
   */
  follow(runId: string | undefined, from: From): AsyncIterable<EventReport>;
}

/** What the daemon answered instead of a result. */
export class ApiError extends Error {
  readonly status: number;
  readonly error: ErrorObject;
  /** Whether it is about what a file holds, not about the command line. */
  ofFile = false;

  constructor(status: number, error: ErrorObject) {
    super(error.message);
    this.name = "ApiError";
    this.status = status;
    this.error = error;
  }

  /** One line a fault: a definition may have several. */
  lines(): string[] {
    const faults = this.error.details?.errors;
    if (Array.isArray(faults) && faults.length > 0 && faults.every(isFault)) {
      return faults.map((fault) => `${fault.path}: ${fault.message}`);
    }
    return [this.message];
  }
}

function isFault(value: Json): value is { path: string; message: string } {
  return isObject(value) && typeof value.path === "string" && typeof value.message === "string";
}

/** No daemon could be asked: there is none, or it does not answer as one. */
export class NotReached extends Error {
  override readonly name: string = "NotReached";
}

/** No daemon listens where one was expected. */
export class NoDaemon extends NotReached {
  override readonly name = "NoDaemon";
}

/** How often a broken event stream is opened again before giving up, and the pause before it, ms. */
const RECONNECTS = 15;
const RECONNECT_MS = 200;

/** How long a command bears with a daemon that is still starting, and how often it asks, ms. */
const STARTING_MS = 15_000;
const STARTING_PAUSE_MS = 150;

/** What a daemon says of its health, and how much of another answer is shown. */
const PHASES: readonly unknown[] = ["starting", "ok", "stopping", "unhealthy"];
const MOST_SHOWN = 80;

/** Whom a client speaks to, and whether it may know the token. */
export interface ClientOptions {
  url: string;
  /** Empty: none. */
  token: string;
  /** Where it is from: what has to change when it is refused. */
  tokenFrom: string;
  /** Who has to prove that it listens there, on each connection, before anything is said. */
  daemon?: ProvingDaemon | undefined;
  /** Whether the URL is somebody's word alone: what is there is asked first whether it is a daemon. */
  named?: boolean;
  /** Why nobody is asked: thrown instead of any request. */
  refusal?: Error | undefined;
  /** What is said when nobody listens there. */
  absent?: string | undefined;
}

export function createClient(given: ClientOptions): Client {
  let options = given;
  /** Once, before anything of weight is said: another program may answer any path with anything. */
  const meet = async () => {
    if (!options.named) return;
    await refuseStranger(options);
    options = { ...options, named: false };
  };
  const send = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const until = Date.now() + STARTING_MS;
    await meet();
    for (;;) {
      const response = await open(options, { method, path, body });
      const value = parse(await readText(options, response));
      const ok = response.statusCode! >= 200 && response.statusCode! < 300;
      if (ok && isObject(value)) return value;
      const starting = response.statusCode === 503 && isObject(value) &&
        value.status === "starting";
      if (!starting || Date.now() > until) throw apiError(options, response, value);
      await new Promise((resolve) => setTimeout(resolve, STARTING_PAUSE_MS));
    }
  };
  return {
    url: options.url,
    get: (path, query) => send("GET", query ? `${path}?${new URLSearchParams(query)}` : path),
    post: (path, body) => send("POST", path, body),
    put: (path, body) => send("PUT", path, body),
    patch: (path, body) => send("PATCH", path, body),
    delete: (path) => send("DELETE", path),
    follow: (runId, from) => follow(options, runId, from),
  };
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

async function* follow(
  options: ClientOptions,
  runId: string | undefined,
  { signal, after, open: opened }: From,
): AsyncIterable<EventReport> {
  const of = runId === undefined ? "" : `?run=${encodeURIComponent(runId)}`;
  const path = `/api/v1/events/stream${of}`;
  let last = after === "now" ? undefined : String(after);
  for (let tries = 0;; tries++) {
    try {
      const headers = {
        accept: "text/event-stream",
        ...(last !== undefined && { "last-event-id": last }),
      };
      const response = await open(options, { method: "GET", path, headers, signal });
      if (response.statusCode !== 200) {
        throw apiError(options, response, parse(await readText(options, response)));
      }
      opened?.();
      for await (const frame of parseEvents(response)) {
        if (frame.id === undefined) continue;
        last = frame.id;
        tries = 0;
        yield parseJson(frame.data);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError || tries >= RECONNECTS) throw error;
    }
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

interface Call {
  method: string;
  path: string;
  body?: JsonObject | undefined;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function open(options: ClientOptions, call: Call): Promise<IncomingMessage> {
  const { daemon, refusal } = options;
  if (refusal !== undefined) throw refusal;
  if (daemon === undefined) return await ask(options, call, false);
  const agent = await challenge(daemon, call.signal).catch((error) => {
    throw error instanceof ImpostorError ? error : unreachable(options, error);
  });
  try {
    const response = await ask(options, call, agent);
    response.once("close", () => agent.destroy());
    return response;
  } catch (error) {
    agent.destroy();
    throw error;
  }
}

function ask(
  options: ClientOptions,
  call: Call,
  agent: Agent | false,
): Promise<IncomingMessage> {
  const url = new URL(options.url + call.path);
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(url, {
      method: call.method,
      agent,
      signal: call.signal,
      headers: {
        ...call.headers,
        [CLIENT_HEADER]: "cli",
        // No kept-alive socket holds the process once the command is done.
        connection: "close",
        ...(options.token !== "" && { authorization: `Bearer ${options.token}` }),
        ...(body !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        }),
      },
    }, resolve);
    sent.on(
      "error",
      (error) => reject(call.signal?.aborted ? error : unreachable(options, error)),
    );
    sent.end(body);
  });
}

function unreachable({ url, absent }: ClientOptions, error: NodeJS.ErrnoException): Error {
  if (error.code === "ECONNREFUSED") {
    return new NoDaemon(absent ?? `no daemon at ${url}`, { cause: error });
  }
  return new NotReached(`no answer from ${url}: ${error.message || error.code}`, { cause: error });
}

async function readText(options: ClientOptions, response: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
  } catch (error) {
    throw unreachable(options, error as Error);
  }
  return text;
}

/** Throws NotReached unless what listens there says of its health what a daemon says; no token is sent. */
async function refuseStranger(options: ClientOptions): Promise<void> {
  const response = await open({ ...options, token: "" }, { method: "GET", path: "/healthz" });
  const text = await readText(options, response);
  const health = parse(text);
  if (isObject(health) && PHASES.includes(health.status) && typeof health.version === "string") {
    return;
  }
  const shown = text.trim() === "" ? "nothing" : visible(text.trim().slice(0, MOST_SHOWN));
  throw new NotReached(
    `${options.url} is not that of an opcode daemon: GET /healthz answered ` +
      `${response.statusCode} with ${shown}`,
  );
}

function apiError(
  { url, token, tokenFrom }: ClientOptions,
  response: IncomingMessage,
  body: unknown,
): Error {
  const status = response.statusCode!;
  if (isObject(body) && isObject(body.error) && typeof body.error.message === "string") {
    const error = body.error as unknown as ErrorObject;
    if (status !== 401) return new ApiError(status, error);
    const message = `${url} ${refusedToken({ token, from: tokenFrom })}`;
    return new ApiError(status, { ...error, message });
  }
  return new NotReached(`${url} answered ${status} and not as an opcode daemon does`);
}

// How a client of the 2025 revisions keeps its session when the daemon behind it is another one.

import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { DaemonLink } from "./daemon-link.ts";
import { messagesOf } from "./http.ts";
import { answerOf, RefusedError } from "./messages.ts";

/** What stdio clients may speak and /mcp, which is younger, does not; the next one is the same to them. */
const STDIO_ONLY_VERSION = "2024-11-05";
const NEXT_VERSION = "2025-03-26";

/** How long after a broken stream the next one is opened, growing to the second figure, ms. */
const RELISTEN_MS = 200;
const RELISTEN_MOST_MS = 5_000;

/** What a client that never says `initialize` is taken to have said. */
const UNSAID: JsonObject = {
  jsonrpc: "2.0",
  id: "opcode-bridge",
  method: "initialize",
  params: {
    protocolVersion: NEXT_VERSION,
    capabilities: {},
    clientInfo: { name: "stdio", version: "0" },
  },
};

const INITIALIZED = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });

/** Of an `initialize` that was answered and opened nothing. */
const NONE: SessionHeaders = {};

export interface SessionOptions {
  link: DaemonLink;
  /** Where messages go that answer nothing: notifications and the server's own requests. */
  deliver: (text: string) => Promise<void>;
  /** The agent that spoke last, so that a new session is its own before its next call. */
  agentId: () => string | undefined;
  signal: AbortSignal;
}

/** The headers that name the session in each request. */
type SessionHeaders = Record<string, string>;

export class Session {
  readonly #options: SessionOptions;
  #initialize = UNSAID;
  #opened: Promise<SessionHeaders> | undefined;
  #listening = false;
  /** The request that set how much the client wants to be told. */
  #level: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Opens the session that the client asks for; returns what it is to be told. */
  async initialize(message: JsonObject): Promise<string> {
    this.#initialize = message;
    this.#level = undefined;
    const opening = this.#open(message);
    this.#keep(opening.then(({ headers }) => headers));
    return (await opening).answer;
  }

  /** The headers of a request; opens a session when there is none. */
  headers(): Promise<SessionHeaders> {
    return this.#opened ?? this.#keep(this.#reopen());
  }

  /** Says that the daemon does not know this session: the next request opens another. */
  async lost(headers: SessionHeaders): Promise<void> {
    const opened = this.#opened;
    const known = await opened?.catch(() => undefined);
    if (known === headers && this.#opened === opened) this.#opened = undefined;
  }

  /** Takes note of a `logging/setLevel`, which a new session must be told again. */
  setLevel(text: string): void {
    this.#level = text;
  }

  /** Keeps the stream open on which the server speaks by itself, until the bridge ends. */
  async listen(): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    const { link, signal } = this.#options;
    for (let pause = RELISTEN_MS; !signal.aborted;) {
      try {
        // Only what the client asks for is a reason to start a daemon.
        if (await link.serves() && await this.#hear()) pause = RELISTEN_MS;
      } catch {
        // The client's next request says what is wrong; here it is only tried again.
      }
      await delay(pause, null, { signal }).catch(() => {});
      pause = Math.min(pause * 2, RELISTEN_MOST_MS);
    }
  }

  /** Tells the daemon that the session is over, if there is one. */
  async end(signal: AbortSignal): Promise<void> {
    const { link } = this.#options;
    const headers = await this.#opened?.catch(() => undefined);
    if (headers === undefined || !await link.serves()) return;
    (await link.request({ method: "DELETE", headers, signal })).resume();
  }

  /** Hands on what the server says until the stream ends; false when there was none. */
  async #hear(): Promise<boolean> {
    const { link, signal, deliver, agentId } = this.#options;
    const headers = await this.headers();
    const accept = { accept: "text/event-stream" };
    const response = await link.request({
      method: "GET",
      headers: { ...headers, ...accept },
      agentId: agentId(),
      signal,
    });
    if (response.statusCode !== 200) {
      response.resume();
      if (response.statusCode === 404) await this.lost(headers);
      return false;
    }
    // A daemon that was restarted knows the session by its id, which does not say this.
    if (this.#level !== undefined) await this.#tell(this.#level, headers);
    for await (const text of messagesOf(response)) await deliver(text);
    return true;
  }

  /** A session in the place of one that is gone, brought to the state of that one. */
  async #reopen(): Promise<SessionHeaders> {
    const { headers, answer } = await this.#open(this.#initialize);
    if (headers === NONE) throw new RefusedError(`the daemon gave no session: ${answer}`);
    for (const body of [INITIALIZED, this.#level]) {
      if (body !== undefined) await this.#tell(body, headers);
    }
    void this.listen();
    return headers;
  }

  /** Sends what nobody waits to see answered. */
  async #tell(body: string, headers: SessionHeaders): Promise<void> {
    for await (const _ of messagesOf(await this.#post(body, headers)));
  }

  async #open(message: JsonObject): Promise<{ headers: SessionHeaders; answer: string }> {
    const params = message.params as JsonObject | undefined;
    const old = params?.protocolVersion === STDIO_ONLY_VERSION;
    const asked = {
      ...message,
      ...(old && { params: { ...params, protocolVersion: NEXT_VERSION } }),
    };
    const response = await this.#post(JSON.stringify(asked), {});
    const id = response.headers["mcp-session-id"];
    const { text, message: answer } = await answerOf(response, this.#options.link.carried);
    const { result } = answer;
    if (id === undefined || !isObject(result)) return { headers: NONE, answer: text };
    const version = String(result.protocolVersion);
    const told = { ...answer, result: { ...result, protocolVersion: STDIO_ONLY_VERSION } };
    return {
      headers: { "mcp-session-id": String(id), "mcp-protocol-version": version },
      answer: old && version === NEXT_VERSION ? JSON.stringify(told) : text,
    };
  }

  /** Makes this the session, for as long as its opening does not fail. */
  #keep(opening: Promise<SessionHeaders>): Promise<SessionHeaders> {
    this.#opened = opening;
    opening.then((headers) => headers !== NONE, () => false).then((opened) => {
      if (!opened && this.#opened === opening) this.#opened = undefined;
    });
    return opening;
  }

  #post(body: string, headers: SessionHeaders): Promise<IncomingMessage> {
    const { link, signal, agentId } = this.#options;
    return link.request({ method: "POST", body, headers, signal, agentId: agentId() });
  }
}

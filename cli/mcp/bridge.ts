// Which HTTP exchange with the daemon each line of a stdio client becomes, and which lines come back.

import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { withAgentId } from "./agent-id.ts";
import type { DaemonLink } from "./daemon-link.ts";
import { statelessHeaders } from "./headers.ts";
import { messagesOf } from "./http.ts";
import {
  answeredIds,
  errorLine,
  INVALID_REQUEST,
  NO_ANSWER,
  noAnswerText,
  PARSE_ERROR,
  parseAnswer,
  refusal,
  requestIds,
} from "./messages.ts";
import { Session } from "./session.ts";

/** How long a subscription that broke off waits before it is asked for again, ms. */
const RESUBSCRIBE_MS = 500;

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

export interface BridgeOptions {
  link: DaemonLink;
  /** Writes one line to the client; resolves when there is room for the next. */
  write: (line: string) => Promise<void>;
  /** Tells the person what went wrong. */
  note: (text: string) => void;
  /** The agent on whose behalf the client speaks, when the command line names it. */
  agentId: string | undefined;
  /** Whether the token says who that is: then no call is taken at its word. */
  signed: boolean;
}

/** What one line of the client is about. */
interface Carried {
  message: JsonObject | Json[];
  text: string;
  /** The requests in it that have no answer yet, by their ids as JSON. */
  open: Set<string>;
  abort: AbortController;
  /** In a session the daemon is told of a cancellation; without one the request just ends. */
  inSession: boolean;
  cancelled: boolean;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #session: Session;
  readonly #closing = new AbortController();
  readonly #underWay = new Map<string, Carried>();
  #agentId: string | undefined;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#agentId = options.agentId;
    this.#session = new Session({
      link: options.link,
      deliver: options.write,
      agentId: () => this.#agentId,
      signal: this.#closing.signal,
    });
  }

  /** Carries one line of the client; resolves when all that it brings about has been written. */
  async carry(line: Uint8Array): Promise<void> {
    const carried = await this.#read(line);
    if (carried === undefined) return;
    const ids = [...carried.open];
    for (const id of ids) this.#underWay.set(id, carried);
    try {
      await this.#exchange(carried);
      if (carried.open.size > 0) throw new Error("the answer broke off");
    } catch (error) {
      if (this.#closing.signal.aborted || carried.cancelled) return;
      const why = noAnswerText(error as Error);
      this.#options.note(why);
      for (const id of carried.open) await this.#options.write(errorLine(id, NO_ANSWER, why));
    } finally {
      for (const id of ids) if (this.#underWay.get(id) === carried) this.#underWay.delete(id);
    }
  }

  /** Answers what cannot be said to belong to any request. */
  refuse(code: number, message: string): Promise<void> {
    return this.#options.write(errorLine("null", code, message));
  }

  /** Ends all that is under way and tells the daemon that the session is over. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closing.abort();
    await this.#session.end(signal);
  }

  async #read(line: Uint8Array): Promise<Carried | undefined> {
    let text: string;
    let message: unknown;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(line).trim();
      if (text === "") return;
      message = parseJson(text);
    } catch (error) {
      const why = error instanceof SyntaxError ? error.message : "it is not UTF-8";
      await this.refuse(PARSE_ERROR, `the line is not JSON: ${why}`);
      return;
    }
    if (!isObject(message) && !Array.isArray(message)) {
      await this.refuse(INVALID_REQUEST, "not a JSON-RPC 2.0 message");
      return;
    }
    const { agentId, signed } = this.#options;
    const filled = agentId === undefined || signed ? undefined : withAgentId(message, agentId);
    return {
      message: filled ?? message,
      text: filled ? JSON.stringify(filled) : text,
      open: new Set(requestIds(message)),
      abort: new AbortController(),
      inSession: false,
      cancelled: false,
    };
  }

  async #exchange(carried: Carried): Promise<void> {
    const { message } = carried;
    if (!isObject(message)) return await this.#inSession(carried);
    this.#noteAgent(message);
    const headers = statelessHeaders(message);
    if (headers !== undefined) {
      if (message.method === "subscriptions/listen") return await this.#subscribe(carried, headers);
      return await this.#relay(carried, await this.#post(carried, headers));
    }
    if (message.method === "initialize") {
      const answer = await this.#session.initialize(message);
      carried.open.clear();
      return await this.#options.write(answer);
    }
    if (message.method === "notifications/cancelled" && this.#cancel(message)) return;
    await this.#inSession(carried);
    this.#noteState(message, carried.text);
  }

  async #inSession(carried: Carried): Promise<void> {
    carried.inSession = true;
    const headers = await this.#session.headers();
    const response = await this.#post(carried, headers);
    if (response.statusCode !== 404) return await this.#relay(carried, response);
    // The daemon is another one than before and has done nothing: it gets a session first.
    response.resume();
    await this.#session.lost(headers);
    await this.#relay(carried, await this.#post(carried, await this.#session.headers()));
  }

  /** A subscription outlives its daemon: it is asked for again, and acknowledged once. */
  async #subscribe(carried: Carried, headers: Record<string, string>): Promise<void> {
    const { open, abort } = carried;
    let acknowledged = false;
    const again = ({ method }: JsonObject) => {
      const repeated = acknowledged && method === ACKNOWLEDGED;
      acknowledged ||= method === ACKNOWLEDGED;
      return repeated;
    };
    while (open.size > 0) {
      try {
        await this.#relay(carried, await this.#post(carried, headers), again);
      } catch (error) {
        if (!acknowledged) throw error;
      }
      if (!acknowledged) return;
      const signal = AbortSignal.any([abort.signal, this.#closing.signal]);
      do await delay(RESUBSCRIBE_MS, null, { signal }); while (!await this.#options.link.serves());
    }
  }

  #post(carried: Carried, headers: Record<string, string>): Promise<IncomingMessage> {
    return this.#options.link.request({
      method: "POST",
      body: carried.text,
      headers,
      agentId: this.#agentId,
      signal: AbortSignal.any([carried.abort.signal, this.#closing.signal]),
    });
  }

  /** Hands the messages of an answer on, but those that are to be skipped. */
  async #relay(
    carried: Carried,
    response: IncomingMessage,
    skip: (message: JsonObject) => boolean = () => false,
  ): Promise<void> {
    for await (const text of messagesOf(response)) {
      const message = parseAnswer(text);
      const answered = answeredIds(message);
      // What refuses a request without naming it becomes the answer of the request.
      if (message === undefined || (response.statusCode! >= 400 && answered.length === 0)) {
        throw refusal(response, text, this.#options.link.carried);
      }
      if (isObject(message) && skip(message)) continue;
      for (const id of answered) carried.open.delete(id);
      await this.#options.write(text);
    }
    if (response.statusCode! >= 400 && carried.open.size > 0) {
      throw refusal(response, "", this.#options.link.carried);
    }
  }

  /** Takes note of a cancellation; true when the daemon need not hear of it. */
  #cancel({ params }: JsonObject): boolean {
    const id = isObject(params) ? JSON.stringify(params.requestId) : "";
    const carried = this.#underWay.get(id);
    if (carried === undefined) return false;
    carried.cancelled = true;
    if (carried.inSession) return false;
    carried.abort.abort();
    return true;
  }

  #noteAgent({ method, params }: JsonObject): void {
    if (this.#options.signed || this.#options.agentId !== undefined || method !== "tools/call") {
      return;
    }
    const agentId = isObject(params) && isObject(params.arguments) && params.arguments.agent_id;
    if (typeof agentId === "string" && agentId !== "") this.#agentId = agentId;
  }

  /** What the daemon now knows of the session, a later daemon must be told too. */
  #noteState({ method }: JsonObject, text: string): void {
    if (method === "notifications/initialized") void this.#session.listen();
    else if (method === "logging/setLevel") this.#session.setLevel(text);
  }
}

// How one POST of a session is answered: plain JSON, or a stream once there is more to say.

import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/server";
import type { Clock } from "../../core/clock.ts";
import { keepAlive } from "./keep-alive.ts";
import { isRequest } from "./messages.ts";
import { SseStream } from "./sse-stream.ts";

export const KEEP_ALIVE_MS = 15_000;

/** Which answers the client's Accept header allows. */
export interface Accepts {
  json: boolean;
  stream: boolean;
}

export interface ExchangeOptions {
  /** The requests of the POST that want an answer. */
  ids: Iterable<RequestId>;
  /** A batch is answered with an array. */
  batch: boolean;
  accepts: Accepts;
  clock: Clock;
  headers: Record<string, string>;
  /** Called when the client goes away before the last result. */
  onAbandoned: () => void;
}

/** A JSON answer is cheaper, so the stream is opened only by a message before the last result. */
export class Exchange {
  readonly response: Promise<Response>;
  readonly #options: ExchangeOptions;
  readonly #open: Set<RequestId>;
  readonly #results: JSONRPCMessage[] = [];
  #respond!: (response: Response) => void;
  #stream: SseStream | undefined;
  #over = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#open = new Set(options.ids);
    this.response = new Promise((resolve) => {
      this.#respond = resolve;
    });
    if (!options.accepts.json) this.#upgrade();
  }

  /** The requests that have no result yet. */
  get open(): ReadonlySet<RequestId> {
    return this.#open;
  }

  /** Whether messages before the result can reach the client. */
  get streams(): boolean {
    return !this.#over && this.#options.accepts.stream;
  }

  /** Sends a message before the result; notifications may be left out when the client lags. */
  send(message: JSONRPCMessage): void {
    if (!this.streams) return;
    const stream = this.#stream ?? this.#upgrade();
    const text = JSON.stringify(message);
    if (isRequest(message)) stream.write("message", text);
    else stream.offer("message", text);
  }

  result(id: RequestId, message: JSONRPCMessage): void {
    if (this.#over || !this.#open.delete(id)) return;
    if (this.#stream !== undefined) this.#stream.write("message", JSON.stringify(message));
    else this.#results.push(message);
    if (this.#open.size === 0) this.#finish();
  }

  /** Gives up a request that was cancelled: it gets no result. */
  cancel(id: RequestId): void {
    if (!this.#over && this.#open.delete(id) && this.#open.size === 0) this.#finish();
  }

  /** The client has gone, or the session ends. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream?.close();
    this.#respond(new Response(null, { status: 499 }));
    this.#options.onAbandoned();
  }

  #finish(): void {
    this.#over = true;
    if (this.#stream !== undefined) return this.#stream.close();
    if (this.#results.length === 0) {
      // All was cancelled. An empty stream is the one answer that holds no result.
      const stream = new SseStream();
      stream.close();
      return this.#respond(stream.response(this.#options.headers));
    }
    const body = this.#options.batch ? this.#results : this.#results[0];
    const headers = { "content-type": "application/json", ...this.#options.headers };
    this.#respond(new Response(JSON.stringify(body), { headers }));
  }

  #upgrade(): SseStream {
    const stream = new SseStream({
      onClose: () => {
        stop();
        if (!this.#over) this.abandon();
      },
    });
    const stop = keepAlive(this.#options.clock, KEEP_ALIVE_MS, () => stream.comment("keep-alive"));
    this.#stream = stream;
    for (const message of this.#results.splice(0)) stream.write("message", JSON.stringify(message));
    this.#respond(stream.response(this.#options.headers));
    return stream;
  }
}

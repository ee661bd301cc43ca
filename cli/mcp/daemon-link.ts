// How the bridge's requests reach the daemon's /mcp, wherever the daemon is at the moment.

import type { IncomingMessage } from "node:http";
import type { DaemonFinder } from "./find-daemon.ts";
import { NotSentError, send } from "./http.ts";

/** How often a request that was not taken in is sent to a daemon found anew. */
const TRIES = 3;

export interface LinkOptions {
  finder: DaemonFinder;
  /** Empty: none. */
  token: string;
  underscoreNames: boolean;
}

export interface LinkRequest {
  method: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
  /** Whose messages the answer may carry, when that is known. */
  agentId?: string | undefined;
  signal: AbortSignal;
}

export class DaemonLink {
  readonly #options: LinkOptions;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Whether a daemon is there now. */
  serves(): Promise<boolean> {
    return this.#options.finder.serves();
  }

  /** Resolves with the head of the answer. A request that may have been taken in goes out once. */
  async request(request: LinkRequest): Promise<IncomingMessage> {
    const { finder, token, underscoreNames } = this.#options;
    for (let tries = 1;; tries++) {
      const base = await finder.url(request.signal);
      const url = new URL(`${base}/mcp`);
      if (underscoreNames) url.searchParams.set("names", "underscore");
      if (request.agentId !== undefined) url.searchParams.set("agent_id", request.agentId);
      try {
        return await send({
          method: request.method,
          url: url.href,
          headers: {
            accept: "application/json, text/event-stream",
            ...(token !== "" && { authorization: `Bearer ${token}` }),
            ...request.headers,
          },
          ...(request.body !== undefined && { body: request.body }),
          signal: request.signal,
        });
      } catch (error) {
        if (!(error instanceof NotSentError)) throw error;
        finder.lost(base);
        if (tries >= TRIES) throw error;
      }
    }
  }
}

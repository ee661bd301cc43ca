// How the bridge's requests reach the daemon's /mcp, wherever the daemon is at the moment.

import type { Agent, IncomingMessage } from "node:http";
import { challenge, ImpostorError } from "../../server/challenge.ts";
import type { ClientToken } from "../../server/settings/agent-token.ts";
import type { DaemonFinder, FoundDaemon } from "./find-daemon.ts";
import { NotSentError, send } from "./http.ts";

/** How often a request that was not taken in is sent to a daemon found anew. */
const TRIES = 3;

export interface LinkOptions {
  finder: DaemonFinder;
  carried: ClientToken;
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

  /** The token that its requests have. */
  get carried(): ClientToken {
    return this.#options.carried;
  }

  /** Whether a daemon is there now. */
  serves(): Promise<boolean> {
    return this.#options.finder.serves();
  }

  /** Resolves with the head of the answer. A request that may have been taken in goes out once. */
  async request(request: LinkRequest): Promise<IncomingMessage> {
    const { finder, carried: { token }, underscoreNames } = this.#options;
    for (let tries = 1;; tries++) {
      const found = await finder.find(request.signal);
      const url = new URL(`${found.url}/mcp`);
      if (underscoreNames) url.searchParams.set("names", "underscore");
      if (request.agentId !== undefined) url.searchParams.set("agent_id", request.agentId);
      try {
        return await send({
          agent: await this.#proven(found, request.signal),
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
        finder.lost(found.url);
        if (tries >= TRIES) throw error;
      }
    }
  }

  /** A connection to the daemon that has proved itself; undefined for one that the user named. */
  async #proven(found: FoundDaemon, signal: AbortSignal): Promise<Agent | undefined> {
    const { url, daemon } = found;
    if (daemon === "vouched") return undefined;
    if (daemon !== undefined) {
      return await challenge(daemon, signal).catch((error) => {
        if (signal.aborted) throw error;
        const why = error instanceof ImpostorError ? "" : `cannot connect to ${url}: `;
        throw new NotSentError(`${why}${error.message || error.code}`, { cause: error });
      });
    }
    throw new NotSentError(
      `the daemon at ${url} is of an older version and cannot prove that it is yours: restart it, ` +
        "or vouch for it with --url or OPCODE_URL",
    );
  }
}

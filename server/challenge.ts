// How a client makes sure that it speaks to the daemon of a daemon.json before it says anything.

import { Agent, get, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { isProof, newSecret, PROOF_PATH } from "./proof.ts";

/** What is known of a daemon that can prove itself. */
export interface ProvingDaemon {
  url: string;
  pid: number;
  key: string;
}

/** Whatever listens there should have answered by then. */
const PATIENCE_MS = 10_000;
/** Characters of an answer that is one. */
const MOST_ANSWER = 4_096;

/** Somebody else listens where the daemon should. Its message says what was not done. */
export class ImpostorError extends Error {
  override readonly name = "ImpostorError";
}

/**
 * Connects and lets the daemon prove itself. The answer is an agent with that one connection, and no
 * other: what is sent through it goes to the daemon or nowhere. To be destroyed by the caller.
 * Throws ImpostorError, or the error of a connection that did not come to be.
 */
export async function challenge(daemon: ProvingDaemon, signal?: AbortSignal): Promise<Agent> {
  const agent = new OneConnection();
  try {
    if (await proves(daemon, agent, signal)) return agent;
  } catch (error) {
    agent.destroy();
    throw error;
  }
  agent.destroy();
  const { port } = new URL(daemon.url);
  throw new ImpostorError(
    `what answers at ${daemon.url} is not the daemon of this data directory (process ` +
      `${daemon.pid}) and was sent neither token nor request: find it (ss -ltnp 'sport = :${port}', ` +
      `or lsof -i :${port}), stop it, and start the daemon again`,
  );
}

/** Whether the daemon is there and proves itself; never throws. */
export async function isThere(daemon: ProvingDaemon, signal?: AbortSignal): Promise<boolean> {
  try {
    (await challenge(daemon, signal)).destroy();
    return true;
  } catch {
    return false;
  }
}

class OneConnection extends Agent {
  #made = false;

  constructor() {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(...args: Parameters<Agent["createConnection"]>): Duplex {
    if (this.#made) throw new Error("the connection on which the daemon proved itself is gone");
    this.#made = true;
    return super.createConnection(...args)!;
  }
}

function proves(
  { url, key }: ProvingDaemon,
  agent: Agent,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const nonce = newSecret();
  const late = AbortSignal.timeout(PATIENCE_MS);
  return new Promise((resolve, reject) => {
    const sent = get(`${url}${PROOF_PATH}?nonce=${nonce}`, {
      agent,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    }, async (response) => {
      const { socket } = response;
      try {
        const body = await shortJson(response);
        resolve(response.statusCode === 200 && isProof(body, { key, nonce, socket }));
      } catch {
        // Neither JSON nor short, or never ending: no daemon answers so.
        resolve(false);
      }
    });
    let connected = false;
    sent.on("socket", (socket) => socket.once("connect", () => connected = true));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // It took the connection and said nothing that is HTTP, or nothing at all.
      if (connected && !signal?.aborted) resolve(false);
      else reject(error);
    });
  });
}

async function shortJson(response: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MOST_ANSWER) throw new Error("too long");
  }
  return JSON.parse(text);
}

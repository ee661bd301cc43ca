// How much of requests' bodies may be in the process at once, until the engine has taken it over.

import type { IncomingMessage } from "node:http";
import { getHeapStatistics } from "node:v8";
import type { Context, MiddlewareHandler } from "hono";
import { OpcodeError } from "../core/errors.ts";
import { bodyWeight } from "./body-weight.ts";
import { BodyError } from "./body-error.ts";

/** Of the heap, what bodies and the values in them may take. */
const HEAP_PART = 1 / 4;
/** How often all that may take one body alone, when it is let through as the only one. */
const MOST_PARTS = 2;
/** Bytes of a body that is not counted: there are no more of them than connections. */
const SMALL = 4 * 1024;
/** How long it is looked at, once there is no room, how much of each body comes, ms. */
const LOOKED_AT_MS = 1_000;
/** Bytes that come of it meanwhile unless it is given up for others. */
const LEAST = 16 * 1024;
/**
 * What has no answer after so long waits for a run, which is counted elsewhere, ms. Much longer than
 * a slow machine may take to go through the largest body.
 */
const HANDLING_MS = 60_000;

/** What brings a body. */
export interface Sender {
  /** Bytes that have come so far, perhaps of others before it as well. */
  received(): number;
  /** Ends the request. */
  giveUp(): void;
}

/** One body on its way in. */
export interface Ticket {
  /**
   * All bytes are here: waits until there is room for what they will be as a value. Throws
   * BodyError when that would be more than a single body may take.
   */
  arrived(json: Uint8Array): Promise<void>;
  /** It is of no more concern; harmless when repeated. */
  leave(): void;
}

/** Of a small body, or none. */
const FREE: Ticket = { arrived: () => Promise.resolve(), leave() {} };

export class Intake {
  readonly #most: number;
  #weight = 0;
  /** Bodies that have become values. */
  #open = 0;
  /** In the order in which they began to come. */
  readonly #receiving = new Set<Body>();
  #looking = false;
  #waiting: { body: Body; weight: number; pass: () => void }[] = [];

  /** `most`: bytes; by default a quarter of what the heap may grow to. */
  constructor(most = Math.floor(getHeapStatistics().heap_size_limit * HEAP_PART)) {
    this.#most = most;
  }

  /** Bytes that are accounted for. */
  get weight(): number {
    return this.#weight;
  }

  /**
   * Makes room for a body of so many bytes. Throws BUSY when there is none; those that hardly come are
   * given up then, so that there is some for who tries again.
   */
  enter(bytes: number, sender: Sender): Ticket {
    if (bytes <= SMALL) return FREE;
    if (this.#weight > 0 && this.#weight + bytes > this.#most) {
      this.#lookForIdle();
      throw new OpcodeError("BUSY", "too many bytes of requests are under way", {
        details: { limit: this.#most, retry_after_ms: LOOKED_AT_MS },
      });
    }
    const body = new Body(this, { weight: bytes, sender });
    this.#weight += bytes;
    this.#receiving.add(body);
    return body;
  }

  async arrived(body: Body, json: Uint8Array): Promise<void> {
    if (!this.#receiving.delete(body)) return;
    const weight = bodyWeight(json);
    if (weight > MOST_PARTS * this.#most) {
      throw new BodyError("holds more values than there is memory for");
    }
    if (this.#fits(weight - body.weight)) return this.#openUp(body, weight);
    await new Promise<void>((pass) => this.#waiting.push({ body, weight, pass }));
  }

  leave(body: Body): void {
    this.#receiving.delete(body);
    this.#weight -= body.weight;
    body.weight = 0;
    if (body.open) this.#open--;
    body.open = false;
    for (let next; (next = this.#waiting[0]) && this.#fits(next.weight - next.body.weight);) {
      this.#waiting.shift();
      this.#openUp(next.body, next.weight);
      next.pass();
    }
  }

  #fits(more: number): boolean {
    return this.#open === 0 || this.#weight + more <= this.#most;
  }

  #openUp(body: Body, weight: number): void {
    this.#open++;
    this.#weight += weight - body.weight;
    body.weight = weight;
    body.open = true;
    setTimeout(() => body.leave(), HANDLING_MS).unref();
  }

  #lookForIdle(): void {
    if (this.#looking) return;
    this.#looking = true;
    const before = [...this.#receiving].map((body) => ({ body, bytes: body.sender.received() }));
    // What lies ready is read first: a process that was busy may have looked at nobody meanwhile.
    const look = () => {
      this.#looking = false;
      for (const { body, bytes } of before) {
        if (!this.#receiving.has(body) || body.sender.received() - bytes >= LEAST) continue;
        body.leave();
        body.sender.giveUp();
      }
    };
    setTimeout(() => setImmediate(look), LOOKED_AT_MS).unref();
  }
}

class Body implements Ticket {
  readonly #intake: Intake;
  readonly sender: Sender;
  /** Bytes that it is counted as. */
  weight: number;
  open = false;

  constructor(intake: Intake, { weight, sender }: { weight: number; sender: Sender }) {
    this.#intake = intake;
    this.weight = weight;
    this.sender = sender;
  }

  arrived(json: Uint8Array): Promise<void> {
    return this.#intake.arrived(this, json);
  }

  leave(): void {
    this.#intake.leave(this);
  }
}

/** Counts the bodies of all requests; `ticketOf` says which ticket a request has. */
export function countBodies({ intake, maxBody }: { intake: Intake; maxBody: number }) {
  const middleware: MiddlewareHandler = async (c, next) => {
    const bytes = Math.min(claimedBytes(c), maxBody);
    if (bytes <= SMALL) return await next();
    const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
    let ticket: Ticket = FREE;
    try {
      ticket = intake.enter(bytes, {
        received: () => incoming?.socket.bytesRead ?? 0,
        giveUp: () => incoming?.destroy(),
      });
      c.set("ticket", ticket);
      await next();
    } catch (refused) {
      // Read to its end, and dropped: who still sends would not hear the answer.
      if (ticket === FREE && incoming) await dropped(incoming);
      throw refused;
    } finally {
      ticket.leave();
    }
  };
  return middleware;
}

function dropped(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (incoming.complete || incoming.destroyed) return resolve();
    incoming.once("close", resolve).once("end", resolve).once("error", () => {}).resume();
  });
}

/** The ticket of the request's body. */
export function ticketOf(c: Context): Ticket {
  return c.get("ticket") ?? FREE;
}

/** What a request says it carries; Infinity when it does not say. */
function claimedBytes(c: Context): number {
  const { method } = c.req;
  if (method === "GET" || method === "HEAD") return 0;
  if (c.req.header("transfer-encoding") !== undefined) return Infinity;
  return Number(c.req.header("content-length") ?? 0);
}

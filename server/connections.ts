// Which connections the daemon keeps when more come than it has room for, and which it gives up.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { getHeapStatistics } from "node:v8";
import type { Logger } from "../core/log.ts";

export interface ConnectionTimes {
  /** A connection that has not asked anything for so long may be closed for a new one, ms. */
  silentMs: number;
  /** So may one whose request does not come to its end, ms. */
  receivingMs: number;
  /** A request, or an answer, of which nothing moves for so long is given up, ms. */
  stallMs: number;
}

const TIMES: ConnectionTimes = { silentMs: 250, receivingMs: 2_000, stallMs: 20_000 };

/** Requests of one connection (pipelined) that may be without an answer at once. */
const MOST_PIPELINED = 64;
/** Connections whose request is looked at again when room is needed. */
const MOST_LOOKED_AT = 64;
/** How often what stalls and what is not read is looked for, ms. */
const SWEEP_MS = 1_000;
/** Of the heap, what answers may take that wait to be read. */
const UNREAD_PART = 1 / 8;
/** The log says at most this often that there was no room, ms. */
const TELL_MS = 10_000;

const BUSY = JSON.stringify({
  error: { code: "BUSY", message: "too many connections or requests at once: try again later" },
});
const HEAD = "Content-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n" +
  `Content-Length: ${BUSY.length}\r\n\r\n`;
const REFUSAL = `HTTP/1.1 503 Service Unavailable\r\n${HEAD}${BUSY}`;

interface Connection {
  socket: Socket;
  /** Requests without a whole answer. */
  underWay: number;
  /** The newest request. */
  request: IncomingMessage | undefined;
  /** Since when it is in its set, by the monotonic clock. */
  since: number;
  /** Bytes that had come when its request was last looked at, and when that was. */
  received: number;
  lookedAt: number;
  set: Set<Connection>;
}

/**
 * The connections of one daemon, over all its servers. Those that wait for nothing are closed for
 * new ones when there is no more room, the silent ones first, then the longest unused; where all
 * wait for an answer the new one is refused with 503.
 */
export class Connections {
  readonly #most: number;
  readonly #log: Logger;
  readonly #times: ConnectionTimes;
  readonly #all = new Map<Socket, Connection>();
  /** Each in the order in which they came to be so: never asked anything, asked and were answered. */
  readonly #silent = new Set<Connection>();
  readonly #idle = new Set<Connection>();
  /** A request of theirs had not come to its end when it was last looked at. */
  readonly #receiving = new Set<Connection>();
  readonly #answering = new Set<Connection>();
  #requests = 0;
  #toldAt = -Infinity;
  readonly #untold = { closed: 0, refused: 0 };
  readonly #sweep: NodeJS.Timeout;
  readonly #mostUnread: number;

  /** `mostUnread`: bytes of answers that may wait to be read; by default an eighth of the heap. */
  constructor(
    options: { most: number; log: Logger; times?: ConnectionTimes; mostUnread?: number },
  ) {
    this.#most = options.most;
    this.#mostUnread = options.mostUnread ??
      Math.floor(getHeapStatistics().heap_size_limit * UNREAD_PART);
    this.#log = options.log;
    this.#times = options.times ?? TIMES;
    const sweep = () => {
      this.#dropStalled();
      this.#dropUnread();
    };
    this.#sweep = setInterval(sweep, Math.min(SWEEP_MS, this.#times.stallMs / 4)).unref();
  }

  get size(): number {
    return this.#all.size;
  }

  /** Counts the connections of this server from now on; `listener` gets the requests let through. */
  watch(server: Server, listener: RequestListener): void {
    server.on("connection", (socket: Socket) => this.#connected(socket));
    // With a listener of its own a server closes no connection for being quiet.
    server.on("timeout", (socket: Socket) => this.#quiet(socket));
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      if (this.#begins(request, response)) listener(request, response);
    });
  }

  close(): void {
    clearInterval(this.#sweep);
  }

  #connected(socket: Socket): void {
    if (this.#all.size >= this.#most && !this.#makeRoom()) {
      this.#untold.refused++;
      this.#tell();
      return lastWords(socket);
    }
    const now = performance.now();
    const set = this.#silent;
    const connection: Connection = {
      socket,
      underWay: 0,
      request: undefined,
      since: now,
      received: 0,
      lookedAt: now,
      set,
    };
    set.add(connection);
    this.#all.set(socket, connection);
    socket.once("close", () => this.#forget(connection));
  }

  #forget(connection: Connection): void {
    connection.set.delete(connection);
    connection.request = undefined;
    this.#all.delete(connection.socket);
  }

  #move(connection: Connection, set: Set<Connection>): void {
    connection.set.delete(connection);
    connection.set = set;
    connection.since = performance.now();
    if (this.#all.has(connection.socket)) set.add(connection);
  }

  /** False when it was refused: the caller has been told. */
  #begins(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#all.get(request.socket);
    if (
      connection === undefined || connection.underWay >= MOST_PIPELINED ||
      this.#requests >= 2 * this.#most
    ) {
      response.writeHead(503, {
        "content-type": "application/json",
        "retry-after": "1",
        connection: "close",
      });
      response.end(BUSY);
      return false;
    }
    this.#requests++;
    connection.underWay++;
    connection.request = request;
    connection.received = request.socket.bytesRead;
    this.#move(connection, this.#receiving);
    connection.lookedAt = connection.since;
    // Counts what the socket takes, too: a reader that is slow but reads goes on.
    request.socket.setTimeout(this.#times.stallMs);
    response.once("close", () => {
      this.#requests--;
      if (--connection.underWay > 0) return;
      connection.request = undefined;
      this.#move(connection, this.#idle);
    });
    return true;
  }

  /** Nothing came or went for a while. */
  #quiet(socket: Socket): void {
    const connection = this.#all.get(socket);
    if (connection === undefined || connection.underWay === 0) socket.destroy();
    // An answer that nobody takes.
    else if (socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(this.#times.stallMs);
  }

  /** Closes a connection that nobody would miss; false when there is none. */
  #makeRoom(): boolean {
    const now = performance.now();
    const { silentMs, receivingMs } = this.#times;
    const victim = longest(this.#silent, now - silentMs) ?? longest(this.#idle, now - silentMs) ??
      this.#slowest(now - receivingMs);
    if (victim === undefined) return false;
    this.#forget(victim);
    lastWords(victim.socket);
    this.#untold.closed++;
    this.#tell();
    return true;
  }

  /** The one whose request has been coming in for longest, and since before then. */
  #slowest(before: number): Connection | undefined {
    let looked = 0;
    for (const connection of this.#receiving) {
      if (++looked > MOST_LOOKED_AT) return undefined;
      if (connection.request?.complete) this.#move(connection, this.#answering);
      else return connection.since <= before ? connection : undefined;
    }
    return undefined;
  }

  /** Gives up requests of which nothing more comes. */
  #dropStalled(): void {
    const now = performance.now();
    for (const connection of this.#receiving) {
      const { socket, request } = connection;
      if (request?.complete) this.#move(connection, this.#answering);
      else if (socket.bytesRead !== connection.received) {
        connection.received = socket.bytesRead;
        connection.lookedAt = now;
      } else if (now - connection.lookedAt >= this.#times.stallMs) socket.destroy();
    }
    if (this.#untold.closed + this.#untold.refused > 0) this.#tell();
  }

  /** Gives up the largest answers that nobody takes, when all together take too much memory. */
  #dropUnread(): void {
    let unread = 0;
    const lagging: Connection[] = [];
    for (const connection of this.#all.values()) {
      if (connection.socket.writableLength === 0) continue;
      unread += connection.socket.writableLength;
      lagging.push(connection);
    }
    if (unread <= this.#mostUnread) return;
    lagging.sort((a, b) => b.socket.writableLength - a.socket.writableLength);
    for (const { socket } of lagging) {
      if (unread <= this.#mostUnread) break;
      unread -= socket.writableLength;
      this.#untold.closed++;
      socket.destroy();
    }
    this.#tell();
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    this.#log.warn("no room for more connections: some were closed or refused", {
      limit: this.#most,
      ...this.#untold,
    });
    this.#untold.closed = this.#untold.refused = 0;
  }
}

/** The first, which is there the longest, if it is since before then. */
function longest(set: Set<Connection>, before: number): Connection | undefined {
  for (const first of set) return first.since <= before ? first : undefined;
  return undefined;
}

/** Says why, as far as the other side reads it, and closes at once. */
function lastWords(socket: Socket): void {
  socket.on("error", () => {});
  if (socket.writableLength === 0) socket.write(REFUSAL);
  socket.destroySoon();
}

// How the port is held: bound before anything else, answering "starting" until there is an app.

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import { bindHost, type ListenAddress } from "./address.ts";
import type { Connections } from "./connections.ts";
import { listenOnOther, meansBothLoopbacks } from "./loopbacks.ts";
import { StartError } from "./start-error.ts";
import { LARGEST_HEAD, refuseUnreadable } from "./unreadable.ts";

export interface Door {
  port: number;
  /** From now on requests go to this listener. */
  open(listener: RequestListener): void;
  /** Stops listening; connections still busy after `graceMs` are cut. */
  close(graceMs: number): Promise<void>;
}

const CUT_AGAIN_MS = 100;

/** A client may be slow to read or to wait, not to send. */
const TIMES = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * How long a connection is kept that is not in use, as each answer says (`Keep-Alive: timeout=65`), and how
 * much longer in truth: who sends something in the last second of it still finds the connection open.
 */
const KEPT = { keepAliveTimeout: 65_000, keepAliveTimeoutBuffer: 10_000 };

/** Binds the address; throws StartError saying what to do when it cannot be had. */
export async function bindDoor(
  address: ListenAddress,
  { starting, connections, times = TIMES }: {
    /** Gets the requests until the door is opened. */
    starting: RequestListener;
    connections: Connections;
    times?: typeof TIMES;
  },
): Promise<Door> {
  let listener = starting;
  const server = createServer({ ...times, ...KEPT, maxHeaderSize: LARGEST_HEAD });
  server.on("clientError", refuseUnreadable);
  connections.watch(server, (request, response) => listener(request, response));
  const other = await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    open: (next) => listener = next,
    close(graceMs) {
      return new Promise((resolve) => {
        // Again and again: a connection that was being accepted is not among the first ones.
        let again: ReturnType<typeof setInterval> | undefined;
        const cut = setTimeout(() => {
          server.closeAllConnections();
          again = setInterval(() => server.closeAllConnections(), CUT_AGAIN_MS);
        }, graceMs);
        server.close(() => {
          connections.close();
          clearTimeout(cut);
          clearInterval(again);
          resolve();
        });
        other?.close();
        server.closeIdleConnections();
      });
    },
  };
}

/** How often another port is tried when the system's choice is free on one loopback only. */
const OTHER_PORTS = 20;

/** Listens; returns what listens beside the server, where `localhost` means two addresses. */
async function listen(server: Server, address: ListenAddress): Promise<NetServer | undefined> {
  for (let tries = 1;; tries++) {
    await listenOn(server, address);
    if (!meansBothLoopbacks(address.host)) return undefined;
    const { port } = server.address() as AddressInfo;
    try {
      return await listenOnOther(server, port);
    } catch (error) {
      await new Promise((resolve) => server.close(resolve));
      if (address.port === 0 && tries < OTHER_PORTS) continue;
      throw new StartError(explainOther(error as NodeJS.ErrnoException, port), { cause: error });
    }
  }
}

function listenOn(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      reject(new StartError(explain(error, host, port), { cause: error }));
    };
    server.once("error", failed);
    server.listen({ host: bindHost(host), port }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** A client that asks `localhost` would reach whoever has the other address, and send it the token. */
function explainOther(error: NodeJS.ErrnoException, port: number): string {
  if (error.code !== "EADDRINUSE") return `port ${port} of ::1 cannot be bound: ${error.message}`;
  return `port ${port} of ::1 is in use by another process, which "localhost" may mean: find it ` +
    `(ss -ltnp 'sport = :${port}', or lsof -i :${port}) and stop it, take another port with ` +
    `--listen-addr, or take --listen-addr 127.0.0.1:${port} and never say "localhost"`;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  const place = `port ${port} of ${bindHost(host)}`;
  switch (error.code) {
    case "EADDRINUSE":
      return `${place} is in use: find its owner (ss -ltnp 'sport = :${port}', or lsof -i :${port}) ` +
        `and stop it, or take another port with --listen-addr`;
    case "EACCES":
      return `${place} may not be bound by this user: take a port above 1023 with --listen-addr`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `listen_addr: ${host} is not an address of this machine`;
    default:
      return `${place} cannot be bound: ${error.message}`;
  }
}

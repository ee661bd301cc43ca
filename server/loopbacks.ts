// How the port is held on both loopback addresses where `localhost` may mean either.

import type { Server } from "node:http";
import { createServer, type Server as NetServer } from "node:net";

/** Whether the host of a listen address stands for both loopbacks. */
export function meansBothLoopbacks(host: string): boolean {
  return host === "" || host === "localhost";
}

/**
 * Takes `[::1]:port`, too, and hands what connects there to the server. Undefined on a machine
 * without IPv6; rejects with the system's error when the address cannot be had, EADDRINUSE when
 * somebody else has it.
 */
export function listenOnOther(server: Server, port: number): Promise<NetServer | undefined> {
  const other = createServer(
    { allowHalfOpen: true, noDelay: true },
    (socket) => server.emit("connection", socket),
  );
  return new Promise((resolve, reject) => {
    other.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT") resolve(undefined);
      else reject(error);
    });
    other.listen({ host: "::1", port, ipv6Only: true }, () => resolve(other));
  });
}

// A way to a server on a Unix socket that cuts some of the connections, at any moment.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** How often it is decided of each connection whether it is cut, ms. */
const EVERY_MS = 200;

export interface CuttingProxy {
  port: number;
  /** How many have been cut. */
  readonly cut: number;
  /** The part of the connections that is cut from now on each time; 0: none. */
  share: number;
  close(): Promise<void>;
}

export async function startCuttingProxy(
  socket: string,
  random: () => number,
): Promise<CuttingProxy> {
  const open = new Set<() => void>();
  const server = createServer((near) => {
    const far = connect(socket);
    const end = () => {
      open.delete(end);
      near.destroy();
      far.destroy();
    };
    open.add(end);
    for (const side of [near, far] as Socket[]) side.on("error", end).on("close", end);
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = {
    port: (server.address() as AddressInfo).port,
    cut: 0,
    share: 0,
    async close() {
      clearInterval(timer);
      for (const end of open) end();
      server.close();
      await once(server, "close");
    },
  };
  const timer = setInterval(() => {
    for (const end of open) {
      if (random() >= proxy.share) continue;
      proxy.cut++;
      end();
    }
  }, EVERY_MS);
  return proxy;
}

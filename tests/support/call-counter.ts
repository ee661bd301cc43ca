// A web server that counts its calls by idempotency key: how often each attempt really happened.

import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export interface CallCounter {
  url: string;
  /** Calls by `run:step:attempt`. */
  calls: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** `delay`: milliseconds before each answer. */
export async function startCallCounter(delay: () => number): Promise<CallCounter> {
  const calls = new Map<string, number>();
  const server = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    calls.set(key, (calls.get(key) ?? 0) + 1);
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end('{"ok":true}');
    }, delay());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

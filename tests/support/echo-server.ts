// A web server that keeps what it was sent, and gives all of it back.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface EchoServer {
  url: string;
  /** Header lines and body of each request, as text. */
  received: string[];
  close(): Promise<void>;
}

export async function startEchoServer(): Promise<EchoServer> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = await text(request);
    received.push(JSON.stringify({ method, url, headers, body }));
    response.setHeader("content-type", "application/json");
    response.statusCode = url?.startsWith("/fail") ? 500 : 200;
    response.end(JSON.stringify({ url, headers, body }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

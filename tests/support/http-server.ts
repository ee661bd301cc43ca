// Servers on the loopback interface that http actions talk to in tests.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { afterwards, type Cleanup } from "./daemon.ts";

export interface TestServer {
  /** `http://127.0.0.1:1234`, without a slash at its end. */
  url: string;
  port: number;
  /** What was asked of it so far, in order. */
  requests: IncomingMessage[];
  /** Connections so far. */
  connections(): number;
}

/** An HTTP server, gone with all its connections after the test. */
export async function httpServer(
  t: Cleanup,
  listener: RequestListener,
  options: { address?: string; tls?: TlsOptions } = {},
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const serve: RequestListener = (request, response) => {
    requests.push(request);
    listener(request, response);
  };
  const server: Server = options.tls
    ? createTlsServer(options.tls, serve) as unknown as Server
    : createServer(serve);
  server.on("connection", () => connections++);
  const address = options.address ?? "127.0.0.1";
  server.listen(0, address);
  await once(server, "listening");
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls ? "https" : "http";
  return {
    url: `${scheme}://${address}:${port}`,
    port,
    requests,
    connections: () => connections,
  };
}

/** A server that says what it likes, byte by byte; each connection is cut after the test. */
export async function tcpServer(t: Cleanup, greet: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    // The other side may go at any time.
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    greet(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

/** A key and a certificate for `localhost` that nobody has signed but itself. */
export function selfSigned(): { key: Buffer; cert: Buffer } {
  const dir = mkdtempSync(join(tmpdir(), "opcode-tls-"));
  try {
    const [key, cert] = [join(dir, "key"), join(dir, "cert")];
    // deno-fmt-ignore
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
      "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

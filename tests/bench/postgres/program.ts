// What the programs of the peers have in common: where their packages are, and the HTTP server in front.

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";

const peers = createRequire(new URL("../../../peers/package.json", import.meta.url));

/** A package of `peers/`, which has no types here: it is installed by this benchmark alone. */
export async function importPeer(name: string): Promise<Record<string, any>> {
  return await import(pathToFileURL(peers.resolve(name)).href);
}

/**
 * Answers each POST once its run has ended, and prints its port. Ends with `stop` on SIGTERM, and at once
 * with whoever has started it.
 */
export async function serveRuns(
  run: () => Promise<string>,
  stop: () => Promise<void>,
): Promise<void> {
  const server = createServer(async (request, response) => {
    request.resume();
    await once(request, "end");
    try {
      const output = await run();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "completed", output }));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.stdin.resume().once("end", () => process.exit(1));
  process.once("SIGTERM", async () => {
    server.close();
    server.closeAllConnections();
    await stop();
    process.exit(0);
  });
  console.log(`port ${(server.address() as AddressInfo).port}`);
}

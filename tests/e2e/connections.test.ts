// Whether somebody who holds connections can keep others, or the daemon's own work, from descriptors.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { httpServer } from "../support/http-server.ts";
import { holdSockets, settledSockets } from "../support/sockets.ts";

const DESCRIPTORS = 256;

describe("with 256 descriptors and more connections than that, the daemon", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let url: string;
  before(async () => {
    const place = tempHome(cleanup);
    const upstream = await httpServer(cleanup, (_, response) => void response.end("fine"));
    writeFileSync(join(place, "file"), "text");
    daemon = await spawnDaemon(cleanup, { descriptors: DESCRIPTORS, heapMiB: 256 });
    url = daemon.url;
    await defineTemplate(url, "work", [
      { id: "read", action: "fs.read", params: { path: join(place, "file") } },
      { id: "write", action: "fs.write", params: { path: join(place, "out"), content: "x" } },
      { id: "cat", action: "shell.exec", params: { command: "cat", stdin: "through" } },
      { id: "get", action: "http.get", params: { url: upstream.url } },
    ]);
  });

  /** Another agent's run, on a connection of its own; a refusal that says "later" is obeyed. */
  async function work(t: TestContext): Promise<void> {
    const request = { template_name: "work", agent_id: "other", wait_ms: 30_000 };
    const headers = { connection: "close" };
    for (let tries = 1;; tries++) {
      const answer = await rest(url, "POST", "/api/v1/runs", request, headers).catch(() => null);
      if (answer?.status === 200) {
        t.diagnostic(`answered at try ${tries}; ${open(daemon.pid)} descriptors`);
        assert.equal(answer.body.status, "completed", JSON.stringify(answer.body.error));
        return;
      }
      assert.ok(tries < 200, JSON.stringify(answer?.body));
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  const head =
    "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const stream = "GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const attacks: Record<string, string> = {
    "say nothing": "",
    "begin a head": "GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "stall in a body": `${head}Content-Length: 100000\r\n\r\n{"template_name":`,
    "follow events without reading": stream,
    "wait for log lines":
      "GET /api/v1/logs?after=99999999&wait_ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "open the older MCP stream": "GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "have had an answer": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
  };
  for (const [name, text] of Object.entries(attacks)) {
    test(`serves others while 1,000 ${name}`, async (t) => {
      const sockets = holdSockets(t, { url, count: 1_000, text });
      await settledSockets(sockets);
      await work(t);
      assert.ok(open(daemon.pid) < DESCRIPTORS - 32, "a reserve is left");
    });
  }

  test("says in its log that there was no room, and has had no error", async () => {
    const lines = daemon.log().trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.some(({ msg }) => msg.startsWith("no room for more connections")));
    assert.deepEqual(lines.filter(({ level }) => level === "error"), []);
    assert.equal(await daemon.stop(), 0);
  });
});

/** Descriptors that a process has open. */
function open(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

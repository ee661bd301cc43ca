// Whether many large requests at once can fill the heap of a daemon, on any way in.

import assert from "node:assert/strict";
import { before, describe, test, type TestContext } from "node:test";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { mcpSession } from "../support/raw-mcp.ts";
import { startHealthProbe } from "../support/health-probe.ts";
import { holdSockets, settledSockets } from "../support/sockets.ts";

const MIB = 1024 * 1024;
/** `HEAVY=1`: eight times as many, on every way in. */
const HEAVY = process.env.HEAVY === "1";
const COUNT = HEAVY ? 200 : 25;
/** Nearly 4 MiB of JSON that takes 22 times as much as a value. */
const BOMB = `[${"{},".repeat((4 * MIB - 1024) / 3)}{}]`;

describe("a daemon with 256 MiB of heap", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let url: string;
  before(async () => {
    daemon = await spawnDaemon(cleanup, { heapMiB: 256 });
    url = daemon.url;
    await defineTemplate(url, "small", [{ id: "a", action: "crypto.uuid" }]);
  });

  /** Another agent's run, started again where it is told to come later. */
  async function smallRun(): Promise<void> {
    const request = { template_name: "small", agent_id: "other", wait_ms: 30_000 };
    for (;;) {
      const { status, body } = await rest(url, "POST", "/api/v1/runs", request);
      if (status === 503) continue;
      assert.equal(body?.status, "completed", `${status} ${JSON.stringify(body)}`);
      return;
    }
  }

  async function during(t: TestContext, attack: Promise<number[]>): Promise<void> {
    const probe = startHealthProbe(url);
    const over = attack.then(() => true);
    do await smallRun(); while (!await Promise.race([over, Promise.resolve(false)]));
    const { p99, max, failed } = await probe.stop();
    const statuses = Object.entries(Object.groupBy(await attack, String))
      .map(([status, all]) => `${all!.length} × ${status}`);
    t.diagnostic(
      `${statuses.join(", ")}; /healthz p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`,
    );
    assert.equal(failed, 0);
    assert.equal(daemon.child.exitCode, null);
  }

  const many = (send: () => Promise<{ status: number }>) =>
    Promise.all(Array.from({ length: COUNT }, () => send().then(({ status }) => status, () => 0)));

  test("refuses what it has no room for, of params that are none", async (t) => {
    const body = `{"template_name":"none","agent_id":"a","params":{"x":${BOMB}}}`;
    await during(t, many(() => rest(url, "POST", "/api/v1/runs", body)));
  });

  test("of definitions that are none", { skip: !HEAVY }, async (t) => {
    const body = `{"name":"bad","agent_id":"a","definition":${BOMB}}`;
    await during(t, many(() => rest(url, "POST", "/api/v1/templates", body)));
  });

  test("of calls of tools", { skip: !HEAVY }, async (t) => {
    const session = await mcpSession(url);
    let id = 0;
    const call = () =>
      `{"jsonrpc":"2.0","id":${++id},"method":"tools/call","params":{"name":"opcode.run",` +
      `"arguments":{"template_name":"none","agent_id":"a","params":{"x":${BOMB}}}}}`;
    await during(t, many(() => rest(url, "POST", "/mcp", call(), session)));
  });

  test("and of bodies that do not come to their end", async (t) => {
    const head = "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n" +
      `Content-Type: application/json\r\nContent-Length: ${4 * MIB}\r\n\r\n[`;
    const sockets = holdSockets(t, { url, count: 200, text: head });
    await settledSockets(sockets);
    const large = `{"template_name":"small","agent_id":"a","params":{"x":"${"x".repeat(MIB)}"}}`;
    const started = async () => {
      for (;;) {
        const answer = await rest(url, "POST", "/api/v1/runs", large);
        if (answer.status !== 503) return answer;
      }
    };
    await during(t, started().then(({ status }) => [status]));
  });

  test("and has logged no error", async () => {
    const errors = daemon.log().split("\n").filter((line) => line.includes('"level":"error"'));
    assert.deepEqual(errors, []);
    assert.equal(await daemon.stop(), 0);
  });
});

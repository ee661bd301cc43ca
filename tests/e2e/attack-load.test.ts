// Whether the daemon keeps answering while somebody does their worst; none of it may succeed.
//
// Each attack prints how long /healthz took meanwhile. `STRICT=1 npm test -- e2e/attack-load` on a
// machine with nothing else to do also requires 99 of 100 answers within 50 ms, except under the
// last three, which are heavy use rather than attacks.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { before, describe, test, type TestContext } from "node:test";
import { nested, raw } from "../support/attack.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { startHealthProbe } from "../support/health-probe.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { assertGroupDies, stubbornTree, treeOf } from "../support/processes.ts";
import { mcpSession } from "../support/raw-mcp.ts";

const STRICT = process.env.STRICT === "1";
/** Of 99 in 100 answers on /healthz, ms. */
const BAR_MS = 50;
const MIB = 1024 * 1024;

describe("while it is attacked, the daemon", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let url: string;
  before(async () => {
    daemon = await spawnDaemon(cleanup);
    url = daemon.url;
  });

  /** Runs the attack under the probe's eyes. */
  async function during<T>(
    t: TestContext,
    attack: () => Promise<T>,
    options: { heavyUse?: boolean } = {},
  ): Promise<T> {
    const probe = startHealthProbe(url);
    try {
      return await attack();
    } finally {
      const { answered, failed, p50, p99, max } = await probe.stop();
      const rss = Math.round(memory(daemon.pid) / MIB);
      t.diagnostic(
        `/healthz ${answered} times: p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, ` +
          `max ${max.toFixed(1)} ms; RSS ${rss} MiB`,
      );
      assert.equal(failed, 0, "answers on /healthz other than 200");
      if (STRICT && !options.heavyUse) assert.ok(p99 <= BAR_MS, `p99 ${p99} ms`);
    }
  }

  async function run(name: string, steps: unknown[]) {
    await defineTemplate(url, name, steps);
    return await runAgain(name);
  }

  async function runAgain(template_name: string) {
    const request = { template_name, agent_id: "attacker", wait_ms: 60_000 };
    return (await rest(url, "POST", "/api/v1/runs", request)).body;
  }

  test("runs expressions that never end", async (t) => {
    const jq = (filter: string) => ({ action: "jq.transform", params: { filter, data: null } });
    const over = (text: string) => ({
      type: "loop",
      config: { over: text, body: [{ id: "x", action: "crypto.uuid" }] },
    });
    const runaways: Record<string, unknown>[] = [
      jq("last(range(infinite))"),
      jq("def f: f; f"),
      jq('"a" * 1e9 | length'),
      over("[.inputs.xs[] | recurse] | last(range(infinite))"),
      {
        condition: "inputs.xs.all(x, inputs.xs.all(y, inputs.xs.all(z, true)))",
        action: "crypto.uuid",
      },
      { action: "expr.eval", params: { expression: "sum(map(1..5000, sum(1..5000)))" } },
    ];
    const xs = Array.from({ length: 1_000 }, (_, n) => n);
    await during(t, async () => {
      for (const [i, step] of runaways.entries()) {
        const name = `runaway-${i}`;
        await defineTemplate(url, name, [{ id: "a", retry: { max: 3 }, ...step }]);
        const { body } = await rest(url, "POST", "/api/v1/runs", {
          template_name: name,
          agent_id: "attacker",
          params: { xs },
          wait_ms: 60_000,
        });
        const { steps } = body as { steps: Record<string, { error?: { code: string } }> };
        t.diagnostic(`${JSON.stringify(step)}: ${JSON.stringify(steps.a!.error)}`);
        assert.match(steps.a!.error!.code, /^(TIMEOUT|EXECUTION)_ERROR$/, name);
      }
    });
  });

  test("drops what a program writes without end", async (t) => {
    const params = { command: "yes", timeout: "3s" };
    const steps = [{ id: "a", action: "shell.exec", params }];
    const flood = () => Promise.all(["flood-a", "flood-b"].map((name) => run(name, steps)));
    for (const { error } of await during(t, flood)) {
      const { code, details } = error.details.cause;
      assert.deepEqual([code, details.killed, details.stdout_truncated], [
        "TIMEOUT_ERROR",
        true,
        true,
      ]);
    }
    assert.ok(memory(daemon.pid) < 1024 * MIB);
  });

  test("drops what a server sends without end", async (t) => {
    const chunk = Buffer.alloc(MIB, "x");
    const server = createServer((_, response) => {
      const more = () => {
        while (response.write(chunk));
        response.once("drain", more);
      };
      response.on("error", () => {}).writeHead(200);
      more();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const params = { url: `http://127.0.0.1:${port}/`, timeout: "5s" };
    // Once before: the first request of a daemon loads its HTTP client.
    await run("stream", [{ id: "a", action: "http.get", params }]);
    await during(t, async () => {
      for (let round = 0; round < 10; round++) {
        const reply = await runAgain("stream");
        assert.equal(reply.status, "completed", JSON.stringify(reply.error));
        assert.equal(reply.steps.a.output?.truncated ?? reply.output?.truncated, true);
      }
    });
  });

  test("kills a tree of 200 processes that does not want to go", async (t) => {
    const place = tempHome(t);
    const params = { ...stubbornTree(place), timeout: "3s" };
    const reply = await during(t, async () => {
      const running = run("tree", [{ id: "a", action: "shell.exec", params }]);
      const leader = await treeOf(place);
      const ended = await running;
      await assertGroupDies(leader);
      return ended;
    });
    assert.equal(reply.error.details.cause.details.killed, true);
  });

  test("refuses bodies that are too large, too deep or no text, on every way in", async (t) => {
    const session = await mcpSession(url);
    const call = (args: string) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"opcode.define",` +
      `"arguments":${args}}}`;
    const bodies = [nested(100_000), nested(100_000, '{"a":'), `"${"x".repeat(8 * MIB)}"`];
    await during(t, async () => {
      for (let round = 0; round < 5; round++) {
        for (const body of bodies) {
          const onRest = await rest(url, "POST", "/api/v1/templates", body).catch(() => undefined);
          assert.ok(onRest === undefined || [400, 413].includes(onRest.status));
          const onMcp = await rest(url, "POST", "/mcp", call(body), session).catch(() => undefined);
          assert.ok(onMcp === undefined || onMcp.status >= 400 || onMcp.body.error);
        }
        const invalid = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
        for (const path of ["/mcp", "/api/v1/templates"]) {
          const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
            `Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n` +
            `Content-Length: ${invalid.length}\r\n\r\n`;
          assert.match(
            await raw(url, Buffer.concat([Buffer.from(head), invalid])),
            /^HTTP\/1\.1 4/,
          );
        }
      }
    });
  });

  test("answers every one of 100 definitions of a megabyte", async (t) => {
    const data = "x".repeat(MIB);
    const steps = [{ id: "a", action: "crypto.hash", params: { data } }];
    const answers = await during(
      t,
      () =>
        Promise.all(Array.from({ length: 100 }, (_, i) => defineTemplate(url, `big${i}`, steps))),
      { heavyUse: true },
    );
    assert.equal(answers.length, 100);
  });

  test("keeps nothing for 200 readers of live events that never read", async (t) => {
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
      socket.on("error", () => {}).pause();
      socket.write("GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
      return socket;
    });
    const steps = Array.from({ length: 1_000 }, (_, i) => ({
      id: `s${i}`,
      action: "crypto.hash",
      params: { data: "x".repeat(1_000) },
    }));
    await defineTemplate(url, "wide", steps);
    await during(t, async () => {
      for (let round = 0; round < 5; round++) {
        assert.equal((await runAgain("wide")).status, "completed");
      }
    }, { heavyUse: true });
    for (const socket of sockets) socket.destroy();
  });

  test("runs 1,000 outside steps of one run beside all others", async (t) => {
    const steps = Array.from({ length: 1_000 }, (_, i) => ({
      id: `s${i}`,
      action: "fs.stat",
      params: { path: "." },
    }));
    const reply = await during(t, () => run("stats", steps), { heavyUse: true });
    assert.equal(reply.status, "completed");
  });

  test("ends as it should", async () => {
    const errors = daemon.log().split("\n").filter((line) => line.includes('"level":"error"'));
    assert.deepEqual(errors, []);
    assert.equal(await daemon.stop(), 0);
  });
});

/** Resident memory of a process, bytes. */
function memory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) * 1024;
}

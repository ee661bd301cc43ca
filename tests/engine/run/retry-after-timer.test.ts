// From an answer that puts a retry off to the timer of that retry, and the request which it lets go.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { httpServer } from "../../support/http-server.ts";
import { openTestEngine, pass, type TestEngine } from "../../support/test-engine.ts";

const STATUSES = [408, 425, 429, 500, 503];

/** Waits for what comes over a socket; the test's own limit ends it. */
async function eventually<Value>(get: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The only timer that is set: when it is due. */
async function due({ store }: TestEngine): Promise<number> {
  const { timers } = await eventually(async () => {
    const claimed = await store.dueTimers(Number.MAX_SAFE_INTEGER, 2);
    return claimed.timers.length > 0 ? claimed : undefined;
  });
  assert.equal(timers.length, 1);
  return timers[0]!.dueAt;
}

const SERVED = Date.parse("2026-01-01T00:00:00Z");
const at = (ms: number) => new Date(SERVED + ms).toUTCString();

const CASES: [what: string, header: string | undefined, retry: JsonObject, ms: number][] = [
  ["seconds", "7", { delay: "1s" }, 7_000],
  ["a date, by the server's clock", at(90_000), { delay: "1s" }, 90_000],
  ["no header", undefined, { delay: "1s" }, 1_000],
  ["what is no time", "soon", { delay: "1s" }, 1_000],
  ["a date that is over", at(-5_000), { delay: "1s" }, 1_000],
  ["fewer seconds than the policy's delay", "7", { delay: "10s" }, 10_000],
  ["seconds without a delay", "7", {}, 7_000],
  ["seconds beyond max_delay", "3600", { delay: "1s", max_delay: "20s" }, 20_000],
  ["a date beyond max_delay", at(3_600_000), { delay: "1s", max_delay: "20s" }, 20_000],
  ["seconds below a long max_delay", "900", { delay: "1s", max_delay: "1h" }, 900_000],
  ["seconds beyond five minutes", "3600", { delay: "1s" }, 300_000],
];

for (const [what, header, retry, ms] of CASES) {
  for (const status of STATUSES) {
    test(
      `${status} with ${what}: the retry is due after ${ms} ms`,
      { timeout: 30_000 },
      async (t) => {
        const server = await httpServer(t, (_, response) => {
          if (server.requests.length > 1) return response.end("done");
          const headers = { date: at(0), ...(header !== undefined && { "retry-after": header }) };
          response.writeHead(status, headers).end();
        });
        const engine = await openTestEngine();
        const get = { id: "get", action: "http.get", params: { url: server.url } };
        const defaults = { fail_on_error_status: true, retry: { max: 1, ...retry } };
        const { workflow_id: id } = await engine.run([get], {
          definition: { defaults },
          wait_ms: 0,
        });
        assert.equal(await due(engine), ms);
        await pass(engine, ms - 1);
        assert.equal(server.requests.length, 1);
        await pass(engine, 1);
        const { output } = await eventually(async () => {
          const reply = await engine.opcode.status(id);
          return reply.status === "completed" ? reply : undefined;
        });
        assert.equal((output as JsonObject).body, "done");
        assert.equal(server.requests.length, 2);
      },
    );
  }
}

test("404 is not repeated, whatever it says", { timeout: 30_000 }, async (t) => {
  const server = await httpServer(t, (_, response) => {
    response.writeHead(404, { "retry-after": "7" }).end();
  });
  const engine = await openTestEngine();
  const { status } = await engine.run([{
    id: "get",
    action: "http.get",
    params: { url: server.url, fail_on_error_status: true },
    retry: { max: 3 },
  }]);
  assert.deepEqual([status, server.requests.length], ["failed", 1]);
});

// What a client is told of a definition that is too large, too deep or goes round in circles.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Json, JsonObject } from "../../core/json.ts";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { openSession, type TestSession } from "../support/mcp-app.ts";
import { fallback } from "../support/steps.ts";

const MIB = 1024 * 1024;

function step(id: string, more: JsonObject = {}): JsonObject {
  return { id, action: "crypto.uuid", ...more };
}

function nested(depth: number): JsonObject {
  if (depth === 1) return step("leaf");
  return { id: `l${depth}`, type: "loop", config: { over: [1], body: [nested(depth - 1)] } };
}

const BAD: [what: string, definition: JsonObject, path: RegExp, message: RegExp][] = [
  [
    "over 4 MiB",
    { steps: [step("a")], metadata: { text: "x".repeat(4 * MIB) } },
    /^\/$/,
    /^must have at most 4194304 bytes as JSON, has \d+$/,
  ],
  [
    "17 levels deep",
    { steps: [nested(17)] },
    /^steps\[0\](\.config\.body\[0\]){15}\.config\.body$/,
    /^steps must not be nested deeper than 16 levels$/,
  ],
  [
    "of 10,001 steps",
    { steps: Array.from({ length: 10_001 }, (_, i) => step(`s${i}`)) },
    /^steps$/,
    /^must hold at most 10000 steps in all, nested ones included; holds 10001$/,
  ],
  [
    "with a cycle of fallbacks",
    { steps: [step("a", fallback("b")), step("b", fallback("c")), step("c", fallback("a"))] },
    /^steps\[0\]\.on_error\.fallback_step$/,
    /^fallbacks form a cycle: a → b → c → a$/,
  ],
  [
    "with a cycle of dependencies",
    { steps: [step("a", { depends_on: ["b"] }), step("b", { depends_on: ["a"] })] },
    /^steps$/,
    /^dependencies form a cycle: a → b → a$/,
  ],
];

describe("a definition", () => {
  let url: string;
  let session: TestSession;
  const cleanup = suiteCleanup();
  before(async () => {
    const settings = { max_request_body: String(16 * MIB) };
    url = (await startTestDaemon(cleanup, { settings })).url;
    session = await openSession({ fetch: (path, init) => fetch(url + path, init) });
  });

  for (const [what, definition, path, message] of BAD) {
    const request = { name: "bad", agent_id: "a", definition };
    const isTold = (issues: Json) => {
      const [issue, ...more] = issues as JsonObject[];
      assert.deepEqual(more, []);
      assert.match(issue!.path as string, path);
      assert.match(issue!.message as string, message);
    };

    test(`${what} is refused over REST, with that reason`, async () => {
      const { status, body } = await rest(url, "POST", "/api/v1/templates", request);
      assert.deepEqual([status, body.error.code], [400, "VALIDATION_ERROR"]);
      isTold(body.error.details.errors);
      assert.equal((await rest(url, "GET", "/api/v1/templates/bad")).status, 404);
    });

    test(`${what} is refused over MCP, with that reason`, async () => {
      const { isError, structuredContent, content } = await session.call("opcode.define", request);
      assert.equal(isError, true);
      isTold(structuredContent.error.details.errors);
      assert.ok(content[0].text.includes(structuredContent.error.message));
    });

    test(`${what} is a fault in the report of a dry run`, async () => {
      const dry = { ...request, dry_run: true };
      const { status, body } = await rest(url, "POST", "/api/v1/templates", dry);
      assert.equal(status, 200);
      isTold(body.report.errors);
      assert.equal("levels" in body, false);
    });
  }

  test("over 4 MiB does not even come in by default, on REST or MCP", async (t) => {
    const { url } = await startTestDaemon(t);
    const [, definition] = BAD[0]!;
    for (const path of ["/api/v1/templates", "/mcp"]) {
      const { status, body } = await rest(url, "POST", path, { name: "bad", definition });
      assert.equal(status, 413);
      assert.equal(body.error.message, "body: must be at most 4194304 bytes");
    }
  });
});

// What a URL's query may hold: no route ignores a parameter that it does not know.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type AppDeps, createApp } from "../../../server/app.ts";
import { startTestDaemon, suiteCleanup } from "../../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../../support/http.ts";

/** Every route of the API. */
const ROUTES = createApp({ security: { authToken: "" } } as AppDeps).routes
  .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/"))
  .map(({ method, path }) => [method, path] as const);

describe("query strings", () => {
  let url: string;
  const cleanup = suiteCleanup();
  before(async () => {
    url = (await startTestDaemon(cleanup)).url;
    await defineTemplate(url, "hash", HASH_STEPS);
  });

  test("the routes are all found", () => assert.ok(ROUTES.length >= 30, `${ROUTES.length}`));

  for (const [method, path] of ROUTES) {
    test(`${method} ${path} refuses a parameter that it does not know`, async () => {
      const asked = `${path.replaceAll(/:\w+/g, "x")}?nosuch=1`;
      const body = ["POST", "PUT", "PATCH"].includes(method) ? {} : undefined;
      const { status, body: answer } = await rest(url, method, asked, body);
      assert.equal(status, 400, JSON.stringify(answer));
      assert.match(answer.error.message, /^(filter\.)?nosuch: is not a/);
    });
  }

  test("a slip is told the nearest, and one that is given twice is refused", async () => {
    const refused = async (asked: string, message: RegExp) => {
      const { status, body } = await rest(url, "GET", `/api/v1/${asked}`);
      assert.deepEqual([status, body.error.code], [400, "VALIDATION_ERROR"]);
      assert.match(body.error.message, message);
    };
    await refused("logs?levle=warn", /^levle: is not a parameter .*did you mean "level"\?/);
    await refused("agents?limits=3", /^limits: is not a parameter .*did you mean "limit"\?/);
    await refused("events/stream?rum=x", /^rum: is not a parameter .*did you mean "run"\?/);
    await refused("runs?stauts=failed", /^filter\.stauts: is not a filter .*mean "status"\?/);
    await refused("agents?limit=3&limit=4", /^limit: given 2 times/);
    await refused(`agents?${"k".repeat(5_000)}=1`, /^k{100}…: is not a parameter/);
  });

  test("a parameter without a value is refused: it would widen the question", async () => {
    for (
      const asked of [
        "logs?run=",
        "logs?level=",
        "events/stream?run=",
        "agents?cursor=",
        "runs?id=",
      ]
    ) {
      const { status, body } = await rest(url, "GET", `/api/v1/${asked}`);
      assert.equal(status, 400, asked);
      assert.match(body.error.message, /must not be empty|must be a non-empty string/, asked);
    }
  });

  test("a limit or a time that is out of range is refused, by every route that takes it", async () => {
    for (const path of ["runs", "templates", "decisions", "actions", "agents", "logs"]) {
      for (const limit of ["0", "-1", "1001", "1.5", "ten"]) {
        const { status, body } = await rest(url, "GET", `/api/v1/${path}?limit=${limit}`);
        assert.equal(status, 400, `${path} ${limit}`);
        assert.match(body.error.message, /limit: must be a whole number from 1 to 1000/);
      }
    }
    for (const path of ["runs", "logs"]) {
      for (const since of ["2026-02-30T12:00:00Z", "10m", "1769860800"]) {
        const { status, body } = await rest(url, "GET", `/api/v1/${path}?since=${since}`);
        assert.equal(status, 400, `${path} ${since}`);
        assert.match(body.error.message, /since: must be an RFC 3339 time/);
      }
    }
  });

  test("two stored versions of a template are compared", async () => {
    const steps = [...HASH_STEPS, { id: "more", action: "crypto.uuid" }];
    await defineTemplate(url, "hash", steps);
    const { body } = await rest(url, "GET", "/api/v1/templates?name=hash&version=v2&against=v1");
    assert.deepEqual(body.templates[0].diff.added, ["more"]);
    await defineTemplate(url, "hash", HASH_STEPS);
  });

  test("what belongs into the body is not taken from the query", async () => {
    const start = { template_name: "hash", agent_id: "a", params: {} };
    const { status, body } = await rest(url, "POST", "/api/v1/runs?wait_ms=5000", start);
    assert.deepEqual([status, body.error.message], [
      400,
      "wait_ms: is not a parameter of this route; it takes none",
    ]);
  });
});

// What an http request may hold that comes together only when the step runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { execute } from "../../support/action-context.ts";
import { httpServer } from "../../support/http-server.ts";

const members = (count: number, value: Json = "x"): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, value]));

const refused: [name: string, params: JsonObject, message: RegExp][] = [
  [
    "headers",
    { headers: members(257) },
    /^params\.headers: must have at most 256 members, has 257$/,
  ],
  [
    "bytes of headers",
    { headers: members(256, "é".repeat(512)) },
    /^params\.headers: must have at most 262144 bytes, have \d+$/,
  ],
  [
    "a token",
    { auth: { type: "bearer", token: "t".repeat(300_000) } },
    /^params\.headers: .* bytes/,
  ],
  [
    "members of a query",
    { query: members(1_001) },
    /^params\.query: must have at most 1000 members/,
  ],
  [
    "a query",
    { query: { q: "x".repeat(70_000) } },
    /^params\.query: must leave the URL at most 65536/,
  ],
  [
    "fields of a form",
    { body: members(1_001), body_encoding: "form" },
    /^params\.body: must have at most 1000 fields to be sent as a form$/,
  ],
];

test("a request over a limit is never sent", async (t) => {
  let requests = 0;
  const server = await httpServer(t, (_, response) => {
    requests++;
    response.end();
  });
  for (const [name, params, message] of refused) {
    await assert.rejects(
      execute("http.post", { url: server.url, ...params }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "VALIDATION_ERROR", name);
        assert.match(error.message, message, name);
        return true;
      },
    );
  }
  assert.equal(requests, 0);
});

test("what keeps to the limits is sent", async (t) => {
  const server = await httpServer(t, (request, response) => {
    const own = Object.keys(request.headers).filter((name) => name.startsWith("x-"));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ headers: own.length, url: request.url!.length }));
  });
  const { body } = await execute("http.get", {
    url: server.url,
    headers: members(256),
    query: { q: "x".repeat(8_000) },
  }) as { body: { headers: number; url: number } };
  assert.equal(body.headers, 256);
  assert.ok(body.url > 8_000);
});

// What pages of other origins can do with a daemon: nothing, or, of those that are named, all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestDaemon } from "../support/daemon.ts";
import { INITIALIZE } from "../support/mcp-app.ts";

const INSPECTOR = "http://localhost:6274";

test("a page of an allowed origin works with /mcp, /sse and REST, and can read refusals", async (t) => {
  const { url } = await startTestDaemon(t, {
    settings: { allowed_origins: INSPECTOR, auth_token: "s3cret" },
  });
  const ask = async (
    path: string,
    more: RequestInit & { headers?: Record<string, string> } = {},
  ) => {
    const headers = { origin: INSPECTOR, "sec-fetch-site": "cross-site", ...more.headers };
    const response = await fetch(url + path, { ...more, headers });
    assert.equal(response.headers.get("access-control-allow-origin"), INSPECTOR, path);
    assert.equal(response.headers.get("access-control-allow-credentials"), null);
    assert.equal(response.headers.get("vary"), "Origin");
    return response;
  };
  const token = { authorization: "Bearer s3cret" };
  const preflight = await ask("/mcp", {
    method: "OPTIONS",
    headers: { "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
  const opened = await ask("/mcp", {
    method: "POST",
    headers: {
      ...token,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify(INITIALIZE),
  });
  assert.equal(opened.status, 200);
  assert.match(opened.headers.get("access-control-expose-headers")!, /Mcp-Session-Id/);
  const session = { ...token, "mcp-session-id": opened.headers.get("mcp-session-id")! };
  const stream = await ask("/mcp", { headers: { ...session, accept: "text/event-stream" } });
  assert.equal(stream.status, 200);
  await stream.body!.cancel();
  assert.equal((await ask("/mcp", { method: "DELETE", headers: session })).status, 200);
  const sse = await ask("/sse", { headers: token });
  assert.equal(sse.status, 200);
  await sse.body!.cancel();
  assert.equal((await ask("/api/v1/runs", { headers: token })).status, 200);
  assert.equal((await ask("/api/v1/runs")).status, 401);
  assert.equal((await ask("/nothing", { headers: token })).status, 404);
  const large = await ask("/api/v1/runs", {
    method: "POST",
    headers: { ...token, "content-type": "application/json" },
    body: " ".repeat(5 << 20),
  });
  assert.equal(large.status, 413);
});

test("without the setting nothing says that a page may read it, and none may ask", async (t) => {
  const { url } = await startTestDaemon(t);
  for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
    for (const path of ["/mcp", "/sse", "/api/v1/runs", "/healthz"]) {
      const response = await fetch(url + path, {
        method,
        headers: { origin: INSPECTOR, "access-control-request-method": "POST" },
      });
      assert.equal(response.status, 403, `${method} ${path}`);
      assert.match(await response.text(), /allowed_origins/);
      for (const [name] of response.headers) assert.doesNotMatch(name, /^access-control-|^vary$/);
    }
  }
  const own = await fetch(`${url}/healthz`, { headers: { origin: url } });
  assert.equal(own.status, 200);
  assert.equal(own.headers.get("access-control-allow-origin"), null);
});

test("settings name origins and hosts exactly: no wildcard, no path, no port of a host", async (t) => {
  for (
    const origin of [
      "*",
      "null",
      "localhost:6274",
      "http://*.lan",
      `${INSPECTOR}/`,
      "file://",
      "HTTP://a",
    ]
  ) {
    await assert.rejects(
      startTestDaemon(t, { settings: { allowed_origins: `${INSPECTOR},${origin}` } }),
      /allowed-origins: must be a list of origins such as/,
      origin,
    );
  }
  for (const host of ["*", "*.lan", "box:4100", "http://box", "a b"]) {
    await assert.rejects(
      startTestDaemon(t, { settings: { allowed_hosts: host } }),
      /allowed-hosts: must be a list of host names/,
      host,
    );
  }
  const { port } = await startTestDaemon(t, {
    settings: {
      allowed_origins: `${INSPECTOR}, https://a.example:8443`,
      allowed_hosts: "Box.lan, ::1",
    },
  });
  assert.ok(port > 0);
});

// Which requests get past the door, and how the others are turned away.

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { guard, type GuardOptions } from "../../server/security.ts";

const MAX = 1000;
const servers: Server[] = [];
after(() => servers.forEach((server) => server.close()));

async function serve(options: Partial<GuardOptions> = {}): Promise<number> {
  const app = new Hono();
  app.use(guard({
    listenHost: "127.0.0.1",
    baseUrl: () => "https://opcode.example/prefix",
    authToken: "",
    maxBody: MAX,
    ...options,
  }));
  app.get("/healthz", (c) => c.text("ok"));
  app.all("/x", async (c) => c.text(`got ${(await c.req.text()).length}`));
  const server = createServer(getRequestListener(app.fetch)).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

interface Call {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
  chunked?: boolean;
}

function call(
  port: number,
  call: Call = {},
): Promise<{ status: number; text: string; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      host: "127.0.0.1",
      method: call.method ?? "GET",
      path: call.path ?? "/x",
      headers: { ...call.headers, ...(call.chunked && { "transfer-encoding": "chunked" }) },
      agent: false,
    }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode!, text, response });
    });
    sent.on("error", reject);
    sent.end(call.body);
  });
}

function headersOf(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

const json = { "content-type": "application/json" };
let port: number;
before(async () => port = await serve());

test("Host: loopback names, the listen host and that of base_url are served", async () => {
  for (
    const host of ["localhost:1", "127.0.0.1", "[::1]:80", "opcode.example", "OPCODE.example:443"]
  ) {
    assert.equal((await call(port, { headers: { host } })).status, 200, host);
  }
});

test("Host: any other name is refused", async () => {
  for (
    const host of ["evil.example", "localhost.evil.example", "192.168.1.5:4100", "a@localhost"]
  ) {
    const { status, text } = await call(port, { headers: { host } });
    assert([400, 403].includes(status), `${host}: ${status}`);
    if (status === 403) assert.match(text, /"code":"PERMISSION_DENIED","message":"Host/);
  }
});

test("Host: on a wildcard address any address literal is served, but no foreign name", async () => {
  const wild = await serve({ listenHost: "0.0.0.0", baseUrl: () => "" });
  assert.equal((await call(wild, { headers: { host: "192.168.1.5:4100" } })).status, 200);
  assert.equal((await call(wild, { headers: { host: "evil.example" } })).status, 403);
});

test("Origin: the page's own host and base_url pass, foreign pages do not", async () => {
  const host = `127.0.0.1:${port}`;
  const ask = async (origin: string) => (await call(port, { headers: { host, origin } })).status;
  assert.equal(await ask(`http://${host}`), 200);
  assert.equal(await ask("https://opcode.example"), 200);
  for (
    const origin of [
      "https://evil.example",
      "http://127.0.0.1:1",
      "http://opcode.example",
      "null",
      "file://",
    ]
  ) assert.equal(await ask(origin), 403, origin);
});

test("Sec-Fetch-Site: a foreign page's plain GET is refused wherever it goes, our own pages and people pass", async () => {
  const ask = async (site: string, headers: Record<string, string> = {}, path = "/x") =>
    (await call(port, { path, headers: { "sec-fetch-site": site, ...headers } })).status;
  assert.equal(await ask("none"), 200);
  assert.equal(await ask("same-origin"), 200);
  for (const site of ["cross-site", "same-site", "Cross-Site", "", "none, cross-site", "x"]) {
    for (const path of ["/x", "/healthz"]) {
      for (const mode of ["no-cors", "navigate", "cors"]) {
        const headers = { "sec-fetch-mode": mode };
        assert.equal(await ask(site, headers, path), 403, `${site} ${path} ${mode}`);
      }
    }
  }
  // A page at base_url that asks the daemon under its own address says so by its Origin.
  assert.equal(await ask("cross-site", { origin: "https://opcode.example" }), 200);
  assert.equal(await ask("cross-site", { origin: "https://evil.example" }), 403);
});

test("no answer carries CORS headers", async () => {
  const { response } = await call(port, {
    method: "OPTIONS",
    headers: { origin: `http://127.0.0.1:${port}` },
  });
  const names = Object.keys(response.headers).filter((name) => name.startsWith("access-control"));
  assert.deepEqual(names, []);
});

test("Content-Type: a state change needs application/json", async () => {
  const post = async (type?: string) =>
    (await call(port, {
      method: "POST",
      body: "{}",
      headers: headersOf("content-type", type),
    })).status;
  assert.equal(await post("application/json"), 200);
  assert.equal(await post("Application/JSON; charset=utf-8"), 200);
  for (
    const type of [
      undefined,
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonp",
    ]
  ) {
    assert.equal(await post(type), 415, String(type));
  }
});

test("body: up to the limit passes, one byte more is 413, announced or chunked", async () => {
  for (const chunked of [false, true]) {
    const post = (length: number) =>
      call(port, { method: "POST", headers: json, body: "x".repeat(length), chunked });
    assert.equal((await post(MAX)).text, `got ${MAX}`);
    const { status, text } = await post(MAX + 1);
    assert.equal(status, 413, `chunked: ${chunked}`);
    assert.match(text, /body: must be at most 1000 bytes/);
  }
});

test("token: required on loopback too once it is set; /healthz answers without", async () => {
  const port = await serve({ authToken: "s3cret-token" });
  const ask = (authorization?: string, path = "/x") =>
    call(port, { path, headers: headersOf("authorization", authorization) });
  assert.equal((await ask("Bearer s3cret-token")).status, 200);
  assert.equal((await ask("bearer s3cret-token")).status, 200);
  for (
    const header of [
      undefined,
      "Bearer",
      "Bearer s3cret-tokem",
      "Bearer s3cret-token2",
      "Basic s3cret-token",
    ]
  ) {
    const { status, response, text } = await ask(header);
    assert.equal(status, 401, String(header));
    assert.equal(response.headers["www-authenticate"], "Bearer");
    assert(!text.includes("s3cret"));
  }
  assert.equal((await ask(undefined, "/healthz")).status, 200);
});

const INSPECTOR = "http://localhost:6274";

test("Host: names in allowed_hosts are served, those beside them are not; the refusal says the setting", async () => {
  const named = await serve({ allowedHosts: new Set(["host.docker.internal", "box.lan"]) });
  for (const host of ["host.docker.internal:4100", "BOX.lan", "box.lan.:1"]) {
    assert.equal((await call(named, { headers: { host } })).status, 200, host);
  }
  for (const host of ["docker.internal", "x.box.lan", "box.lan.evil.example", "*"]) {
    const { status, text } = await call(named, { headers: { host } });
    assert.equal(status, 403, host);
    const { message } = JSON.parse(text).error;
    assert.ok(message.startsWith(`Host: "${host}" is not known`), message);
    assert.match(message, /allowed_hosts.*base_url/);
  }
});

test("Origin: those in allowed_origins pass, with a token where one is needed; no other does", async () => {
  const options = { allowedOrigins: new Set([INSPECTOR]), authToken: "s3cret" };
  const named = await serve(options);
  const host = `127.0.0.1:${named}`;
  const ask = async (origin: string, more: Record<string, string> = {}) =>
    await call(named, { headers: { host, origin, "sec-fetch-site": "cross-site", ...more } });
  const token = { authorization: "Bearer s3cret" };
  assert.equal((await ask(INSPECTOR)).status, 401, "it is let in, not trusted");
  assert.equal((await ask(INSPECTOR, token)).status, 200);
  for (
    const origin of [
      "http://localhost:6275",
      "https://localhost:6274",
      "http://127.0.0.1:6274",
      "http://localhost:6274.evil.example",
      "http://localhost:62740",
      "http://evil.example",
      "null",
      "*",
      "",
    ]
  ) {
    const { status, text } = await ask(origin, token);
    assert.equal(status, 403, origin);
    const { message } = JSON.parse(text).error;
    assert.ok(message.startsWith("Origin: foreign pages are refused"), message);
    assert.match(message, /allowed_origins.*base_url/);
  }
  const silent = await call(named, { headers: { host, "sec-fetch-site": "cross-site", ...token } });
  assert.equal(silent.status, 403, "an image or frame of such a page says no Origin");
  assert.match(silent.text, /allowed_origins/);
});

test("a preflight is answered before the token is asked for, to the origins named alone", async () => {
  const named = await serve({ allowedOrigins: new Set([INSPECTOR]), authToken: "s3cret" });
  const host = `127.0.0.1:${named}`;
  const ask = async (headers: Record<string, string>) =>
    await call(named, { method: "OPTIONS", headers: { host, ...headers } });
  const wants = { "access-control-request-method": "POST" };
  const { status, response, text } = await ask({ origin: INSPECTOR, ...wants });
  assert.deepEqual([status, text], [204, ""]);
  const allowed = response.headers["access-control-allow-headers"]!.toLowerCase().split(", ");
  for (const name of ["authorization", "content-type", "mcp-session-id", "mcp-protocol-version"]) {
    assert.ok(allowed.includes(name), name);
  }
  assert.match(response.headers["access-control-allow-methods"]!, /POST.*DELETE/);
  assert.equal(response.headers["access-control-allow-credentials"], undefined);
  assert.equal(response.headers["access-control-allow-private-network"], undefined);
  const near = await ask({
    origin: INSPECTOR,
    ...wants,
    "access-control-request-private-network": "true",
  });
  assert.equal(near.response.headers["access-control-allow-private-network"], "true");
  assert.equal((await ask({ origin: "http://evil.example", ...wants })).status, 403);
  assert.equal(
    (await ask({ origin: `http://${host}`, ...wants })).status,
    401,
    "no page of ours asks",
  );
  assert.equal((await ask({ origin: INSPECTOR })).status, 401, "and this is no preflight");
  const evil = { host: "evil.example", origin: INSPECTOR, ...wants };
  assert.equal((await ask(evil)).status, 403);
});

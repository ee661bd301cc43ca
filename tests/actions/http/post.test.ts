// Whether what is no step's doing is sent as http actions send it: there and nowhere else, in time, by the policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_HOST_LIMITS, type Host } from "../../../actions/action.ts";
import { connectPolicy } from "../../../actions/http/policy.ts";
import { postTo } from "../../../actions/http/post.ts";
import { httpServer, tcpServer } from "../../support/http-server.ts";

const HOST: Host = { env: {}, cwd: "/", isProtected: () => false, limits: DEFAULT_HOST_LIMITS };

function post(url: string, more: Partial<Parameters<typeof postTo>[1]> = {}, host = HOST) {
  const signal = new AbortController().signal;
  const headers = { "content-type": "application/json", "x-id": "1" };
  return postTo(host, { url, headers, body: '{"ü":1}', timeoutMs: 10_000, signal, ...more });
}

test("sends headers and body as they are, and tells the status", async (t) => {
  let body = "";
  const server = await httpServer(t, async (request, response) => {
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    response.writeHead(503, { "retry-after": "7" }).end("busy");
  });
  assert.deepEqual(await post(`${server.url}/in?a=1`), { status: 503, retryAfterMs: 7_000 });
  const [request] = server.requests;
  assert.deepEqual([request!.method, request!.url, body], ["POST", "/in?a=1", '{"ü":1}']);
  assert.equal(request!.headers["x-id"], "1");
  assert.equal(request!.headers["content-type"], "application/json");
});

test("follows no redirect, to another host neither", async (t) => {
  const other = await httpServer(t, (_, response) => void response.end());
  const server = await httpServer(t, (_, response) => {
    response.writeHead(307, { location: `${other.url}/` }).end();
  });
  assert.deepEqual(await post(server.url), { status: 307 });
  assert.equal(other.requests.length, 0);
});

test("keeps to the policy of http actions, whatever the name resolves to", async (t) => {
  const server = await httpServer(t, (_, response) => void response.end());
  const policy = (
    rules: { denyHosts?: string[]; allowHosts?: string[]; denyPrivate?: boolean },
  ) => ({
    ...HOST,
    connectPolicy: connectPolicy({ denyPrivate: false, allowHosts: [], denyHosts: [], ...rules }),
  });
  for (
    const host of [
      policy({ denyPrivate: true }),
      policy({ denyHosts: ["localhost"] }),
      policy({ allowHosts: ["example.com"] }),
    ]
  ) {
    for (const name of ["127.0.0.1", "localhost", "0x7f.1"]) {
      await assert.rejects(post(`http://${name}:${server.port}/`, {}, host), {
        code: "PERMISSION_DENIED",
      });
    }
  }
  assert.equal(server.requests.length, 0);
  assert.equal((await post(server.url, {}, policy({ denyHosts: ["10.0.0.0/8"] }))).status, 200);
});

test("who does not answer in time is given up, and the URL's query is not told", async (t) => {
  const silent = await tcpServer(t, () => {});
  await assert.rejects(post(`${silent.url}/in?key=hush`, { timeoutMs: 50 }), (error: Error) => {
    assert.match(error.message, /no answer within 0\.05 s/);
    assert.doesNotMatch(error.message, /hush/);
    return true;
  });
  const cut = await tcpServer(t, (socket) => void socket.end());
  await assert.rejects(post(`${cut.url}/?key=hush`), (error: Error) => !/hush/.test(error.message));
});

test("an answer without an end is not waited for longer than that", async (t) => {
  const server = await httpServer(t, (_, response) => {
    response.writeHead(200);
    const more = () => {
      if (!response.destroyed) response.write("x".repeat(16_384), () => setImmediate(more));
    };
    more();
  });
  const reply = await post(server.url, { timeoutMs: 5_000 }).catch((error) => error);
  assert.ok(reply.status === 200 || /no answer within/.test(reply.message), String(reply));
});

test("who stops is not kept", async (t) => {
  const silent = await tcpServer(t, () => {});
  const stop = new AbortController();
  const sent = post(silent.url, { signal: stop.signal });
  stop.abort();
  await assert.rejects(sent);
});

// The environment's proxies: when they are used, and what they are told under a policy.

import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { once } from "node:events";
import { before, describe, test } from "node:test";
import type { Host } from "../../../actions/action.ts";
import { connectPolicy } from "../../../actions/http/policy.ts";
import { proxyFor } from "../../../actions/http/proxy.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { afterwards, type Cleanup } from "../../support/daemon.ts";
import { httpServer, selfSigned } from "../../support/http-server.ts";

/** A proxy that sends everything to one local port; notes what it was asked. */
async function startProxy(t: Cleanup, port: number) {
  const asked: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    response.end(`proxied for ${request.headers.host}`);
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    headers.push(request.headers);
    const target = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
    for (const end of [socket, target]) {
      sockets.add(end);
      end.on("error", () => {});
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(t, () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { asked, headers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let tls: ReturnType<typeof selfSigned>;
before(() => {
  tls = selfSigned();
});

test("http goes to the proxy with its whole URL, https through a tunnel", async (t) => {
  const target = await httpServer(t, (_, response) => response.end("tunnelled"), { tls });
  const proxy = await startProxy(t, target.port);
  const env = {
    http_proxy: proxy.url.replace("//", "//user:p%40ss@"),
    HTTPS_PROXY: proxy.url,
  };
  const context = actionContext({ host: { env } });
  const plain = await execute("http.get", { url: "http://site.test/a?b=1" }, context);
  assert.equal(plain.body, "proxied for site.test");
  assert.equal(proxy.headers[0]!["proxy-authorization"], "Basic dXNlcjpwQHNz");
  const params = { url: "https://site.test/", tls_skip_verify: true };
  assert.equal((await execute("http.get", params, context)).body, "tunnelled");
  assert.deepEqual(proxy.asked, ["GET http://site.test/a?b=1", "CONNECT site.test:443"]);
  assert.equal(target.requests[0]!.headers["proxy-authorization"], undefined);
  await assert.rejects(
    execute("http.get", { url: "https://site.test/" }, context),
    failsWith("EXECUTION_ERROR", /self-signed/),
  );
});

describe("under a policy", () => {
  const lookup: Host["lookup"] = (name, _, callback) =>
    callback(null, [
      { address: name === "inside.test" ? "10.0.0.1" : "93.184.216.34", family: 4 },
    ]);
  const rules = { denyPrivate: true, allowHosts: [], denyHosts: ["93.184.216.99"] };

  test("the proxy is asked for the address that was checked, in the name's name", async (t) => {
    const names: string[] = [];
    const SNICallback = (name: string, done: (error: null) => void) => {
      names.push(name);
      done(null);
    };
    const target = await httpServer(t, () => {}, { tls: { ...tls, SNICallback } });
    const proxy = await startProxy(t, target.port);
    const env = { http_proxy: proxy.url, https_proxy: proxy.url };
    const context = actionContext({ host: { env, lookup, connectPolicy: connectPolicy(rules)! } });
    const plain = await execute("http.get", { url: "http://site.test:81/a" }, context);
    assert.equal(plain.body, "proxied for site.test:81");
    await assert.rejects(
      execute("http.get", { url: "https://site.test/" }, context),
      failsWith("EXECUTION_ERROR", /self-signed/),
    );
    assert.deepEqual(proxy.asked, ["GET http://93.184.216.34:81/a", "CONNECT 93.184.216.34:443"]);
    assert.deepEqual(names, ["site.test"]);
  });

  test("what is refused never reaches the proxy", async (t) => {
    const proxy = await startProxy(t, 1);
    const env = { http_proxy: proxy.url, https_proxy: proxy.url };
    const context = actionContext({ host: { env, lookup, connectPolicy: connectPolicy(rules)! } });
    const urls = [
      "http://inside.test/",
      "https://inside.test/",
      "http://10.0.0.1/",
      "https://[fd00::1]/",
      "http://93.184.216.99/",
    ];
    for (const url of urls) {
      await assert.rejects(execute("http.get", { url }, context), failsWith("PERMISSION_DENIED"));
    }
    assert.deepEqual(proxy.asked, []);
  });
});

describe("which URL goes where", () => {
  const used = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.href;
  const both = { http_proxy: "http://h:1", https_proxy: "http://s:2" };

  test("by scheme, small letters first, with or without a scheme of their own", () => {
    assert.equal(used("http://a.test", both), "http://h:1/");
    assert.equal(used("https://a.test", both), "http://s:2/");
    assert.equal(used("https://a.test", { http_proxy: "http://h:1" }), undefined);
    assert.equal(used("http://a.test", { HTTP_PROXY: "h:3" }), "http://h:3/");
    assert.equal(used("http://a.test", { http_proxy: "", HTTP_PROXY: "h:3" }), "http://h:3/");
    assert.throws(
      () => used("http://a.test", { http_proxy: "http://" }),
      failsWith("EXECUTION_ERROR", /http_proxy is not a URL/),
    );
  });

  const cases: [string, string, boolean][] = [
    ["example.com", "http://example.com", true],
    ["example.com", "http://EXAMPLE.com.", true],
    ["example.com", "http://a.example.com", true],
    ["example.com", "http://notexample.com", false],
    [".example.com", "http://example.com", false],
    [".example.com", "http://a.example.com", true],
    ["*.example.com", "http://example.com", false],
    ["*.example.com", "http://a.example.com", true],
    ["example.com:81", "http://example.com:81", true],
    ["example.com:81", "http://example.com", false],
    ["example.com:443", "https://example.com", true],
    ["x, example.com  y", "http://example.com", true],
    ["10.0.0.0/8", "http://10.1.2.3", true],
    ["10.0.0.0/8", "http://11.1.2.3", false],
    ["10.1.2.3", "http://[::ffff:10.1.2.3]", true],
    ["fd00::1", "http://[fd00::1]", true],
    ["[fd00::1]:80", "http://[fd00::1]", true],
    ["*", "http://example.com", true],
    ["*", "http://10.1.2.3", true],
    ["", "http://localhost", true],
    ["", "http://app.localhost", true],
    ["", "http://127.9.9.9", true],
    ["", "http://[::1]", true],
    ["", "http://example.com", false],
  ];
  for (const [no_proxy, url, direct] of cases) {
    test(`no_proxy "${no_proxy}": ${url} ${direct ? "directly" : "through the proxy"}`, () => {
      assert.equal(used(url, { ...both, no_proxy }) === undefined, direct);
    });
  }
});

// http.*: real exchanges with servers on the loopback interface.

import assert from "node:assert/strict";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { after, before, describe, test } from "node:test";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { type ConnectPolicy, DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { actionContext, execute, failsWith } from "../support/action-context.ts";
import { suiteCleanup } from "../support/daemon.ts";
import { httpServer, selfSigned, type TestServer } from "../support/http-server.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What a server saw of one request. */
interface Seen {
  method: string;
  url: string;
  headers: Record<string, string | undefined>;
  body: string;
}

const routes: Record<string, Handler> = {};
const seen: Seen[] = [];
const servers: Server[] = [];
let base: string;
/** Another origin with the same routes. */
let foreign: string;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const serve: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    seen.push({
      method: request.method!,
      url: request.url!,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
    });
    const route = routes[request.url!.split("?")[0]!];
    if (route) route(request, response);
    else response.writeHead(404).end("nothing here");
  });
};

before(async () => {
  base = `http://127.0.0.1:${await listen(createServer(serve))}`;
  foreign = `http://127.0.0.1:${await listen(createServer(serve))}`;
});
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const get = (path: string, params: JsonObject = {}, context = actionContext()) =>
  execute("http.get", { url: base + path, ...params }, context);
const send = (params: JsonObject, context = actionContext()) =>
  execute("http.request", { url: `${base}/echo`, ...params }, context);

async function sent(params: JsonObject): Promise<Seen> {
  await send(params);
  return seen.at(-1)!;
}

async function failureOf(promise: Promise<unknown>): Promise<OpcodeError> {
  const outcome = await promise.then((value) => value, (error) => error);
  assert.ok(outcome instanceof OpcodeError, String(outcome));
  return outcome;
}

routes["/echo"] = (_, response) => response.writeHead(200).end("ok");
routes["/redirect-end"] = (_, response) => response.end("arrived");

describe("what is sent", () => {
  test("methods, upper-cased; get and post have their own", async () => {
    assert.equal((await sent({})).method, "GET");
    assert.equal((await sent({ method: "delete" })).method, "DELETE");
    assert.equal((await sent({ method: "QUERY", body: "x" })).body, '"x"');
    await execute("http.post", { url: `${base}/echo`, method: "PUT" });
    assert.equal(seen.at(-1)!.method, "POST");
    await get("/echo", { method: "PUT", body: [1] });
    assert.deepEqual([seen.at(-1)!.method, seen.at(-1)!.body], ["GET", "[1]"]);
  });

  const bodies: [Json, string | undefined, string, string | undefined][] = [
    [{ a: 1 }, undefined, '{"a":1}', "application/json"],
    ["text", "json", '"text"', "application/json"],
    [{ a: 1 }, "yaml", '{"a":1}', "application/json"],
    [false, "json", "false", "application/json"],
    [
      { b: "x y&z", a: 1234567, d: null, c: [1] },
      "form",
      "a=1234567&b=x+y%26z&c=%5B1%5D",
      "application/x-www-form-urlencoded",
    ],
    [{ a: 1 }, "text", '{"a":1}', "text/plain"],
    [1234567, "text", "1234567", "text/plain"],
    ["raw", "raw", "raw", undefined],
    [null, "json", "", undefined],
  ];
  for (const [body, encoding, expected, type] of bodies) {
    test(`${JSON.stringify(body)} as ${encoding ?? "default"}`, async () => {
      const request = await sent({
        method: "POST",
        body,
        ...(encoding && { body_encoding: encoding }),
      });
      assert.deepEqual([request.body, request.headers["content-type"]], [expected, type]);
    });
  }

  test("a form must be an object", async () => {
    for (const body of ["a=1", [1], 5]) {
      const error = await failureOf(send({ method: "POST", body, body_encoding: "form" }));
      assert.deepEqual([error.code, /params\.body/.test(error.message)], [
        "VALIDATION_ERROR",
        true,
      ]);
    }
  });

  test("headers over the implied ones, in text, Host included", async () => {
    const { headers } = await sent({
      method: "POST",
      body: {},
      headers: {
        "content-type": "application/vnd.x+json",
        "X-Count": 1234567,
        "X-None": null,
        Host: "virtual.example",
        "Content-Length": "99",
        Connection: "close",
        "user-agent": "custom",
      },
    });
    assert.equal(headers["content-type"], "application/vnd.x+json");
    assert.equal(headers["x-count"], "1234567");
    assert.equal("x-none" in headers, false);
    assert.equal(headers.host, "virtual.example");
    assert.equal(headers["content-length"], "2");
    assert.equal(headers["user-agent"], "custom");
    for (const header of ["bad name", "x"]) {
      const error = await failureOf(send({ headers: { [header]: "a\r\nb: c" } }));
      assert.equal(error.code, "VALIDATION_ERROR");
    }
  });

  test("the attempt's key, unless the author has one", async () => {
    assert.equal((await sent({})).headers["idempotency-key"], "run-1:step-1:1");
    const own = await sent({ headers: { "IDEMPOTENCY-key": "mine" } });
    assert.equal(own.headers["idempotency-key"], "mine");
  });

  test("the query, appended to the URL's own as it is", async () => {
    const { url } = await sent({ url: `${base}/echo?a=%20b#part`, query: { n: 5, t: "x y&z" } });
    assert.equal(url, "/echo?a=%20b&n=5&t=x+y%26z");
    assert.equal((await sent({ query: { n: 5 } })).url, "/echo?n=5");
  });

  test("auth, over headers", async () => {
    const bearer = await sent({
      headers: { authorization: "none" },
      auth: { type: "bearer", token: "t0" },
    });
    assert.equal(bearer.headers.authorization, "Bearer t0");
    const basic = await sent({ auth: { type: "basic", username: "ü", password: "" } });
    assert.equal(basic.headers.authorization, "Basic w7w6");
    const key = await sent({ auth: { type: "api_key", header_name: "X-Key", header_value: "k" } });
    assert.equal(key.headers["x-key"], "k");
    const inUrl = await sent({ url: base.replace("//", "//user:p%40ss@") + "/echo" });
    assert.equal(inUrl.headers.authorization, "Basic dXNlcjpwQHNz");
  });

  const unusable: [JsonObject, RegExp][] = [
    [{ type: "digest" }, /params\.auth\.type: must be "bearer", "basic" or "api_key"/],
    [{ type: "bearer" }, /params\.auth\.token: is required/],
    [{ type: "bearer", token: "" }, /params\.auth\.token: must not be empty/],
    [{ type: "basic", username: "u" }, /params\.auth\.password: is required/],
    [{ type: "api_key", header_value: "k" }, /params\.auth\.header_name: is required/],
    [{ type: "api_key", header_name: "", header_value: "k" }, /header_name: must not be empty/],
    [{}, /params\.auth\.type: is required/],
  ];
  for (const [auth, message] of unusable) {
    test(`auth ${JSON.stringify(auth)} is refused`, async () => {
      await assert.rejects(send({ auth }), failsWith("VALIDATION_ERROR", message));
    });
  }

  const urls: Json[] = [
    "",
    null,
    "example.org",
    "/path",
    "ftp://example.org",
    "http://",
    "file:///etc",
  ];
  for (const url of urls) {
    test(`the URL ${JSON.stringify(url)} is refused`, async () => {
      await assert.rejects(
        execute("http.get", { url }),
        failsWith("VALIDATION_ERROR", /^params\.url: /),
      );
    });
  }

  test("schemes in any case", async () => {
    const { status_code } = await send({ url: base.replace("http", "HTTP") + "/echo" });
    assert.equal(status_code, 200);
  });
});

describe("what comes back", () => {
  test("the whole of it", async () => {
    routes["/whole"] = (_, response) => {
      response.writeHead(201, {
        "content-type": "application/json; charset=utf-8",
        etag: '"1"',
        "x-request-id": "r",
        "set-cookie": ["a=1", "b=2"],
        date: "today",
        connection: "close",
      });
      response.end('{"n":1}');
    };
    const output = await get("/whole");
    assert.equal(typeof output.duration_ms, "number");
    assert.deepEqual({ ...output, duration_ms: 0 }, {
      status_code: 201,
      status: "201 Created",
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        Etag: '"1"',
        "X-Request-Id": "r",
        "Set-Cookie": "a=1",
        Date: "today",
        Connection: "close",
        "Transfer-Encoding": "chunked",
      },
      headers_all: { "Set-Cookie": ["a=1", "b=2"] },
      body: { n: 1 },
      content_type: "application/json; charset=utf-8",
      method: "GET",
      url: `${base}/whole`,
      redirects: 0,
      duration_ms: 0,
    });
  });

  const bodies: [string, string, string | Buffer, object][] = [
    ["json", "application/json", "[1]", { body: [1] }],
    ["JSON", "Application/JSON", "5", { body: 5 }],
    ["problem", "application/problem+json", '{"a":1}', { body: { a: 1 } }],
    ["vendor", "application/vnd.api+json;v=1", '{"a":1}', { body: { a: 1 } }],
    ["with a byte order mark", "text/json+json", '\ufeff{"a":1}', { body: { a: 1 } }],
    ["broken", "application/json", "{", { body: "{" }],
    ["text", "text/plain", '{"a":1}', { body: '{"a":1}' }],
    ["none", "application/json", "", { body: null }],
    ["binary", "image/png", Buffer.of(0xff, 0xfe), { body: "//4=", body_encoding: "base64" }],
  ];
  for (const [name, type, content, expected] of bodies) {
    test(`a body: ${name}`, async () => {
      routes["/body"] = (_, response) =>
        response.writeHead(200, { "content-type": type }).end(content);
      const { body, body_encoding } = await get("/body");
      assert.deepEqual({ body, ...(body_encoding && { body_encoding }) }, expected);
    });
  }

  const compressed: [string, (text: string) => Buffer][] = [
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ];
  for (const [encoding, compress] of compressed) {
    test(`${encoding} from ${compress.name} is transparent`, async () => {
      routes["/compressed"] = (_, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end(compress("content"));
      const { body, headers } = await get("/compressed");
      assert.deepEqual([body, headers["Content-Encoding"]], ["content", undefined]);
      assert.match(seen.at(-1)!.headers["accept-encoding"]!, /gzip/);
    });
  }

  test("who asks for an encoding gets it as it is", async () => {
    routes["/asked"] = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("content"));
    const output = await get("/asked", { headers: { "accept-encoding": "gzip" } });
    assert.equal(output.body_encoding, "base64");
    assert.equal(output.headers["Content-Encoding"], "gzip");
  });

  test("what is not what it says it is fails", async () => {
    routes["/broken-gzip"] = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end("not gzip");
    assert.equal((await failureOf(get("/broken-gzip"))).code, "EXECUTION_ERROR");
    routes["/half-gzip"] = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("long").subarray(0, 12));
    assert.equal((await failureOf(get("/half-gzip"))).code, "EXECUTION_ERROR");
  });

  test("no content, and no body of a HEAD", async () => {
    routes["/empty"] = (_, response) =>
      response.writeHead(204, { "content-encoding": "gzip" }).end();
    const empty = await get("/empty");
    assert.deepEqual([empty.status, empty.body], ["204 No Content", null]);
    routes["/head"] = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip", "content-length": 999 }).end();
    const head = await send({ url: `${base}/head`, method: "HEAD" });
    assert.deepEqual([head.status_code, head.body], [200, null]);
  });

  test("a body is cut at the limit, after decompression, between characters", async () => {
    const limits = { ...DEFAULT_HOST_LIMITS, httpMaxResponseBody: 10 };
    const context = () => actionContext({ host: { limits } });
    routes["/large"] = (_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(gzipSync("1".repeat(9) + "é" + "2".repeat(5_000_000)));
    };
    const output = await get("/large", {}, context());
    assert.deepEqual([output.body, output.truncated], ["1".repeat(9), true]);
    routes["/exact"] = (_, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end("1234567890");
    const exact = await get("/exact", {}, context());
    assert.deepEqual([exact.body, "truncated" in exact], [1234567890, false]);
    assert.equal(DEFAULT_HOST_LIMITS.httpMaxResponseBody, 10 * 1024 * 1024);
  });
});

describe("a status", () => {
  const codes: [number, string | undefined][] = [
    [200, undefined],
    [304, undefined],
    [400, "NON_RETRYABLE"],
    [499, "NON_RETRYABLE"],
    [500, "EXECUTION_ERROR"],
    [503, "EXECUTION_ERROR"],
  ];
  for (const [status, code] of codes) {
    test(`of ${status} is ${code ?? "a success"} with the flag, a success without`, async () => {
      routes["/status"] = (_, response) => response.writeHead(status).end("why");
      assert.equal((await get("/status")).status_code, status);
      const flagged = get("/status?secret=1", { fail_on_error_status: true });
      if (!code) return void await flagged;
      const error = await failureOf(flagged);
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`/status: the server answered ${status}`));
      assert.deepEqual([error.details!.status_code, error.details!.body], [status, "why"]);
    });
  }
});

describe("redirects", () => {
  /** `/hops/3` leads to `/redirect-end` in three. */
  function hops(count: number): void {
    for (let left = count; left > 0; left--) {
      const location = left === 1 ? "/redirect-end" : `/hops/${left - 1}`;
      routes[`/hops/${left}`] = (_, response) => response.writeHead(302, { location }).end("moved");
    }
  }

  test("are followed exactly as often as allowed", async () => {
    hops(11);
    assert.equal((await get("/hops/3", { max_redirects: 3 })).body, "arrived");
    assert.equal((await get("/hops/10")).body, "arrived");
    assert.equal((await get("/redirect-end", { max_redirects: 0 })).body, "arrived");
    for (const [path, params] of [["/hops/3", { max_redirects: 2 }], ["/hops/11", {}]] as const) {
      const error = await failureOf(get(path, params));
      assert.deepEqual([error.code, /stopped after \d+ redirects/.test(error.message)], [
        "EXECUTION_ERROR",
        true,
      ]);
    }
    const before = seen.length;
    assert.equal((await failureOf(get("/hops/1", { max_redirects: 0 }))).code, "EXECUTION_ERROR");
    assert.equal(seen.length, before + 1);
    await assert.rejects(
      get("/hops/1", { max_redirects: -1 }),
      failsWith("VALIDATION_ERROR", /params\.max_redirects: must be ≥ 0/),
    );
  });

  test("are the response when not followed", async () => {
    const output = await get("/hops/1", { follow_redirects: false });
    assert.deepEqual([output.status_code, output.body], [302, "moved"]);
    assert.equal(output.headers.Location, "/redirect-end");
  });

  test("without a Location are the response", async () => {
    routes["/nowhere"] = (_, response) => response.writeHead(302).end("stay");
    assert.equal((await get("/nowhere")).body, "stay");
  });

  const methods: [number, string, string, string][] = [
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [301, "PUT", "PUT", '{"a":1}'],
    [302, "PUT", "PUT", '{"a":1}'],
    [301, "DELETE", "DELETE", '{"a":1}'],
    [302, "DELETE", "DELETE", '{"a":1}'],
    [302, "PATCH", "PATCH", '{"a":1}'],
    [302, "PROPFIND", "PROPFIND", '{"a":1}'],
    [302, "HEAD", "HEAD", ""],
    [303, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [303, "DELETE", "GET", ""],
    [303, "HEAD", "HEAD", ""],
    [307, "POST", "POST", '{"a":1}'],
    [307, "DELETE", "DELETE", '{"a":1}'],
    [308, "PUT", "PUT", '{"a":1}'],
  ];
  for (const [status, method, then, body] of methods) {
    test(`${status} turns ${method} into ${then}`, async () => {
      routes["/turn"] = (_, response) =>
        response.writeHead(status, { location: "/redirect-end" }).end();
      const output = await send({
        url: `${base}/turn`,
        method,
        ...(method !== "HEAD" && { body: { a: 1 } }),
      });
      const { url, redirects } = output;
      assert.deepEqual(
        { url, method: output.method, redirects },
        { url: `${base}/redirect-end`, method: then, redirects: 1 },
      );
      const last = seen.at(-1)!;
      assert.deepEqual([last.url, last.method, last.body], ["/redirect-end", then, body]);
      assert.equal(last.headers["content-type"], body === "" ? undefined : "application/json");
    });
  }

  test("keep whatever holds a secret on its origin: headers go, a body fails the step", async () => {
    const context = actionContext({ secret: "s3cr3t" });
    for (const status of [302, 307, 308]) {
      routes["/leaves"] = (_, response) =>
        response.writeHead(status, { location: `${foreign}/comes-back` }).end();
      routes["/comes-back"] = (_, response) =>
        response.writeHead(status, { location: `${base}/redirect-end` }).end();
      routes["/stays"] = (_, response) =>
        response.writeHead(status, { location: "/redirect-end" }).end();
      const headers = { "X-Key": "key=s3cr3t", "X-Plain": "stays" };
      const url = `${base}/leaves`;
      await send({ url, method: "POST", headers, body: { a: 1 } }, context);
      for (const { headers } of seen.slice(-2)) {
        assert.deepEqual([headers["x-key"], headers["x-plain"]], [undefined, "stays"]);
      }
      const secret = { method: "POST", headers, body: { token: "s3cr3t" } };
      await send({ ...secret, url: `${base}/stays` }, context);
      assert.equal(seen.at(-1)!.headers["x-key"], "key=s3cr3t");
      assert.equal(seen.at(-1)!.body.includes("s3cr3t"), status !== 302);
      const before = seen.length;
      const leaves = send({ ...secret, url }, context);
      if (status === 302) {
        await leaves;
        assert.equal(seen.at(-1)!.body, "");
        continue;
      }
      const error = await failureOf(leaves);
      assert.equal(error.code, "NON_RETRYABLE");
      assert.match(
        error.message,
        /redirected to http:.*, which is not sent the secret in the body/,
      );
      assert.equal(seen.length, before + 1);
    }
  });

  test("keep credentials on their origin, and lose them for good beyond it", async () => {
    routes["/same"] = (_, response) => response.writeHead(302, { location: "/redirect-end" }).end();
    routes["/away"] = (_, response) =>
      response.writeHead(302, { location: `${foreign}/back` }).end();
    routes["/back"] = (_, response) =>
      response.writeHead(302, { location: `${base}/redirect-end` }).end();
    const params = {
      headers: { Cookie: "c=1", Host: "virtual.example", "X-Plain": "stays" },
      auth: { type: "api_key", header_name: "X-Key", header_value: "k" },
    };
    await get("/same", params);
    const same = seen.at(-1)!.headers;
    assert.deepEqual([same.cookie, same["x-key"], same.host], ["c=1", "k", "virtual.example"]);
    await get("/away", params);
    for (const { headers } of seen.slice(-2)) {
      assert.deepEqual([headers.cookie, headers["x-key"], headers["x-plain"]], [
        undefined,
        undefined,
        "stays",
      ]);
      assert.match(headers.host!, /^127\.0\.0\.1:/);
    }
    await get("/away", { auth: { type: "bearer", token: "t" } });
    assert.equal(seen.at(-2)!.headers.authorization, undefined);
    assert.equal(seen.at(-1)!.headers.authorization, undefined);
  });

  test("to other schemes fail", async () => {
    for (const location of ["file:///etc/passwd", "http://"]) {
      routes["/odd"] = (_, response) => response.writeHead(302, { location }).end();
      assert.equal((await failureOf(get("/odd"))).code, "EXECUTION_ERROR", location);
    }
  });
});

describe("failures", () => {
  test("a timeout counts the whole exchange, and says so", async () => {
    routes["/silent"] = () => {};
    routes["/slow-body"] = (_, response) => void response.writeHead(200).write("some");
    for (const path of ["/silent", "/slow-body"]) {
      const error = await failureOf(get(path, { timeout: "50ms" }));
      assert.equal(error.code, "TIMEOUT_ERROR");
      assert.match(error.message, /timed out after its timeout, 50ms/);
      assert.deepEqual(error.details, { timeout: true, limit: "params.timeout" });
    }
    const host = { limits: { ...DEFAULT_HOST_LIMITS, httpDefaultTimeoutMs: 50 } };
    const context = actionContext({ host, stepTimeoutMs: 60_000 });
    // The step gives it longer than the default.
    routes["/late"] = (_, response) => void setTimeout(() => response.end("late"), 200);
    const patient = await execute("http.get", { url: `${base}/late` }, context);
    assert.equal(patient.body, "late");
    const silent = { url: `${base}/silent` };
    const byDefault = await failureOf(execute("http.get", silent, actionContext({ host })));
    assert.equal(byDefault.details!.limit, "http.default_timeout");
    const byStep = execute("http.get", silent, actionContext({ stepTimeoutMs: 50 }));
    assert.equal((await failureOf(byStep)).details!.limit, "timeout");
    await assert.rejects(
      get("/silent", { timeout: "0" }),
      failsWith("VALIDATION_ERROR", /params\.timeout: must be above 0/),
    );
  });

  test("a cancelled run ends the exchange with CANCELLED", async () => {
    const context = actionContext();
    routes["/cancel"] = () => context.abort("the branch lost");
    await assert.rejects(get("/cancel", {}, context), failsWith("CANCELLED", /the branch lost/));
    await assert.rejects(get("/echo", {}, context), failsWith("CANCELLED"));
  });

  test("nobody there, and a connection that breaks", async () => {
    const gone = createServer();
    const port = await listen(gone);
    gone.close();
    const refused = await failureOf(
      execute("http.get", { url: `http://u:hush@127.0.0.1:${port}/path?token=hush` }),
    );
    assert.equal(refused.code, "EXECUTION_ERROR");
    assert.equal(refused.details!.cause_code, "ECONNREFUSED");
    assert.match(refused.message, new RegExp(`^GET http://127\\.0\\.0\\.1:${port}/path: `));
    assert.doesNotMatch(JSON.stringify(refused), /hush/);
    routes["/broken"] = (request) => request.socket.destroy();
    assert.equal((await failureOf(get("/broken"))).code, "EXECUTION_ERROR");
    routes["/half"] = (request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("half", () => request.socket.destroy());
    };
    assert.equal((await failureOf(get("/half"))).code, "EXECUTION_ERROR");
  });

  test("of a later hop show nothing of its query either", async () => {
    const gone = createServer();
    const port = await listen(gone);
    gone.close();
    routes["/to-gone"] = (_, response) =>
      response.writeHead(302, { location: `http://u:hush@127.0.0.1:${port}/?token=hush` }).end();
    const error = await failureOf(get("/to-gone?key=hush"));
    assert.equal(error.details!.cause_code, "ECONNREFUSED");
    assert.doesNotMatch(JSON.stringify(error), /hush/);
  });

  test("durations in Go's syntax, and nothing else", async () => {
    for (const timeout of ["1h2m3.5s", "1.5m", "+5s", "9000000us"]) {
      assert.equal((await get("/echo", { timeout })).status_code, 200, timeout);
    }
    for (const timeout of ["5", 5, "5 s", "soon", "-1s", "1d", "0s"]) {
      await assert.rejects(
        get("/echo", { timeout }),
        failsWith("VALIDATION_ERROR", /params\.timeout: must /),
        String(timeout),
      );
    }
  });

  test("names that do not resolve", async () => {
    const error = await failureOf(execute("http.get", { url: "http://no-such-host.invalid/" }));
    assert.equal(error.code, "EXECUTION_ERROR");
  });
});

test("connections are kept and used again", async () => {
  const context = actionContext();
  let connections = 0;
  const server = createServer((_, response) => response.end("ok"));
  server.on("connection", () => connections++);
  const url = `http://127.0.0.1:${await listen(server)}/`;
  for (let i = 0; i < 10; i++) await execute("http.get", { url }, context);
  // The second is opened while the first is still being given back.
  assert.ok(connections <= 2, `${connections} connections`);
});

describe("TLS", () => {
  const cleanup = suiteCleanup();
  let secure: TestServer;
  const names: string[] = [];
  const secureSeen: Seen["headers"][] = [];
  let location = "";
  before(async () => {
    const SNICallback = (name: string, done: (error: null) => void) => {
      names.push(name);
      done(null);
    };
    secure = await httpServer(cleanup, (request, response) => {
      secureSeen.push(request.headers as Seen["headers"]);
      if (request.url === "/echo") response.end("ok");
      else response.writeHead(307, { location }).end();
    }, { tls: { ...selfSigned(), SNICallback } });
  });

  test("certificates are checked unless told otherwise", async () => {
    const url = `${secure.url}/echo`;
    const context = actionContext();
    const error = await failureOf(execute("http.get", { url }, context));
    assert.equal(error.details!.cause_code, "DEPTH_ZERO_SELF_SIGNED_CERT");
    const skipped = await execute("http.get", { url, tls_skip_verify: true }, context);
    assert.equal(skipped.body, "ok");
    const again = await failureOf(execute("http.get", { url }, context));
    assert.equal(again.code, "EXECUTION_ERROR");
  });

  test("the server is the URL's, whatever the Host header says", async () => {
    const url = `${secure.url.replace("127.0.0.1", "localhost")}/echo`;
    await execute("http.get", {
      url,
      tls_skip_verify: true,
      headers: { Host: "virtual.example" },
    });
    // Some runtimes also ask for the empty name of connections to an address.
    assert.deepEqual(names.filter((name) => name !== ""), ["localhost"]);
    assert.equal(secureSeen.at(-1)!.host, "virtual.example");
  });

  test("credentials do not follow from https to http, nor back", async () => {
    const params = {
      tls_skip_verify: true,
      headers: { cookie: "c=1", "X-Plain": "stays" },
      auth: { type: "api_key", header_name: "X-Key", header_value: "k" },
    };
    const kept = ({ cookie, "x-key": key, "x-plain": plain }: Seen["headers"]) => [
      cookie,
      key,
      plain,
    ];
    location = `${base}/echo`;
    await execute("http.get", { url: `${secure.url}/away`, ...params });
    assert.deepEqual(kept(secureSeen.at(-1)!), ["c=1", "k", "stays"]);
    assert.deepEqual(kept(seen.at(-1)!.headers), [undefined, undefined, "stays"]);
    routes["/to-https"] = (_, response) =>
      response.writeHead(302, { location: `${secure.url}/echo` }).end();
    await execute("http.get", { url: `${base}/to-https`, ...params });
    assert.deepEqual(kept(secureSeen.at(-1)!), [undefined, undefined, "stays"]);
  });
});

describe("the connect policy", () => {
  test("sees the address of every hop, names resolved, and stops before it connects", async () => {
    const asked: { host: string; address?: string }[] = [];
    const connectPolicy: ConnectPolicy = (target) => {
      asked.push(target);
      const isBarred = target.address && target.host === "localhost";
      return isBarred ? { reason: "loopback", setting: "http.deny_private" } : undefined;
    };
    const context = actionContext({ host: { connectPolicy } });
    const named = base.replace("127.0.0.1", "localhost");
    routes["/to-name"] = (_, response) =>
      response.writeHead(302, { location: `${named}/redirect-end` }).end();
    const before = seen.length;
    await assert.rejects(
      get("/to-name", {}, context),
      failsWith("PERMISSION_DENIED", /localhost is not allowed: loopback/),
    );
    assert.equal(seen.length, before + 1);
    const [first, second, third, ...others] = asked;
    assert.deepEqual([first, second], [
      { host: "127.0.0.1" },
      { host: "127.0.0.1", address: "127.0.0.1" },
    ]);
    assert.deepEqual(third, { host: "localhost" });
    assert.ok(others.length > 0);
    assert.ok(others.every(({ host, address }) => host === "localhost" && address !== host));
  });

  test("lets the connection go to an address it allowed", async () => {
    const connectPolicy: ConnectPolicy = ({ address }) =>
      address === undefined || address === "127.0.0.1"
        ? undefined
        : { reason: "not this one", setting: "http.deny_hosts" };
    const context = actionContext({ host: { connectPolicy } });
    const output = await execute(
      "http.get",
      { url: base.replace("127.0.0.1", "localhost") + "/echo" },
      context,
    );
    assert.equal(output.body, "ok");
  });
});

test("the environment's proxy is used, but not for the loopback interface", async () => {
  const requests: string[] = [];
  const proxy = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      requests.push(data.toString("latin1").split("\r\n")[0]!);
      socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = proxy.address() as AddressInfo;
    const context = actionContext({ host: { env: { http_proxy: `http://127.0.0.1:${port}` } } });
    assert.equal((await get("/echo", {}, context)).body, "ok");
    assert.deepEqual(requests, []);
    await execute("http.get", { url: "http://example.invalid/x" }, context).catch(() => {});
    assert.match(requests[0]!, /example\.invalid/);
  } finally {
    proxy.close();
  }
});

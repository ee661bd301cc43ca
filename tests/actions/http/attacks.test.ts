// What a hostile server, or a hostile value in a param, can do to an http step: nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { before, describe, test } from "node:test";
import {
  brotliCompressSync,
  constants,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import type { JsonObject } from "../../../core/json.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { suiteCleanup } from "../../support/daemon.ts";
import { httpServer, tcpServer, type TestServer } from "../../support/http-server.ts";

const MIB = 1024 * 1024;

describe("injection", () => {
  const cleanup = suiteCleanup();
  let server: TestServer;
  before(async () => {
    server = await httpServer(cleanup, (_, response) => response.end("ok"));
  });

  const attempts: [string, (url: string) => JsonObject, RegExp][] = [
    ["a header's value", (url) => ({ url, headers: { A: "1\r\nEvil: 1" } }), /headers\.A: /],
    ["a bare line feed", (url) => ({ url, headers: { A: "1\nEvil: 1" } }), /headers\.A: /],
    ["a NUL", (url) => ({ url, headers: { A: "1\0" } }), /headers\.A: /],
    ["a header's name", (url) => ({ url, headers: { "A: 1\r\nEvil": "1" } }), /params\.headers\./],
    ["a name with a space", (url) => ({ url, headers: { "A B": "1" } }), /params\.headers\./],
    ["an empty name", (url) => ({ url, headers: { "": "1" } }), /params\.headers\./],
    ["the method", (url) => ({ url, method: "GET / HTTP/1.1\r\nEvil: 1\r\n\r\n" }), /method: /],
    ["a method of two words", (url) => ({ url, method: "GET X" }), /params\.method: /],
    ["a tunnel", (url) => ({ url, method: "connect" }), /params\.method: must not be CONNECT/],
    ["the URL", (url) => ({ url: `${url}/ HTTP/1.1\r\nEvil: 1` }), /params\.url: /],
    ["the URL's scheme", (url) => ({ url: `ht\ntp${url.slice(4)}` }), /params\.url: /],
    ["the host", (url) => ({ url, headers: { Host: "a\r\nEvil: 1" } }), /headers\.Host: /],
    [
      "a token",
      (url) => ({ url, auth: { type: "bearer", token: "t\r\nEvil: 1" } }),
      /params\.auth\.token: /,
    ],
    [
      "a key's value",
      (url) => ({ url, auth: { type: "api_key", header_name: "K", header_value: "v\nEvil: 1" } }),
      /params\.auth\.header_name: /,
    ],
    [
      "a key's name",
      (url) => ({ url, auth: { type: "api_key", header_name: "K\nEvil", header_value: "v" } }),
      /params\.auth\.header_name: /,
    ],
    [
      "a key that frames the body",
      (url) => ({
        url,
        auth: { type: "api_key", header_name: "Content-Length", header_value: "0" },
      }),
      /params\.auth\.header_name: must not be Content-Length/,
    ],
  ];
  for (const [name, params, message] of attempts) {
    test(`through ${name} is refused and names the field`, async () => {
      const before = server.connections();
      await assert.rejects(
        execute("http.request", params(server.url)),
        failsWith("VALIDATION_ERROR", message),
      );
      assert.equal(server.connections(), before);
    });
  }

  test("in the query, a form or basic credentials is encoded", async () => {
    await execute("http.post", {
      url: server.url,
      query: { "a\r\nEvil: 1": "b\r\nEvil: 1" },
      auth: { type: "basic", username: "u\r\nEvil: 1", password: "p" },
      body: { "c\r\n": "d\r\n" },
      body_encoding: "form",
    });
    const { url, headers } = server.requests.at(-1)!;
    assert.equal(url, "/?a%0D%0AEvil%3A+1=b%0D%0AEvil%3A+1");
    assert.equal(headers.evil, undefined);
  });

  test("headers that frame the message stay ours", async () => {
    await execute("http.post", {
      url: server.url,
      headers: { "Transfer-Encoding": "chunked", "content-length": "0", Upgrade: "x", TE: "x" },
      body: "abc",
    });
    const { headers } = server.requests.at(-1)!;
    assert.deepEqual(
      [headers["transfer-encoding"], headers["content-length"], headers.upgrade, headers.te],
      [undefined, "5", undefined, undefined],
    );
  });
});

/** Writes `chunk` again and again until the other side goes away; returns how often. */
async function flood(socket: Socket, chunk: Buffer | string): Promise<number> {
  let written = 0;
  while (!socket.destroyed) {
    written++;
    if (!socket.write(chunk)) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    }
  }
  return written;
}

describe("a body without end", () => {
  test("is cut at the limit and its connection closed", async (t) => {
    const chunk = Buffer.alloc(MIB, "x");
    let flooded!: Promise<number>;
    const { url } = await tcpServer(t, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${10 * 1024 ** 3}\r\n\r\n`);
      flooded = flood(socket, chunk);
    });
    const output = await execute("http.get", { url });
    assert.deepEqual([output.body.length, output.truncated], [10 * MIB, true]);
    assert.ok(await flooded < 100);
  });

  test("in chunks of one byte costs what its bytes cost", async (t) => {
    const chunk = "1\r\nx\r\n".repeat(10_000);
    const { url } = await tcpServer(t, (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      void flood(socket, chunk);
    });
    const limits = {
      ...actionContext().host.limits,
      httpMaxResponseBody: 100_000,
    };
    const { body, truncated } = await execute(
      "http.get",
      { url },
      actionContext({ host: { limits } }),
    );
    assert.deepEqual([body.length, truncated], [100_000, true]);
  });

  test("that drips ends at the timeout, which says so", async (t) => {
    const closed = Promise.withResolvers<void>();
    const { url } = await tcpServer(t, (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const drip = setInterval(() => socket.write("1\r\nx\r\n"), 1);
      socket.once("close", () => {
        clearInterval(drip);
        closed.resolve();
      });
    });
    const error = await execute("http.get", { url, timeout: "60ms" }).catch((error) => error);
    assert.deepEqual(
      [error.code, error.details],
      ["TIMEOUT_ERROR", { timeout: true, limit: "params.timeout" }],
    );
    await closed.promise;
  });

  test("of a redirect is not read to its end", async (t) => {
    const { url } = await tcpServer(t, (socket) => {
      socket.once("data", (data) => {
        if (data.includes("GET /end")) {
          socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        } else {
          socket.write(
            "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 9999999999\r\n\r\n",
          );
          void flood(socket, Buffer.alloc(MIB));
        }
      });
    });
    assert.equal((await execute("http.get", { url })).body, "ok");
  });
});

describe("headers", () => {
  test("that drip end at the timeout", async (t) => {
    const { url } = await tcpServer(t, (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => socket.write("a"), 1);
      socket.once("close", () => clearInterval(drip));
    });
    const error = await execute("http.get", { url, timeout: "60ms" }).catch((error) => error);
    assert.equal(error.details?.timeout, true);
  });

  test("of any size fail the step before they fill the memory", async (t) => {
    for (const chunk of ["X-A: " + "a".repeat(60_000) + "\r\n", "a".repeat(MIB)]) {
      let flooded!: Promise<number>;
      const { url } = await tcpServer(t, (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nX-Giant: ");
        flooded = flood(socket, chunk);
      });
      const error = await execute("http.get", { url }).catch((error) => error);
      assert.deepEqual(
        [error.code, error.details.cause_code],
        ["EXECUTION_ERROR", "UND_ERR_HEADERS_OVERFLOW"],
      );
      assert.ok(await flooded < 1_000);
    }
  });

  test("of a size that servers do send are taken", async (t) => {
    const server = await httpServer(t, (_, response) => {
      response.writeHead(200, { "x-large": "a".repeat(50_000) }).end();
    });
    const { headers } = await execute("http.get", { url: server.url });
    assert.equal(headers["X-Large"].length, 50_000);
  });

  test("named like members of every object are headers like any other", async (t) => {
    const { url } = await tcpServer(t, (socket) => {
      socket.once("data", () =>
        socket.end(
          "HTTP/1.1 200 OK\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\n" +
            "toString: d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ));
    });
    const { headers, headers_all } = await execute("http.get", { url });
    assert.deepEqual(JSON.parse(JSON.stringify({ headers, headers_all })), {
      headers: JSON.parse(
        '{"__proto__":"a","Constructor":"c","Tostring":"d","Content-Length":"0","Connection":"close"}',
      ),
      headers_all: JSON.parse('{"__proto__":["a","b"]}'),
    });
    assert.equal(({} as any).a, undefined);
  });

  test("that are no HTTP at all fail the step", async (t) => {
    for (const greeting of ["SSH-2.0-OpenSSH\r\n", "HTTP/9.9 OK\r\n\r\n", "\0\0\0\r\n\r\n"]) {
      const { url } = await tcpServer(t, (socket) => {
        socket.write(greeting);
      });
      await assert.rejects(execute("http.get", { url }), failsWith("EXECUTION_ERROR"));
    }
  });

  test("with two lengths that differ, or a length and chunks, fail the step", async (t) => {
    const frames = [
      "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ];
    for (const frame of frames) {
      const { url } = await tcpServer(t, (socket) => {
        socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\n${frame}`));
      });
      await assert.rejects(execute("http.get", { url }), failsWith("EXECUTION_ERROR"), frame);
    }
  });
});

describe("redirects", () => {
  test("in a circle end after the allowed ones", async (t) => {
    const server = await httpServer(t, (request, response) => {
      response.writeHead(307, { location: request.url === "/a" ? "/b" : "/a" }).end();
    });
    await assert.rejects(
      execute("http.post", { url: `${server.url}/a`, body: "x" }),
      failsWith("EXECUTION_ERROR", /stopped after 10 redirects/),
    );
    assert.equal(server.requests.length, 11);
  });

  test("with line breaks in their address inject nothing", async (t) => {
    const server = await httpServer(t, (request, response) => {
      if (request.url === "/") response.writeHead(302, { location: "/%0d%0aEvil:%201" }).end();
      else response.end("ok");
    });
    await execute("http.get", { url: server.url });
    assert.equal(server.requests[1]!.url, "/%0d%0aEvil:%201");
    assert.equal(server.requests[1]!.headers.evil, undefined);
  });

  test("to other kinds of addresses are refused", async (t) => {
    for (const location of ["file:///etc/passwd", "data:,x", "javascript:1", "ftp://127.0.0.1/"]) {
      const server = await httpServer(t, (_, response) => {
        response.writeHead(302, { location }).end();
      });
      await assert.rejects(
        execute("http.get", { url: server.url }),
        failsWith("EXECUTION_ERROR", /redirected to an address with the scheme/),
      );
    }
  });
});

describe("a decompression bomb", () => {
  const zeros = Buffer.alloc(64 * MIB);
  const bombs: [string, () => Buffer][] = [
    ["gzip", () => gzipSync(zeros)],
    ["deflate", () => deflateSync(zeros)],
    ["br", () => brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ["zstd", () => zstdCompressSync(zeros)],
  ];
  for (const [encoding, make] of bombs) {
    test(`of ${encoding} is cut at the limit`, async (t) => {
      const bomb = make();
      const server = await httpServer(t, (_, response) => {
        response.writeHead(200, { "content-encoding": encoding }).end(bomb);
      });
      const context = actionContext({ maxOutput: 100 * MIB });
      const { body, truncated } = await execute("http.get", { url: server.url }, context);
      assert.deepEqual([body.length, truncated], [10 * MIB, true]);
    });
  }

  test("without end holds no more than what is kept", async (t) => {
    const member = gzipSync(zeros);
    let flooded!: Promise<number>;
    const { url } = await tcpServer(t, (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
      flooded = flood(socket, member);
    });
    const { truncated } = await execute("http.get", { url });
    assert.equal(truncated, true);
    // 64 MiB each: had they been inflated, the machine would have noticed.
    assert.ok(await flooded < 10_000);
  });

  test("that asks for a window of 128 MiB is refused", async (t) => {
    const compressor = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
    compressor.write(Buffer.alloc(MIB));
    compressor.end();
    const bytes = Buffer.concat(await compressor.toArray());
    const server = await httpServer(t, (_, response) => {
      response.writeHead(200, { "content-encoding": "zstd" }).end(bytes);
    });
    await assert.rejects(
      execute("http.get", { url: server.url }),
      failsWith("EXECUTION_ERROR"),
    );
  });
});

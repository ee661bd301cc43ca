// Whether any request over HTTP gets past the checks, brings the daemon down or leaves anything behind.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertHealthy, assertRefused, nested, raw } from "../support/attack.ts";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";

const STEP = { id: "a", action: "crypto.uuid" };
const RUN = '"template_name":"ok","agent_id":"a","wait_ms":5000';
const DEEP = nested(200_000);

describe("hostile requests", () => {
  const cleanup = suiteCleanup();
  let url: string;
  before(async () => {
    ({ url } = await startTestDaemon(cleanup));
    await defineTemplate(url, "ok", [STEP]);
  });
  const countRuns = async () => (await rest(url, "GET", "/api/v1/runs")).body.runs.length;

  describe("bodies that are refused, naming what is wrong", () => {
    const template = (more: string) => `{"name":"bad","agent_id":"a",${more}}`;
    const good = `"definition":{"steps":[{"id":"a","action":"crypto.uuid"}]}`;
    const cases: [name: string, path: string, body: string | Buffer, message: RegExp][] = [
      ["deep params", "runs", `{${RUN},"params":{"x":${DEEP}}}`, /^body: must not nest deeper/],
      ["many levels", "runs", nested(200_000), /^body: must not nest deeper/],
      ["two million levels", "runs", nested(2_000_000), /^body: must hold at most 250000 values/],
      ["a deep definition", "templates", template(`"definition":${DEEP}`), /^body: must not nest/],
      ["deep triggers", "templates", template(`${good},"triggers":{"x":${DEEP}}`), /^body: must/],
      ["an unclosed text", "templates", "[".repeat(200_000), /^body: line 1, column 200001/],
      [
        "bytes that are no UTF-8",
        "templates",
        Buffer.from(template(good).replace("bad", "b\xffd"), "latin1"),
        /^body: must be UTF-8$/,
      ],
      [
        "__proto__ as a field",
        "runs",
        `{${RUN},"__proto__":{"x":1}}`,
        /^__proto__: is not a known/,
      ],
      [
        "constructor as a field",
        "runs",
        `{${RUN},"constructor":1}`,
        /^constructor: is not a known/,
      ],
      [
        "an infinite wait",
        "runs",
        `{${RUN.replace("5000", "1e999")}}`,
        /^body: line 1, column \d+: expected a number that a double holds/,
      ],
      [
        "a negative wait",
        "runs",
        `{${RUN.replace("5000", "-1")}}`,
        /^wait_ms: must be a number from 0 to 600000/,
      ],
      [
        "half a surrogate pair",
        "runs",
        `{"template_name":"\\ud800","agent_id":"a"}`,
        /^template_name/,
      ],
      [
        "a NUL in a name",
        "runs",
        `{"template_name":"ok\\u0000","agent_id":"a"}`,
        /^template_name:/,
      ],
      [
        "a NUL in a description",
        "templates",
        template(`${good},"description":"a\\u0000b"`),
        /^description: must not hold NUL/,
      ],
      [
        "half a surrogate pair in a description",
        "templates",
        template(`${good},"description":"a\\udc00b"`),
        /^description: must not hold NUL/,
      ],
      [
        "__proto__ as a step",
        "templates",
        template(`"definition":{"steps":[{"id":"__proto__","action":"crypto.uuid"}]}`),
        /^steps\[0\]\.id: must not be "__proto__"/,
      ],
      ["an array", "runs", "[1]", /^body: must be object/],
      ["null", "runs", "null", /^body: must be object/],
      ["compressed bytes", "runs", Buffer.from([0x1f, 0x8b, 8, 0]), /^body: must be UTF-8/],
    ];
    for (const [name, path, body, message] of cases) {
      it(name, async () => {
        const runs = await countRuns();
        const response = await fetch(`${url}/api/v1/${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: body as string,
        });
        const { status, headers } = response;
        const answer = { status, headers, body: await response.json() };
        await assertRefused(url, answer, { status: 400, message });
        assert.equal(await countRuns(), runs);
        assert.equal((await rest(url, "GET", "/api/v1/templates/bad")).status, 404);
      });
    }
  });

  it("takes names that objects have by themselves as names", async () => {
    await defineTemplate(url, "__proto__", [
      { ...STEP, id: "constructor" },
      { ...STEP, id: "toString" },
    ]);
    const body = `{"template_name":"__proto__","agent_id":"constructor","wait_ms":5000,` +
      `"idempotency_key":"__proto__","params":{"__proto__":{"polluted":1},"constructor":2}}`;
    const { body: reply } = await rest(url, "POST", "/api/v1/runs", body);
    assert.deepEqual(Object.keys(reply.output), ["constructor", "toString"]);
    const listed = await (await fetch(`${url}/api/v1/runs?agent_id=constructor`)).text();
    assert.match(listed, /"input_params":\{"__proto__":\{"polluted":1\},"constructor":2\}/);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    // The same key and the same odd params are the same request.
    const again = await rest(url, "POST", "/api/v1/runs", body);
    assert.equal(again.body.workflow_id, reply.workflow_id);
  });

  describe("addresses that are refused", () => {
    const cases: [path: string, status: number, message: RegExp, code?: string][] = [
      ["/api/v1/runs/..%2f..%2fetc", 404, /not found/, "NOT_FOUND"],
      ["/api/v1/runs/%00", 400, /^workflow_id: must not contain control/],
      ["/api/v1/runs/a%0d%0aX:%20y", 400, /^workflow_id: must not contain control/],
      ["/api/v1/runs/%E0%A4%A", 404, /not found/, "NOT_FOUND"],
      [`/api/v1/runs/${"a".repeat(10_000)}`, 400, /^workflow_id: must have at most/],
      ["/../../etc/passwd", 404, /no such route/, "NOT_FOUND"],
      ["//evil/api/v1/runs", 404, /no such route/, "NOT_FOUND"],
      ["/api/v1/templates/ok/versions/-1", 400, /^version: must be like/],
      ["/api/v1/templates/ok/versions/v99999999999999999999", 400, /^version: must be like/],
      ["/api/v1/runs?limit=1e999", 400, /^filter\.limit/],
      ["/api/v1/runs?limit=x", 400, /^filter\.limit/],
      ["/api/v1/runs?cursor=garbage", 400, /^filter\.cursor: /],
      [`/api/v1/runs?cursor=${forged(["templates", "a", 1])}`, 400, /^filter\.cursor: /],
      [`/api/v1/runs?cursor=${forged(["runs", 1e300, 1])}`, 400, /^filter\.cursor: /],
      [`/api/v1/runs?cursor=${forged(["runs", 1, "x"])}`, 400, /^filter\.cursor: /],
      ["/api/v1/runs?__proto__=1", 400, /^filter\.__proto__: is not a filter/],
      ["/api/v1/runs?constructor=1", 400, /^filter\.constructor: is not a filter/],
      ["/api/v1/runs?status=failed&status=active", 400, /^status: given 2 times/],
      ["/api/v1/runs?since=9999-99-99T00:00:00Z", 400, /^filter\.since/],
      ["/api/v1/events?after_id=-1", 400, /^filter\.after_id/],
      ["/api/v1/events/stream?after=1e9", 400, /^after: must be an event id/],
      ["/api/v1/events/stream?run=nobody", 404, /not found/, "NOT_FOUND"],
    ];
    for (const [path, status, message, code] of cases) {
      it(path.slice(0, 60), async () => {
        const answer = await rest(url, "GET", path);
        await assertRefused(url, answer, { status, message, ...(code && { code }) });
      });
    }
    it("a Last-Event-ID that is none", async () => {
      for (const id of ["x", "1; DROP TABLE runs", "-1", "9".repeat(400)]) {
        const headers = { "last-event-id": id };
        const answer = await rest(url, "GET", "/api/v1/events/stream", undefined, headers);
        await assertRefused(url, answer, { status: 400, message: /^Last-Event-ID: must be/ });
      }
    });
  });

  describe("requests as bytes", () => {
    const get = (headers: string) =>
      `GET /api/v1/runs?limit=1 HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`;
    const post = (headers: string, body = "") =>
      `POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `${headers}Connection: close\r\n\r\n${body}`;
    const foreign = [
      "evil.com",
      "127.0.0.1.nip.io",
      "127.0.0.1@evil.com",
      "2130706433",
      "127.1",
      "0.0.0.0",
      "evil.com:127.0.0.1",
      "127.0.0.1,evil.com",
      "localhost#@evil.com",
      "localhost\\@evil.com",
      "a b",
      "",
    ];
    for (const host of foreign) {
      it(`Host: ${host}`, async () => {
        assert.match(await raw(url, get(`Host: ${host}\r\n`)), /^HTTP\/1\.1 (403|400) /);
      });
    }
    it("two Hosts, whichever comes first", async () => {
      const hosts = "Host: evil.com\r\nHost: 127.0.0.1\r\n";
      const swapped = "Host: 127.0.0.1\r\nHost: evil.com\r\n";
      for (const both of [hosts, swapped]) {
        assert.match(await raw(url, get(both)), /^HTTP\/1\.1 (403|400) /);
      }
    });
    it("foreign Origins", async () => {
      const { host, port } = new URL(url);
      const origins = ["null", "http://evil.com", "http://127.0.0.1", `http://localhost:${port}`];
      origins.push(`${url}.evil.com`, `${url}@evil.com`, "file://", "");
      for (const origin of origins) {
        const answer = await raw(url, get(`Host: ${host}\r\nOrigin: ${origin}\r\n`));
        assert.match(answer, /^HTTP\/1\.1 403 /, origin);
      }
    });
    it("both a length and chunks", async () => {
      const both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
      assert.match(await raw(url, post(both, "0\r\n\r\n")), /^HTTP\/1\.1 400 /);
    });
    it("lengths that are none, or too large", async () => {
      assert.match(await raw(url, post("Content-Length: -5\r\n")), /^HTTP\/1\.1 400 /);
      assert.match(await raw(url, post("Content-Length: 99999999999\r\n")), /^HTTP\/1\.1 413 /);
    });
    it("more chunks than a body may have", async () => {
      const chunk = `${(5 << 20).toString(16)}\r\n${" ".repeat(5 << 20)}\r\n`;
      assert.match(
        await raw(url, post("Transfer-Encoding: chunked\r\n", chunk)),
        /^HTTP\/1\.1 413 /,
      );
    });
    it("headers that are too large", async () => {
      assert.match(
        await raw(url, get(`Host: 127.0.0.1\r\nX: ${"a".repeat(40_000)}\r\n`)),
        /^HTTP\/1\.1 431 /,
      );
    });
    it("no HTTP at all", async () => {
      assert.match(await raw(url, "\0\x01\x02\r\n\r\n"), /^HTTP\/1\.1 400 /);
      await assertHealthy(url);
    });
  });

  it("asks for a token whatever the request looks like, and takes only the right one", async (t) => {
    const daemon = await startTestDaemon(t, { settings: { auth_token: "s3cret" } });
    const wrong = ["", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2", "bearer  S3CRET"];
    wrong.push("Basic s3cret", "s3cret", "Bearer s3cret s3cret", "Bearer __proto__");
    for (const authorization of wrong) {
      for (
        const path of [
          "/api/v1/runs",
          "/mcp",
          "/sse",
          "/healthz//",
          "/healthz/x",
          "//healthz",
          "/schema/workflow.json",
          "/openapi.json",
        ]
      ) {
        const answer = await rest(daemon.url, "GET", path, undefined, { authorization });
        assert.equal(answer.status, 401, `${authorization} ${path}`);
      }
    }
    const authorization = "Bearer s3cret";
    const answer = await rest(daemon.url, "GET", "/api/v1/runs", undefined, { authorization });
    assert.equal(answer.status, 200);
  });
});

function forged(key: unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

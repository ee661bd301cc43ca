// What the web side holds against: foreign pages, forged cursors, ids and links, paths that mean others.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { loadPanel } from "../../cli/panel/load.ts";
import { tokenHash } from "../../server/callers.ts";
import { raw } from "../support/attack.ts";
import { startTestDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { type Answer, rest } from "../support/http.ts";

const ADMIN = "admin-token-of-the-daemon";
const tokenOf = (name: string) => `oca_${name.padEnd(43, "x")}`;
const rights = { allow: ["*"], templates: ["pub-*"], decide: "own" };

type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

const ASK = [{
  id: "ask",
  type: "reasoning",
  config: { prompt_context: "go?", options: [{ id: "yes" }, { id: "no" }] },
}];

describe("agents that see a part of what there is", () => {
  const t = suiteCleanup();
  let admin: Call;
  let alice: Call;
  let bob: Call;

  before(async () => {
    const home = tempHome(t);
    const agents = Object.fromEntries(
      ["alice", "bob"].map((name) => [name, { ...rights, token_hash: tokenHash(tokenOf(name)) }]),
    );
    const settings = { auth_token: ADMIN, agents };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
    const { url } = await startTestDaemon(t, { home });
    const by = (token: string): Call => (method, path, body) =>
      rest(url, method, `/api/v1${path}`, body, { authorization: `Bearer ${token}` });
    [admin, alice, bob] = [by(ADMIN), by(tokenOf("alice")), by(tokenOf("bob"))] as const;
    // More than are looked through for one page, so that a page ends at one that is hidden.
    for (let n = 0; n < 24; n++) {
      const name = n === 23 ? "pub-x" : `hidden-${String(n).padStart(2, "0")}`;
      const webhook = [{ name: `hook-of-${name}`, verify: "none" }];
      const made = await admin("POST", "/templates", {
        ...{ name, agent_id: `hidden-agent-${n}`, definition: { steps: ASK } },
        triggers: { webhook },
      });
      assert.equal(made.status, 201, JSON.stringify(made.body));
    }
  });

  const LISTS = ["templates", "runs", "schedules", "hooks", "agents", "events", "decisions"];
  for (const list of LISTS) {
    test(`no cursor of ${list} says what stands where the page ends`, async () => {
      let cursor: string | undefined;
      let pages = 0;
      do {
        const at = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const { status, body } = await alice("GET", `/${list}?limit=1${at}`);
        assert.equal(status, 200, JSON.stringify(body));
        cursor = body.next_cursor;
        if (cursor === undefined) break;
        for (const part of [cursor, ...cursor.split(".")]) {
          assert.doesNotMatch(Buffer.from(part, "base64url").toString("latin1"), /hidden|hook-of/);
        }
        const stolen = await bob("GET", `/${list}?limit=1&cursor=${encodeURIComponent(cursor)}`);
        assert.equal(stolen.status, 400, "another agent's cursor");
      } while (++pages < 30);
      const forged = Buffer.from(JSON.stringify([list, 0, "hidden-00"])).toString("base64url");
      for (const text of [forged, `AAAAAAAA.${forged}`, "x", "%00"]) {
        assert.equal((await alice("GET", `/${list}?limit=1&cursor=${text}`)).status, 400, text);
      }
    });
  }

  test("lists of hooks and agents end, and show what is the agent's to see", async () => {
    const shown: string[] = [];
    let cursor: string | undefined;
    do {
      const at: string = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await alice("GET", `/hooks?limit=5${at}`);
      shown.push(...body.hooks.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor;
    } while (cursor !== undefined);
    assert.deepEqual(shown, ["hook-of-pub-x"]);
  });
});

/** What a request comes to, whatever its path and headers are made of: no client tidies them up. */
function ask(
  url: string,
  path: string,
  { method = "GET", headers = {}, body }: {
    method?: string;
    headers?: Record<string, string | string[]>;
    body?: string | Buffer;
  } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url);
    const sent = request({ host, port, method, path, headers, agent: false }, async (answer) => {
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      resolve({ status: answer.statusCode!, text });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("a daemon with a token, its panel and a name", () => {
  const t = suiteCleanup();
  const json = { "content-type": "application/json" };
  const bearer = { authorization: `Bearer ${ADMIN}` };
  let url: string;
  let port: string;
  let cookie: string;
  let id: string;
  let decision: string;
  const admin: Call = (method, path, body) => rest(url, method, `/api/v1${path}`, body, bearer);

  /** Starts a run that asks. */
  async function asking(): Promise<{ id: string; decision: string }> {
    const run = { template_name: "asks", agent_id: "someone", wait_ms: 10_000 };
    const { body } = await admin("POST", "/runs", run);
    return { id: body.workflow_id, decision: body.pending_decisions[0].decision_id };
  }

  before(async () => {
    const settings = { panel: "true", auth_token: ADMIN, base_url: "https://opcode.example" };
    ({ url } = await startTestDaemon(t, { settings, panel: loadPanel }));
    port = new URL(url).port;
    await admin("POST", "/templates", {
      ...{ name: "asks", agent_id: "someone", definition: { steps: ASK } },
      triggers: { webhook: [{ name: "open", verify: "none" }] },
    });
    ({ id, decision } = await asking());
    const login = await rest(url, "POST", "/login", { token: ADMIN });
    cookie = login.headers.get("set-cookie")!.split(";")[0]!;
    assert.equal((await ask(url, "/api/v1/runs", { headers: { cookie } })).status, 200);
  });

  /** Nothing was started, ended or taken away by what was refused. */
  async function assertUntouched(what: string): Promise<void> {
    const { body } = await admin("GET", "/runs");
    const runs = body.runs.map((run: { id: string; status: string }) => [run.id, run.status]);
    assert.deepEqual(runs, [[id, "suspended"]], what);
    const { body: { templates } } = await admin("GET", "/templates");
    assert.deepEqual(templates.map(({ version }: { version: string }) => version), ["v1"], what);
  }

  test("no spelling of a path gets past the token", async () => {
    const paths = [
      ...[
        "/api/v1/runs",
        "//api/v1/runs",
        "/api//v1/runs",
        "/API/V1/runs",
        "/api/v1/runs/",
        "/%61pi/v1/runs",
      ],
      ...["/healthz/../api/v1/runs", "/healthz/%2e%2e/api/v1/runs", "/healthz%2f..%2fapi/v1/runs"],
      ...[
        "/healthz;/../api/v1/runs",
        "/login/../api/v1/runs",
        "/login/%2e%2e/api/v1/runs",
        "/login/api/v1/runs",
      ],
      ...["/static/../api/v1/runs", "/static/..%2fapi%2fv1%2fruns", "/static/%2e%2e%2fapi/v1/runs"],
      ...["/static/x/../../api/v1/runs", "/static//api/v1/runs", "/static/%252e%252e/api/v1/runs"],
      ...["/decide/../api/v1/runs", "/decide/x/../../api/v1/runs", "/decide/..%2fapi%2fv1%2fruns"],
      ...[
        "/hooks/a/../../api/v1/runs",
        "/hooks/a/b/../../../api/v1/runs",
        "/hooks/%2e%2e/%2e%2e/api/v1/runs",
      ],
      ...[
        "/hooks/..%2f..%2fapi/v1%2fruns",
        "/hooks/api/v1/../../../api/v1/runs",
        "/proof/../api/v1/runs",
      ],
      ...[
        "/api/v1/runs;a=b",
        "/api/v1/runs%00",
        "/api/v1/runs%3f",
        "/api/v1/%72uns",
        "/api/v1/runs#/healthz",
      ],
      ...[
        `http://127.0.0.1:${port}/api/v1/runs`,
        "http://evil.example/api/v1/runs",
      ],
      ...[
        "/\\api\\v1\\runs",
        "/healthz\\..\\api\\v1\\runs",
        "/api/v1/healthz/../runs",
        "/mcp/../api/v1/runs",
      ],
    ];
    for (const path of paths) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
        const body = method === "POST" || method === "PUT" ? "{}" : undefined;
        const host = `127.0.0.1:${port}`;
        const headers = { host, ...(body && json) };
        const answer = await ask(url, path, { method, headers, ...(body && { body }) });
        assert.ok(
          answer.status >= 400 && answer.status < 500,
          `${method} ${path}: ${answer.status}`,
        );
        assert.ok(!answer.text.includes(id), `${method} ${path}`);
      }
    }
    await assertUntouched("paths");
  });

  test("no header or parameter makes another method of one", async () => {
    const overrides: Record<string, string>[] = [
      "x-http-method-override",
      "x-method-override",
      "x-http-method",
    ]
      .map((name) => ({ [name]: "DELETE" }));
    for (const headers of overrides) {
      await ask(url, "/api/v1/templates/asks", { headers: { ...bearer, ...headers } });
      const options = { method: "POST", headers: { ...bearer, ...json, ...headers }, body: "{}" };
      await ask(url, `/api/v1/runs/${id}`, options);
    }
    await ask(url, `/api/v1/runs/${id}/cancel?_method=POST`, { headers: bearer });
    const body = "_method=POST";
    const form = { ...bearer, "content-type": "application/x-www-form-urlencoded" };
    const answer = await ask(url, `/api/v1/runs/${id}/cancel`, {
      method: "POST",
      headers: form,
      body,
    });
    assert.equal(answer.status, 415);
    await assertUntouched("methods");
  });

  test("a foreign page does nothing with the cookie of who is signed in", async () => {
    const own = `http://127.0.0.1:${port}`;
    const origins = [
      ...[
        "null",
        "https://evil.example",
        `${own}.evil.example`,
        `http://evil.example#${own}`,
        "file://",
      ],
      ...[
        "http://127.0.0.1:1",
        "https://opcode.example.evil",
        "http://opcode.example",
        "https://opcode.example:444",
      ],
      ...[
        `https://127.0.0.1@evil.example:${port}`,
        "chrome-extension://abcdef",
        `${own}, https://evil.example`,
        "",
      ],
    ];
    const pages: Record<string, string>[] = [
      ...origins.map((origin) => ({ origin })),
      ...["cross-site", "same-site", "none, cross-site"].map((site) => ({
        "sec-fetch-site": site,
      })),
      ...[
        "evil.example",
        `evil.example:${port}`,
        "127.0.0.1.evil.example",
        `localhost.evil:${port}`,
        "[::1",
        "0",
      ]
        .map((host) => ({ host })),
    ];
    const writes: [string, string, string][] = [
      ["POST", "/api/v1/runs", '{"template_name":"asks","agent_id":"x"}'],
      ["POST", `/api/v1/runs/${id}/cancel`, "{}"],
      ["POST", `/api/v1/decisions/${decision}/resolve`, '{"choice":"yes","agent_id":"x"}'],
      ["DELETE", "/api/v1/secrets/X", ""],
      ["POST", "/logout", "{}"],
      ["POST", "/hooks/asks/open", "{}"],
      ["POST", "/mcp", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'],
    ];
    for (const page of pages) {
      for (const [method, path, body] of writes) {
        const headers = { host: `127.0.0.1:${port}`, cookie, ...json, ...page };
        const { status, text } = await ask(url, path, { method, headers, body });
        assert.ok(
          status >= 400 && status < 500,
          `${method} ${path} ${JSON.stringify(page)}: ${status} ${text}`,
        );
      }
      for (
        const path of ["/", "/workflows", "/api/v1/runs", "/api/v1/events/stream", "/sse/events"]
      ) {
        const headers = { host: `127.0.0.1:${port}`, cookie, ...page };
        const { status, text } = await ask(url, path, { headers });
        assert.ok(status >= 400 && status < 500, `${path} ${JSON.stringify(page)}: ${status}`);
        assert.ok(!text.includes(id), path);
      }
    }
    // What a form or a beacon of a page can send without asking.
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ];
    for (
      const type of [
        ...types,
        "text/plain;application/json",
        "application/json-x",
        "application/jsonp",
        "",
      ]
    ) {
      for (
        const [method, path, body] of writes.filter(([method, path]) =>
          method === "POST" && !path.startsWith("/hooks")
        )
      ) {
        const headers = {
          host: `127.0.0.1:${port}`,
          cookie,
          ...(type && { "content-type": type }),
        };
        const { status } = await ask(url, path, { method, headers, body });
        assert.ok(
          status === 415 || (path === "/mcp" && status === 400),
          `${path} ${type}: ${status}`,
        );
      }
    }
    await assertUntouched("pages");
  });

  test("of headers that come twice none is taken for another", async () => {
    const twice = async (headers: Record<string, string | string[]>) =>
      (await ask(url, "/api/v1/runs", { headers: { host: `127.0.0.1:${port}`, ...headers } }))
        .status;
    assert.equal(await twice({ authorization: ["Bearer wrong", `Bearer ${ADMIN}`] }), 401);
    assert.equal(await twice({ cookie: ["opcode_panel=1.2", "opcode_panel=3"] }), 401);
    const value = cookie.slice(cookie.indexOf("=") + 1);
    for (
      const forged of [
        `x=opcode_panel=${value}`,
        `xopcode_panel=${value}`,
        `opcode_panel=" ${value}"`,
      ]
    ) {
      assert.equal(await twice({ cookie: forged }), 401, forged);
    }
    const hosts = `GET /api/v1/runs HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1:${port}\r\n` +
      `Authorization: Bearer ${ADMIN}\r\nConnection: close\r\n\r\n`;
    assert.doesNotMatch(await raw(url, hosts), /^HTTP\/1\.1 200/);
    const smuggled =
      `POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 4\r\n` +
      `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /api/v1/runs HTTP/1.1\r\n\r\n`;
    assert.match(await raw(url, smuggled), /^HTTP\/1\.1 400/);
  });

  test("a compressed body is not unpacked", async () => {
    const zeros = Buffer.from(
      JSON.stringify({ template_name: "asks", agent_id: " ".repeat(5_000_000) }),
    );
    const bombs = {
      gzip: gzipSync(zeros),
      br: brotliCompressSync(zeros),
      deflate: deflateSync(zeros),
    };
    for (const [encoding, body] of Object.entries(bombs)) {
      for (const path of ["/api/v1/runs", "/login", "/mcp", "/hooks/asks/open"]) {
        const headers = {
          ...bearer,
          ...json,
          "content-encoding": encoding,
          accept: "application/json, text/event-stream",
        };
        const { status } = await ask(url, path, { method: "POST", headers, body });
        assert.ok(status >= 400 && status < 500, `${path} ${encoding}: ${status}`);
      }
    }
    await assertUntouched("bombs");
  });

  test("what no list can be asked for is refused, by every list and stream", async () => {
    const lists = [
      "runs",
      "templates",
      "decisions",
      "schedules",
      "events",
      "agents",
      "hooks",
      "callbacks",
    ];
    const odd = [
      ...[
        "limit=NaN",
        "limit=-1",
        "limit=1e3",
        "limit=0x10",
        "limit=1&limit=2",
        "limit=%EF%BC%91",
        "limit=99999999999999999999",
      ],
      ...[
        "cursor=",
        "cursor=%00",
        "cursor=null",
        "__proto__=1",
        "constructor=1",
        "cursor[]=1",
        "toString=x",
        "limit[$gt]=1",
      ],
      `cursor=${"A".repeat(4_000)}`,
      `${"x".repeat(3_000)}=1`,
    ];
    for (const list of lists) {
      for (const query of odd) {
        const { status, text } = await ask(url, `/api/v1/${list}?${query}`, { headers: bearer });
        assert.equal(status, 400, `${list}?${query}: ${text.slice(0, 200)}`);
        assert.ok(text.length < 2_000, "the refusal is short");
      }
    }
    for (
      const after of [
        "-1",
        "NaN",
        "1e99",
        "\u0661",
        "0x1",
        "%00",
        "99999999999999999999",
        "1.5",
        "a".repeat(500),
      ]
    ) {
      const path = `/api/v1/events/stream?after=${encodeURIComponent(after)}`;
      const { status } = await ask(url, path, { headers: bearer });
      assert.equal(status, 400, after);
    }
  });

  test("no schedule asks for more than there is", async () => {
    const base = { name: "s", template_name: "asks", agent_id: "a", cron: "0 0 * * *" };
    const bad: Record<string, unknown>[] = [
      ...[
        "* * * * * *",
        "*/1 * * * * *",
        "@reboot",
        "@secondly",
        "* * * *",
        "60 * * * *",
        "0 0 30 2 *",
        "x".repeat(100_000),
        "",
        "0 0 * * * ".repeat(50),
      ]
        .map((cron) => ({ cron })),
      ...["Mars/Olympus", "../../etc/passwd", "UTC\0", "", "Europe/Berlin ".repeat(1_000)].map((
        timezone,
      ) => ({ timezone })),
      ...["25h", "-1s", "NaN", "1e9s"].map((jitter) => ({ jitter })),
      ...[0, -1, 1.5, 1e300, "x"].map((max_runs) => ({ max_runs })),
      ...["yesterday", "2026-02-30T00:00:00Z", 5].map((end_at) => ({ end_at })),
      ...["a.b", "", "x".repeat(5_000), "a\0b"].map((name) => ({ name })),
    ];
    for (const change of bad) {
      const { status, body } = await admin("POST", "/schedules", { ...base, ...change });
      assert.equal(status, 400, `${JSON.stringify(change).slice(0, 80)}: ${JSON.stringify(body)}`);
    }
    const rare = { ...base, cron: "0 0 29 2 *", enabled: false };
    assert.equal((await admin("POST", "/schedules", rare)).status, 201);
    const spans: [string, string][] = [
      ["0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
      ["2026-01-01T00:00:00Z", "9999-12-31T00:00:00Z"],
    ];
    for (const [from, to] of spans) {
      const { status } = await admin("POST", "/schedules/s/backfill", {
        from,
        to,
        dry_run: true,
        agent_id: "a",
      });
      assert.equal(status, 400, from);
    }
  });
});

// What a daemon makes of deliveries that come over the network, and of those that only look like some.

import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { before, describe, test } from "node:test";
import { once } from "node:events";
import type { JsonObject } from "../../../core/json.ts";
import { createLogger } from "../../../core/log.ts";
import { startTestDaemon, suiteCleanup } from "../../support/daemon.ts";
import { SIGN } from "../../support/hook-signatures.ts";
import { rest } from "../../support/http.ts";

const TOKEN = "daemon-token";
const SECRET = "a secret of some length";
const VAULT_KEY = `hex:${"01".repeat(32)}`;
const AUTH = { authorization: `Bearer ${TOKEN}` };
const MIB = 1024 * 1024;

interface Call {
  method?: string;
  path?: string;
  /** Names and values, one after the other: a name may come twice. */
  headers?: string[];
  body?: string | Uint8Array;
  chunked?: boolean;
}

/** One request as it is, without what a client would mend. */
function send(
  port: number,
  call: Call = {},
): Promise<{ status: number; body: any; allow?: string }> {
  const { method = "POST", path = "/hooks/w/in", headers = [], body = "", chunked } = call;
  const length = String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      host: "127.0.0.1",
      method,
      path,
      agent: false,
      headers: [
        ...(headers.some((name) => name.toLowerCase() === "host") ? [] : ["Host", "127.0.0.1"]),
        ...(chunked ? ["Transfer-Encoding", "chunked"] : ["Content-Length", length]),
        ...headers,
      ],
    }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({
        status: response.statusCode!,
        body: text === "" ? undefined : JSON.parse(text),
        ...(response.headers.allow && { allow: response.headers.allow }),
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const signed = (body: string, secret = SECRET) =>
  Object.entries(SIGN.github(secret, body, 0)).flat();
const JSON_TYPE = ["Content-Type", "application/json"];

/** A daemon with a token, and templates whose names are what they may be. */
async function serve(
  t: Parameters<typeof startTestDaemon>[0],
  settings: JsonObject = {},
  names = ["w"],
) {
  const lines: string[] = [];
  const daemon = await startTestDaemon(t, {
    settings: { auth_token: TOKEN, ...settings } as Record<string, string>,
    vaultKey: VAULT_KEY,
    log: createLogger({ level: "info", write: (line) => void lines.push(line) }),
  });
  const url = `http://127.0.0.1:${daemon.port}`;
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await rest(url, method, `/api/v1${path}`, body, AUTH);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  await ask("PUT", "/secrets/HOOK", { value: SECRET });
  const steps = [{
    id: "a",
    action: "expr.eval",
    params: { expression: "inputs", data: "${{inputs.body}}" },
  }];
  for (const name of names) {
    await ask("POST", "/templates", {
      name,
      agent_id: "author",
      definition: { steps },
      triggers: {
        webhook: [
          { name: "in", verify: "github", secret: "HOOK" },
          { name: "token", verify: "token", secret: "HOOK" },
          { name: "open", verify: "none" },
          { name: "ünï c/ode", verify: "github", secret: "HOOK" },
        ],
      },
    });
  }
  const runs = async () => ((await ask("GET", "/runs?limit=1000")).runs as unknown[]).length;
  const rejected = async (name = "in", template = "w"): Promise<string[]> => {
    const at = `${encodeURIComponent(template)}/${encodeURIComponent(name)}`;
    const { last_rejected } = await ask("GET", `/hooks/${at}/log`);
    return last_rejected.map(({ reason }: { reason: string }) => reason);
  };
  return { port: daemon.port, ask, runs, rejected, lines };
}

describe("a daemon with a token", () => {
  const t = suiteCleanup();
  const NAMES = ["w", "a/b", "ü 日本", "%2e%2e", "hooks", "a?b#c"];
  let daemon: Awaited<ReturnType<typeof serve>>;
  before(async () => daemon = await serve(t, {}, NAMES));

  test("takes what is signed without the token, and answers 202 with the run", async () => {
    const body = '{"n":1}';
    const { status, body: reply } = await send(daemon.port, {
      headers: [...JSON_TYPE, ...signed(body)],
      body,
    });
    assert.equal(status, 202);
    assert.deepEqual(Object.keys(reply).sort(), ["status", "workflow_id"]);
    const run = await daemon.ask("GET", `/runs/${reply.workflow_id}`);
    assert.equal(run.agent_id, "author");
    assert.equal(run.context, undefined);
  });

  test("lets who waits know how it ended, and what is not over go on", async () => {
    const body = '{"n":1}';
    const headers = [...JSON_TYPE, ...signed(body)];
    const { status, body: reply } = await send(daemon.port, {
      path: "/hooks/w/in?wait_ms=60000&wait=x",
      headers,
      body,
    });
    assert.equal(status, 200);
    assert.equal(reply.status, "completed");
    assert.deepEqual(reply.output.result.query, { wait: "x" }, "wait_ms is not the delivery's");
    for (const query of ["wait_ms=60001", "wait_ms=-1", "wait_ms=1&wait_ms=1", "wait_ms="]) {
      const path = `/hooks/w/in?${query}`;
      const before = (await daemon.rejected()).length;
      const refused = await send(daemon.port, { path, headers, body });
      assert.equal(refused.status, 400, query);
      assert.equal(refused.body.error.details.path, "wait_ms");
      assert.equal((await daemon.rejected()).length, before + 1, query);
    }
  });

  test("refuses what is forged with one answer, whatever was wrong", async () => {
    const before = await daemon.runs();
    const body = '{"n":1}';
    const wrong = [
      [],
      signed(body, "another"),
      signed(`${body} `),
      ["X-Hub-Signature-256", "sha256="],
      ["X-Hub-Signature", "sha1=0"],
      [...signed(body), ...signed(body)],
      [...signed(body), ...signed(body, "another")],
      ["Authorization", `Bearer ${SECRET}`],
      Object.entries(AUTH).flat(),
    ];
    const answers = new Set<string>();
    for (const headers of wrong) {
      const { status, body: reply } = await send(daemon.port, {
        headers: [...JSON_TYPE, ...headers],
        body,
      });
      assert.equal(status, 401, headers.join());
      answers.add(JSON.stringify(reply));
    }
    assert.deepEqual([...answers], [
      '{"error":{"code":"PERMISSION_DENIED","message":"the delivery could not be verified"}}',
    ]);
    assert.equal(await daemon.runs(), before);
    const reasons = await daemon.rejected();
    assert.ok(reasons.includes("wrong signature") && reasons.includes("no signature"));
    assert.doesNotMatch(JSON.stringify(reasons), new RegExp(SECRET));
  });

  test("tells nobody whether it is the template or the hook that is not there", async () => {
    const answers = new Set<string>();
    const paths = [
      "/hooks/w/out",
      "/hooks/x/in",
      "/hooks/%00/in",
      "/hooks/w/%F0%9F",
      "/hooks/w/in%20",
    ];
    for (const path of [...paths, `/hooks/${"x".repeat(5_000)}/in`]) {
      const { status, body } = await send(daemon.port, { path });
      assert.equal(status, 404, path);
      answers.add(JSON.stringify(body));
    }
    assert.deepEqual([...answers], [
      '{"error":{"code":"NOT_FOUND","message":"there is no such hook"}}',
    ]);
  });

  test("knows names however they are written, as long as they mean the same", async () => {
    const body = "{}";
    const headers = [...JSON_TYPE, ...signed(body)];
    const { hooks } = await daemon.ask("GET", "/hooks?limit=100");
    assert.equal(hooks.length, 4 * NAMES.length);
    for (const { path, verify } of hooks) {
      if (verify !== "github") continue;
      assert.equal((await send(daemon.port, { path, headers, body })).status, 202, path);
      assert.equal((await send(daemon.port, { path: `${path}/`, headers, body })).status, 202);
    }
    for (const path of ["/hooks/%77/%69n", "/%68ooks/w/in"]) {
      assert.equal((await send(daemon.port, { path, headers, body })).status, 202, path);
    }
  });

  test("opens nothing but hooks by such a path", async () => {
    for (
      const path of [
        "/hooks/../api/v1/runs",
        "/hooks/w/../../api/v1/runs",
        "/hooks/w/in/../../../api/v1/runs",
        "/hooks/..%2f..%2fapi/v1",
        "/hooks//api/v1/runs",
        "//hooks/w/in",
        "/hooks/w/in/log",
        "/api/v1/hooks/w/in/log",
        "/api/v1/hooks",
        "/hooks",
        "/hooks/w",
        "/hooks/api/v1",
      ]
    ) {
      for (const method of ["GET", "POST"]) {
        const { status, body } = await send(daemon.port, { method, path });
        assert.ok([400, 401, 404, 405, 415].includes(status), `${method} ${path}: ${status}`);
        assert.deepEqual(Object.keys(body), ["error"], path);
      }
    }
  });

  test("takes no other method, without a token neither", async () => {
    for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const { status, allow } = await send(daemon.port, { method });
      assert.deepEqual([status, allow], [405, "POST"], method);
    }
    assert.equal((await daemon.rejected())[0], "another method");
  });

  test("asks a hook without a proof of its own for the daemon's token", async () => {
    const path = "/hooks/w/open";
    const token = Object.entries(AUTH).flat();
    const ask = async (...headers: string[]) =>
      (await send(daemon.port, { path, headers: [...JSON_TYPE, ...headers], body: "{}" })).status;
    assert.equal(await ask(), 401);
    assert.equal(await ask(...token), 202);
    for (
      const headers of [
        ["X-Forwarded-For", "10.0.0.1"],
        ["Forwarded", "for=10.0.0.1"],
        ["Via", "1.1 proxy"],
        ["Origin", "http://evil.example"],
        ["Sec-Fetch-Site", "cross-site"],
        ["Host", "evil.example"],
      ]
    ) assert.equal(await ask(...token, ...headers), 401, headers.join());
    const reasons = await daemon.rejected("open");
    for (const reason of [/proxy/, /Origin/, /Host/, /token/]) {
      assert.ok(reasons.some((one) => reason.test(one)), String(reason));
    }
  });

  test("minds neither name nor page of a sender that proves who it is", async () => {
    const body = "{}";
    for (
      const headers of [
        ["Host", "hooks.example.org"],
        ["Origin", "https://github.com"],
        ["X-Forwarded-For", "10.0.0.1"],
        ["Sec-Fetch-Site", "cross-site"],
      ]
    ) {
      const all = [...JSON_TYPE, ...signed(body), ...headers];
      assert.equal((await send(daemon.port, { headers: all, body })).status, 202, headers.join());
    }
  });

  test("takes a token that is the hook's, and not the daemon's", async () => {
    const path = "/hooks/w/token";
    const ask = async (...headers: string[]) =>
      (await send(daemon.port, { path, headers: [...JSON_TYPE, ...headers], body: "{}" })).status;
    assert.equal(await ask("Authorization", `Bearer ${SECRET}`), 401, "it has spaces");
    assert.equal(await ask("X-Webhook-Token", SECRET), 202);
    assert.equal(await ask("Authorization", `Bearer ${TOKEN}`), 401);
    assert.equal(await ask("X-Webhook-Token", SECRET, "X-Webhook-Token", SECRET), 401);
  });

  test("reads what is verified as what it says it is, or tells what is wrong with it", async () => {
    const deliver = async (body: string | Uint8Array, ...headers: string[]) => {
      const proof = Object.entries(SIGN.github(SECRET, body, 0)).flat();
      const all = [...headers, ...proof];
      return await send(daemon.port, { path: "/hooks/w/in?wait_ms=60000", headers: all, body });
    };
    const taken = async (body: string, ...headers: string[]) => {
      const { status, body: reply } = await deliver(body, ...headers);
      assert.equal(status, 200, JSON.stringify(reply));
      return reply.output.result.body;
    };
    assert.equal(await taken("a=1", "Content-Type", "text/csv"), "a=1");
    assert.deepEqual(
      await taken("a=%C3%BC", "Content-Type", "application/x-www-form-urlencoded"),
      { a: "ü" },
    );
    const refused = async (status: number, body: string | Uint8Array, ...headers: string[]) => {
      const answer = await deliver(body, ...headers);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      return answer.body.error.message as string;
    };
    assert.match(await refused(400, '{"a":', ...JSON_TYPE), /body: line 1, column 6/);
    await refused(400, Uint8Array.of(0xff, 0xfe), ...JSON_TYPE);
    await refused(400, Uint8Array.of(0xff), "Content-Type", "text/plain");
    await refused(400, "[".repeat(100_000), ...JSON_TYPE);
    await refused(415, "{}", ...JSON_TYPE, "Content-Encoding", "gzip");
    await refused(415, "{}", "Content-Type", "application/json; charset=latin1");
    const before = await daemon.runs();
    assert.match(
      await refused(400, '{"__proto__":{"x":1},"a":1e999}', ...JSON_TYPE),
      /a double holds/,
    );
    assert.equal(await daemon.runs(), before);
  });

  test("takes a body up to a mebibyte, announced or not, and counts one that is larger", async () => {
    for (const chunked of [false, true]) {
      const deliver = async (length: number) => {
        const body = "x".repeat(length);
        const headers = ["Content-Type", "text/plain", ...signed(body)];
        return (await send(daemon.port, { headers, body, chunked })).status;
      };
      assert.equal(await deliver(MIB), 202, `chunked: ${chunked}`);
      assert.equal(await deliver(MIB + 1), 413, `chunked: ${chunked}`);
      assert.match((await daemon.rejected())[0]!, /at most 1048576 bytes|broke off/);
    }
  });

  test("a body that breaks off starts nothing, and is counted", async () => {
    const before = await daemon.runs();
    const counted = (await daemon.rejected()).length;
    const body = '{"n":1}';
    const head = [
      "POST /hooks/w/in HTTP/1.1",
      "Host: 127.0.0.1",
      ...["Content-Type: application/json", `Content-Length: ${body.length + 10}`],
      `X-Hub-Signature-256: ${signed(body)[1]}`,
    ].join("\r\n");
    const socket = connect(daemon.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.end(`${head}\r\n\r\n${body}`);
    socket.resume();
    await once(socket, "close");
    for (let turn = 0; (await daemon.rejected()).length === counted; turn++) {
      assert.ok(turn < 1_000, "it is counted");
    }
    assert.equal(await daemon.runs(), before);
  });

  test("two lengths, or a length beside chunks, are no delivery", async () => {
    const body = "{}";
    const before = await daemon.runs();
    for (const more of ["Content-Length: 3", "Transfer-Encoding: chunked"]) {
      const head = [
        "POST /hooks/w/in HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Length: 2",
        more,
        `X-Hub-Signature-256: ${signed(body)[1]}`,
      ].join("\r\n");
      const socket = connect(daemon.port, "127.0.0.1");
      socket.end(`${head}\r\n\r\n${body}`);
      let answer = "";
      for await (const chunk of socket.setEncoding("utf8")) answer += chunk;
      assert.match(answer, /^HTTP\/1\.1 400 /, more);
    }
    assert.equal(await daemon.runs(), before);
  });

  test("what is sent again is the first run, also by many at once", async () => {
    const before = await daemon.runs();
    const body = '{"n":1}';
    const headers = [...JSON_TYPE, ...signed(body), "X-GitHub-Delivery", "same"];
    const all = await Promise.all(
      Array.from(
        { length: 10 },
        (_, n) => send(daemon.port, { headers: [...headers, "User-Agent", `n${n}`], body }),
      ),
    );
    assert.equal(new Set(all.map((one) => one.body.workflow_id)).size, 1);
    assert.equal(all.filter((one) => one.body.replayed === true).length, 9);
    assert.equal(await daemon.runs(), before + 1);
  });

  test("a secret that is gone is the operator's to know, once, and 503 to all others", async () => {
    const define = (name: string) =>
      daemon.ask("POST", "/templates", {
        name,
        agent_id: "author",
        definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
        triggers: { webhook: [{ name: "in", verify: "github", secret: "GONE", map: "{}" }] },
      });
    const { warnings } = await define("later");
    assert.match(warnings[0].message, /deliveries are answered with 503/);
    for (let n = 0; n < 3; n++) {
      const { status, body } = await send(daemon.port, { path: "/hooks/later/in" });
      assert.equal(status, 503);
      assert.doesNotMatch(JSON.stringify(body), /GONE/);
    }
    const told = daemon.lines.filter((line) => line.includes("cannot take deliveries"));
    assert.equal(told.length, 1);
    assert.match(told[0]!, /"template":"later","hook":"in".*GONE/);
  });
});

test("beyond loopback a hook needs its own proof, and the token is none", async (t) => {
  const { port } = await serve(t, { listen_addr: "0.0.0.0:0" });
  const body = "{}";
  const headers = [...JSON_TYPE, ...signed(body)];
  assert.equal((await send(port, { headers, body })).status, 202);
  const open = { path: "/hooks/w/open", headers: [...JSON_TYPE, ...Object.entries(AUTH).flat()] };
  assert.equal((await send(port, { ...open, body })).status, 401);
});

test("without a token a hook without a proof is open to this machine, and to no page", async (t) => {
  const { port } = await serve(t, { auth_token: "" });
  const open = { path: "/hooks/w/open", body: "{}" };
  assert.equal((await send(port, { ...open, headers: JSON_TYPE })).status, 202);
  const form = ["Content-Type", "application/x-www-form-urlencoded"];
  const page = [...form, "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site"];
  assert.equal((await send(port, { ...open, headers: page })).status, 401);
  assert.equal((await send(port, { ...open, headers: ["Host", "rebound.example"] })).status, 401);
});

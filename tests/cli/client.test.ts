// How the REST client bears with a daemon that is still starting, and says what else is wrong.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { createClient } from "../../cli/client.ts";

/** A server that gives its answers in turn, the last one for ever. */
async function answering(
  t: TestContext,
  answers: { status: number; body: string }[],
  token = "",
  tokenFrom = "OPCODE_AUTH_TOKEN",
  named = false,
) {
  let calls = 0;
  const tokens: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    tokens.push(headers.authorization);
    const { status, body } = answers[Math.min(calls++, answers.length - 1)]!;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: createClient({ url, token, tokenFrom, named }), calls: () => calls, tokens };
}

test("a daemon that is starting is asked again until it has started", async (t) => {
  const { client, calls } = await answering(t, [
    { status: 503, body: '{"status":"starting"}' },
    { status: 503, body: '{"status":"starting"}' },
    { status: 200, body: '{"runs":[]}' },
  ]);
  assert.deepEqual(await client.get("/api/v1/runs"), { runs: [] });
  assert.equal(calls(), 3);
});

test("an error of the daemon is thrown as it is, at once", async (t) => {
  const { client, calls } = await answering(t, [
    { status: 503, body: '{"error":{"code":"BUSY","message":"the daemon is stopping"}}' },
  ]);
  await assert.rejects(client.get("/api/v1/runs"), { message: "the daemon is stopping" });
  assert.equal(calls(), 1);
});

test("something that is no daemon is named as such", async (t) => {
  const { client } = await answering(t, [{ status: 200, body: "<html>" }]);
  await assert.rejects(client.get("/api/v1/runs"), /not as an opcode daemon does/);
});

test("a token that is missing or wrong is asked for by the name of its variable", async (t) => {
  const body =
    '{"error":{"code":"PERMISSION_DENIED","message":"a valid bearer token is required"}}';
  const without = await answering(t, [{ status: 401, body }]);
  await assert.rejects(without.client.get("/api/v1/runs"), {
    message: /^http:\S+ wants a token: set OPCODE_AUTH_TOKEN to the daemon's auth_token$/,
  });
  const cases: [from: string, right: string][] = [
    ["OPCODE_AUTH_TOKEN", "the daemon's auth_token"],
    ["~/.opcode/settings.json", "the daemon's auth_token"],
    ["OPCODE_AGENT_TOKEN", "one of an agent in its settings"],
    ["OPCODE_AGENT_TOKEN_FILE (/x)", "one of an agent in its settings"],
  ];
  for (const [from, right] of cases) {
    const { client } = await answering(t, [{ status: 401, body }], "secret", from);
    await assert.rejects(client.get("/api/v1/runs"), {
      message: `${client.url} does not accept the token: ${from} must be ${right}`,
    });
  }
});

test("whoever is at a URL that somebody names says first that it is a daemon, and gets no token before", async (t) => {
  const strangers: [body: string, status: number, shown: string][] = [
    ['{"id":7}', 200, '{"id":7}'],
    ['{"status":"ok"}', 200, '{"status":"ok"}'],
    ["", 204, "nothing"],
    ["<html>\n", 404, "<html>"],
  ];
  for (const [body, status, shown] of strangers) {
    const { client, tokens } = await answering(t, [{ status, body }], "secret", "X", true);
    const error = {
      name: "NotReached",
      message:
        `${client.url} is not that of an opcode daemon: GET /healthz answered ${status} with ${shown}`,
    };
    await assert.rejects(client.post("/api/v1/runs", {}), error);
    assert.deepEqual(tokens, [undefined]);
  }
  const { client, tokens } = await answering(
    t,
    [{ status: 503, body: '{"status":"starting","version":"1"}' }, { status: 200, body: "{}" }],
    "secret",
    "X",
    true,
  );
  await client.get("/api/v1/runs");
  await client.get("/api/v1/runs");
  assert.deepEqual(tokens, [undefined, "Bearer secret", "Bearer secret"]);
});

test("an answer that breaks off is of a daemon that is lost", async (t) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{", () => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient({ url, token: "", tokenFrom: "" });
  await assert.rejects(client.get("/api/v1/runs"), {
    name: "NotReached",
    message: /^no answer from/,
  });
});

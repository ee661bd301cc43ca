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
) {
  let calls = 0;
  const server = createServer((_, response) => {
    const { status, body } = answers[Math.min(calls++, answers.length - 1)]!;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: createClient({ url, token, tokenFrom }), calls: () => calls };
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

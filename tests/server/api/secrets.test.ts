// What the routes of secrets take, refuse and answer: names, and never a value.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../../core/log.ts";
import { type Cleanup, startTestDaemon, tempHome } from "../../support/daemon.ts";
import { defineTemplate, rest } from "../../support/http.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const NEW_KEY = `hex:${"cd".repeat(32)}`;
const VALUE = "s3cret-value";

async function start(
  t: Cleanup,
  options: { vaultKey?: string; home?: string } = { vaultKey: KEY },
) {
  const lines: string[] = [];
  const log = createLogger({ level: "debug", write: (line) => lines.push(line) });
  const daemon = await startTestDaemon(t, { ...options, log });
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    rest(daemon.url, method, `/api/v1${path}`, body, headers);
  return { ...daemon, send, log: () => lines.join("") };
}

test("a secret is stored, replaced, listed and removed, and its value is never answered", async (t) => {
  const { send, log } = await start(t);
  const put = (value: string) => send("PUT", "/secrets/API_TOKEN", { value });
  const answers = [await put(VALUE), await put(VALUE + "2"), await send("GET", "/secrets")];
  assert.deepEqual(answers.map(({ status }) => status), [201, 200, 200]);
  assert.deepEqual(answers[0]!.body, { name: "API_TOKEN", created: true });
  assert.deepEqual(answers[1]!.body, { name: "API_TOKEN", created: false });
  const { vault, secrets } = answers[2]!.body;
  assert.equal(vault, "unlocked");
  assert.deepEqual(secrets.map(Object.keys), [["name", "created_at", "updated_at"]]);
  const gone = await send("DELETE", "/secrets/API_TOKEN");
  assert.deepEqual([gone.status, gone.body], [200, { name: "API_TOKEN", deleted: true }]);
  assert.equal((await send("DELETE", "/secrets/API_TOKEN")).status, 404);
  assert.equal((await send("GET", "/secrets/API_TOKEN")).status, 404);
  assert.deepEqual((await send("GET", "/secrets")).body.secrets, []);
  assert.equal(JSON.stringify(answers).includes(VALUE), false);
  assert.equal(log().includes(VALUE), false);
});

test("what breaks a rule is refused with its name, and nothing repeats the value", async (t) => {
  const { send, log } = await start(t);
  const refused = async (path: string, body: unknown, status: number, message: RegExp) => {
    const answer = await send("PUT", path, body);
    assert.equal(answer.status, status, path);
    assert.match(answer.body.error.message, message);
    assert.equal(answer.body.error.message.includes(VALUE), false);
  };
  await refused("/secrets/a%20b", { value: VALUE }, 400, /^name: must be 1–128/);
  await refused("/secrets/-rf", { value: VALUE }, 400, /^name: must be 1–128/);
  await refused("/secrets/A", { value: "x".repeat(65_537) }, 400, /^value: must be at most 65536/);
  await refused("/secrets/A", { value: 5 }, 400, /^value: must be string/);
  await refused("/secrets/A", { value: [VALUE] }, 400, /^value: must be string/);
  await refused("/secrets/A", {}, 400, /^value: is required/);
  await refused("/secrets/A", { value: "x", other: VALUE }, 400, /^other: is not a known field/);
  await refused("/secrets/A", '{"value": "\\ud800"}', 400, /^value: must be Unicode text/);
  assert.deepEqual((await send("GET", "/secrets")).body.secrets, []);
  assert.equal(log().includes(VALUE), false);
});

test("the routes are behind the same door as all others", async (t) => {
  const { send } = await start(t);
  const value = { value: VALUE };
  const foreign = { origin: "https://evil.example" };
  assert.equal((await send("PUT", "/secrets/A", value, foreign)).status, 403);
  assert.equal((await send("DELETE", "/secrets/A", undefined, foreign)).status, 403);
  assert.equal((await send("GET", "/secrets", undefined, foreign)).status, 403);
  assert.equal((await send("POST", "/vault/rekey", { key: NEW_KEY }, foreign)).status, 403);
  const form = { "content-type": "text/plain" };
  assert.equal((await send("PUT", "/secrets/A", JSON.stringify(value), form)).status, 415);
  assert.equal((await send("POST", "/vault/unlock", `{"key":"x"}`, form)).status, 415);
  assert.deepEqual((await send("GET", "/secrets")).body.secrets, []);

  const closed = await startTestDaemon(t, { settings: { auth_token: "t0ken" }, vaultKey: KEY });
  for (
    const [method, path, body] of [
      ["GET", "/secrets", undefined],
      ["PUT", "/secrets/A", value],
      ["DELETE", "/secrets/A", undefined],
      ["POST", "/vault/unlock", { key: KEY }],
      ["POST", "/vault/rekey", { key: NEW_KEY }],
    ] as const
  ) {
    assert.equal((await rest(closed.url, method, `/api/v1${path}`, body)).status, 401, path);
  }
});

test("a daemon without its key runs, refuses values, and takes the key later", async (t) => {
  const home = tempHome(t);
  const first = await start(t, { home, vaultKey: KEY });
  await first.send("PUT", "/secrets/A", { value: VALUE });
  await first.close();

  const { send, log } = await start(t, { home });
  assert.match(log(), /"level":"warn","msg":"no vault key/);
  assert.equal((await send("GET", "/secrets")).body.vault, "locked");
  const put = await send("PUT", "/secrets/B", { value: VALUE });
  assert.deepEqual([put.status, put.body.error.code], [409, "VAULT_ERROR"]);
  const wrong = await send("POST", "/vault/unlock", { key: NEW_KEY });
  assert.deepEqual([wrong.status, wrong.body.error.code], [409, "VAULT_ERROR"]);
  assert.equal((await send("POST", "/vault/rekey", { key: NEW_KEY })).status, 409);
  const unlocked = await send("POST", "/vault/unlock", { key: KEY });
  assert.deepEqual([unlocked.status, unlocked.body], [200, { vault: "unlocked" }]);
  assert.equal((await send("PUT", "/secrets/B", { value: VALUE })).status, 201);
  assert.equal((await send("DELETE", "/secrets/A")).status, 200);
  assert.equal(log().includes(KEY), false);
});

test("the wrong key stops the start with VAULT_ERROR, and the right one starts", async (t) => {
  const home = tempHome(t);
  const first = await start(t, { home, vaultKey: KEY });
  await first.close();
  await assert.rejects(start(t, { home, vaultKey: NEW_KEY }), {
    code: "VAULT_ERROR",
    message: /^OPCODE_VAULT_KEY: the key does not open the vault/,
  });
  const again = await start(t, { home, vaultKey: KEY });
  assert.equal((await again.send("GET", "/secrets")).body.vault, "unlocked");
});

test("after a rekey the daemon goes on, and the next start needs the new key", async (t) => {
  const home = tempHome(t);
  const { send, close, url } = await start(t, { home, vaultKey: KEY });
  await send("PUT", "/secrets/A", { value: VALUE });
  const answer = await send("POST", "/vault/rekey", { key: NEW_KEY });
  assert.deepEqual([answer.status, answer.body], [200, { vault: "unlocked", secrets: 1 }]);
  assert.equal((await send("POST", "/vault/rekey", { key: "" })).status, 409);
  await defineTemplate(url, "length", [{
    id: "a",
    action: "assert.equals",
    params: { expected: VALUE, actual: "${{secrets.A}}" },
  }]);
  const run = { template_name: "length", agent_id: "a", wait_ms: 10_000 };
  assert.equal((await send("POST", "/runs", run)).body.status, "completed");
  await close();
  await assert.rejects(start(t, { home, vaultKey: KEY }), { code: "VAULT_ERROR" });
  const again = await start(t, { home, vaultKey: NEW_KEY });
  assert.equal((await again.send("POST", "/runs", run)).body.status, "completed");
});

test("a vault that never had a key takes the first one it is given, and no other then", async (t) => {
  const { send } = await start(t, {});
  assert.deepEqual((await send("GET", "/secrets")).body, { vault: "new", secrets: [] });
  assert.equal((await send("PUT", "/secrets/A", { value: VALUE })).status, 409);
  assert.equal((await send("POST", "/vault/unlock", { key: "" })).status, 409);
  assert.equal((await send("POST", "/vault/unlock", { key: KEY })).status, 200);
  assert.equal((await send("PUT", "/secrets/A", { value: VALUE })).status, 201);
  assert.equal((await send("POST", "/vault/unlock", { key: NEW_KEY })).status, 409);
  assert.equal((await send("GET", "/secrets")).body.vault, "unlocked");
});

// Who passes for the daemon of a daemon.json: it alone, at its own address.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { request } from "node:http";
import { test, type TestContext } from "node:test";
import { challenge, ImpostorError, isThere } from "../../server/challenge.ts";
import { isProof, newSecret, proofFor } from "../../server/proof.ts";
import { startTestDaemon } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { tcpServer } from "../support/http-server.ts";
import { startImpostor } from "../support/impostor.ts";

async function daemonOf(t: TestContext, settings = {}) {
  const { home, url } = await startTestDaemon(t, { settings });
  return { home, url, daemon: JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) };
}

test("the daemon proves itself, with a token set or not; another key does not fit", async (t) => {
  for (const settings of [{}, { auth_token: "t0ken" }]) {
    const { daemon } = await daemonOf(t, settings);
    (await challenge(daemon)).destroy();
    assert.equal(await isThere(daemon), true);
    const other = { ...daemon, key: newSecret() };
    await assert.rejects(challenge(other), ImpostorError);
    assert.equal(await isThere(other), false);
  }
});

test("what is sent through the answer goes over the connection that was proved, and over no other", async (t) => {
  const { daemon } = await daemonOf(t);
  const agent = await challenge(daemon);
  t.after(() => agent.destroy());
  const get = () =>
    new Promise<{ reused: boolean; status: number }>((resolve, reject) => {
      const sent = request(`${daemon.url}/healthz`, { agent }, (response) => {
        response.resume();
        response.on("end", () =>
          resolve({ reused: sent.reusedSocket, status: response.statusCode! }));
      });
      sent.on("error", reject).end();
    });
  assert.deepEqual(await get(), { reused: true, status: 200 });
  agent.destroy();
  await assert.rejects(get(), /the connection on which the daemon proved itself is gone/);
});

test("a challenge that is handed on to the daemon does not pass: the address is in the proof", async (t) => {
  const { daemon, url } = await daemonOf(t);
  const relay = await startImpostor(t, { host: "127.0.0.1", relay: url });
  const reached = { ...daemon, url: `http://127.0.0.1:${relay.port}` };
  await assert.rejects(challenge(reached), ImpostorError);
  assert.match(await relay.received(), /^GET \/proof/);
});

test("no other answer passes: silence that ends, noise, endless text, redirects, errors, a mirror", async (t) => {
  const answers: [string, (write: (text: string) => void, end: () => void) => void][] = [
    ["closes at once", (_, end) => end()],
    ["speaks no HTTP", (write, end) => (write("SSH-2.0-x\r\n"), end())],
    ["404", (write) => write("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}")],
    ["redirects", (write) => write("HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")],
    ["empty", (write) => write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")],
    ["numbers", (write) => {
      const body = '{"nonce":1,"proof":2}';
      write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }],
    [
      "endless",
      (write) => write(`HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n${"x".repeat(9_000)}`),
    ],
  ];
  for (const [what, answer] of answers) {
    const server = await tcpServer(t, (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer((text) => socket.write(text), () => socket.end()));
    });
    const daemon = { url: server.url, pid: 1, key: newSecret() };
    await assert.rejects(challenge(daemon), ImpostorError, what);
  }
});

test("nobody there is no impostor", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const daemon = { url: `http://127.0.0.1:${port}`, pid: 1, key: newSecret() };
  await assert.rejects(challenge(daemon), { code: "ECONNREFUSED" });
});

test("the proof: of both nonces, the key and the address; a nonce that is none gets none", async (t) => {
  const key = newSecret();
  const nonce = newSecret();
  const at = { localAddress: "::ffff:127.0.0.1", localPort: 1 };
  const proof = proofFor(key, nonce, at)!;
  const to = { remoteAddress: "127.0.0.1", remotePort: 1 };
  assert.equal(isProof(proof, { key, nonce, socket: to }), true);
  assert.equal(isProof(proof, { key, nonce: newSecret(), socket: to }), false);
  assert.equal(isProof(proof, { key: newSecret(), nonce, socket: to }), false);
  assert.equal(isProof(proof, { key, nonce, socket: { ...to, remotePort: 2 } }), false);
  assert.equal(isProof(proof, { key, nonce, socket: { ...to, remoteAddress: "::1" } }), false);
  assert.equal(isProof({ ...proof, nonce: newSecret() }, { key, nonce, socket: to }), false);
  assert.notEqual(proofFor(key, nonce, at)!.nonce, proof.nonce);
  for (const bad of [null, "", "x", nonce.slice(1), nonce.toUpperCase()]) {
    assert.equal(proofFor(key, bad, at), undefined);
  }
  const { url } = await daemonOf(t);
  const { status, body } = await rest(url, "GET", "/proof?nonce=1");
  assert.deepEqual([status, body.error.code], [400, "VALIDATION_ERROR"]);
});

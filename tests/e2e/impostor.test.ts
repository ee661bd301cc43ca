// Whether anything is said to a process that listens where the daemon should.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { startImpostor } from "../support/impostor.ts";
import { startBridge } from "../support/stdio.ts";

const TOKEN = "s3cret-token-of-the-daemon";
const HAS_IPV6 = Object.values(networkInterfaces()).flat().some((own) => own?.address === "::1");
const skip = HAS_IPV6 ? false : "this machine has no ::1";

/** What the daemon wrote about itself, with changes that an accident could make. */
function rewrite(home: string, change: object): void {
  const file = join(home, "daemon.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
}

test(
  "localhost is one daemon: without a host it has both loopbacks, under one port",
  { skip },
  async (t) => {
    for (const args of [["--listen-addr", ":0"], ["--listen-addr", "localhost:0"]]) {
      const { url, home, stop } = await spawnDaemon(t, { args });
      const { port } = new URL(url);
      assert.equal(url, `http://127.0.0.1:${port}`);
      assert.equal(JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")).url, url);
      for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
        const { status } = await rest(`http://${host}:${port}`, "GET", "/healthz");
        assert.equal(status, 200, host);
      }
      assert.equal(await stop(), 0);
      await assert.rejects(fetch(`http://[::1]:${port}/healthz`));
    }
  },
);

test(
  "a stranger at the other loopback: the daemon does not start, and says what localhost would mean",
  { skip },
  async (t) => {
    const impostor = await startImpostor(t, { host: "::1" });
    const env = { OPCODE_HOME: tempHome(t) };
    const { code, stderr } = await runCli(["serve", "--listen-addr", `:${impostor.port}`], { env });
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`port ${impostor.port} of ::1 is in use by another process, which "localhost"`),
    );
    assert.match(stderr, new RegExp(`--listen-addr 127\\.0\\.0\\.1:${impostor.port}`));
  },
);

test(
  "a stranger at the other loopback of a daemon that took one: commands reach the daemon, it hears nothing",
  { skip },
  async (t) => {
    const impostor = await startImpostor(t, { host: "::1" });
    const { home } = await spawnDaemon(t, {
      args: ["--listen-addr", `127.0.0.1:${impostor.port}`],
      env: { OPCODE_AUTH_TOKEN: TOKEN },
    });
    const env = { OPCODE_HOME: home, OPCODE_AUTH_TOKEN: TOKEN };
    const { code, stderr, stdout } = await runCli(["templates", "--json"], { env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /"templates": \[\]/);
    const bridge = startBridge(t, { env });
    await bridge.initialize();
    assert.equal((await bridge.ask("tools/list")).result.tools.length, 6);
    assert.equal(await bridge.end(), 0);
    assert.equal(await impostor.received(), "");
  },
);

/** A daemon killed, and a stranger where it listened, whose process id is said to be the daemon's. */
async function replacedDaemon(t: TestContext) {
  const daemon = await spawnDaemon(t, { env: { OPCODE_AUTH_TOKEN: TOKEN } });
  await daemon.kill();
  const port = Number(new URL(daemon.url).port);
  const impostor = await startImpostor(t, { host: "127.0.0.1", port });
  rewrite(daemon.home, { pid: impostor.pid });
  return { impostor, url: daemon.url, home: daemon.home };
}

for (
  const [what, args, input] of [
    ["a list", ["templates"], ""],
    ["a run", ["run", "w", "--param", "password=p4ssw0rd"], ""],
    ["a secret", ["secret", "set", "NAME"], "p4ssw0rd"],
    ["a stream", ["logs", "--follow"], ""],
  ] as const
) {
  test(`a stranger in the daemon's place gets no token and no request: ${what}`, async (t) => {
    const { impostor, home, url } = await replacedDaemon(t);
    for (const token of [TOKEN, ""]) {
      const env = { OPCODE_HOME: home, ...(token && { OPCODE_AUTH_TOKEN: token }) };
      const { code, stderr } = await runCli([...args], { env, input });
      assert.equal(code, 4);
      assert.match(stderr, new RegExp(`what answers at ${url} is not the daemon of this data`));
      assert.match(stderr, /was sent neither token nor request: find it \(ss -ltnp/);
    }
    const received = await impostor.received();
    assert.match(received, /^GET \/proof\?nonce=[0-9a-f]{64} HTTP/);
    assert.doesNotMatch(received, /s3cret|p4ssw0rd|authorization|api\/v1/i);
  });
}

test("opcode mcp says nothing to a stranger in the daemon's place, and why no daemon can be started there", async (t) => {
  const { impostor, home, url } = await replacedDaemon(t);
  const port = Number(new URL(url).port);
  const env = { OPCODE_HOME: home, OPCODE_AUTH_TOKEN: TOKEN };

  const own = { ...env, OPCODE_LISTEN_ADDR: `127.0.0.1:${port}` };
  const { code, stderr } = await runCli(["mcp"], {
    env: own,
    input: '{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
  });
  assert.equal(code, 4);
  assert.match(stderr, /port \d+ of 127\.0\.0\.1 is in use/);
  assert.doesNotMatch(await impostor.received(), /s3cret|authorization|jsonrpc|\/mcp/i);
});

test("a stranger who comes when opcode mcp is connected already gets nothing either", async (t) => {
  const daemon = await spawnDaemon(t, { env: { OPCODE_AUTH_TOKEN: TOKEN } });
  const port = Number(new URL(daemon.url).port);
  const env = {
    OPCODE_HOME: daemon.home,
    OPCODE_AUTH_TOKEN: TOKEN,
    OPCODE_LISTEN_ADDR: `127.0.0.1:${port}`,
  };
  const bridge = startBridge(t, { env });
  await bridge.initialize();
  await daemon.kill();
  const impostor = await startImpostor(t, { host: "127.0.0.1", port });
  rewrite(daemon.home, { pid: impostor.pid });
  const { error } = await bridge.ask("tools/call", {
    name: "opcode.query",
    arguments: { resource: "templates" },
  });
  assert.match(error.message, /nothing was done$/);
  assert.doesNotMatch(await impostor.received(), /s3cret|authorization|jsonrpc|\/mcp/i);
});

test("without a daemon.json nobody has proved to be the daemon: nothing is sent", async (t) => {
  const impostor = await startImpostor(t, { host: "127.0.0.1" });
  const env = {
    OPCODE_HOME: tempHome(t),
    OPCODE_AUTH_TOKEN: TOKEN,
    OPCODE_LISTEN_ADDR: `127.0.0.1:${impostor.port}`,
  };
  const { code, stderr } = await runCli(["templates"], { env });
  assert.equal(code, 4);
  assert.match(stderr, /^error: no daemon runs for /);
  assert.equal(await impostor.received(), "");
});

test("whoever names a URL vouches for it: the token goes there", async (t) => {
  const impostor = await startImpostor(t, { host: "127.0.0.1" });
  const url = `http://127.0.0.1:${impostor.port}`;
  const env = { OPCODE_HOME: tempHome(t), OPCODE_AUTH_TOKEN: TOKEN };
  assert.equal((await runCli(["--url", url, "templates"], { env })).code, 0);
  assert.match(
    await impostor.received(),
    /^GET \/healthz [^]*^GET \/api\/v1\/templates[^]*authorization: Bearer s3cret/im,
  );
});

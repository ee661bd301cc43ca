// Whether a command asks the daemon of its own data directory, or none.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, startTestDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { startImpostor } from "../support/impostor.ts";
import { NO_FILE } from "../support/store-env.ts";

const COMMANDS: [name: string, args: string[], input?: string][] = [
  ["templates", ["templates"]],
  ["run", ["run", "w", "--param", "a=1"]],
  ["run without params", ["run", "w"]],
  [
    "define",
    ["define", "-", "--name", "stray"],
    '{"steps": [{"id": "a", "action": "crypto.uuid"}]}',
  ],
  ["status", ["status", "01a1fca2-57eb-7067-879b-1969a568925a"]],
  ["signal", ["signal", "01a1fca2-57eb-7067-879b-1969a568925a", "cancel"]],
  ["query", ["query", "workflows"]],
  ["logs", ["logs"]],
  ["actions", ["actions"]],
  ["agents", ["agents"]],
  ["diagram", ["diagram", "w"]],
];

/** Of another data directory, where the settings say that ours would listen. */
const stranger = startTestDaemon(suiteCleanup());

for (const [name, args, input] of COMMANDS) {
  test(`${name}: with no daemon of this data directory, the one of another is not asked`, async (t) => {
    const other = await stranger;
    const home = tempHome(t);
    const env = { OPCODE_HOME: home, OPCODE_LISTEN_ADDR: `127.0.0.1:${other.port}` };
    const { code, stdout, stderr } = await runCli(args, { env, ...(input && { input }) });
    assert.deepEqual([code, stdout], [4, ""]);
    assert.match(stderr, /^error: no daemon runs for \S+: start it with ".* serve"/m);
    assert.ok(stderr.includes(home), stderr);
    assert.match(stderr, /--url/);
    const { body } = await rest(other.url, "GET", "/api/v1/templates");
    assert.deepEqual(body.templates, []);
  });
}

for (const [how, arrange] of Object.entries({ "--url": ["flag"], OPCODE_URL: ["variable"] })) {
  test(`${how} names the daemon of another data directory`, async (t) => {
    const { url } = await stranger;
    const flag = arrange[0] === "flag" ? ["--url", url] : [];
    const env = { OPCODE_HOME: tempHome(t), ...(flag.length === 0 && { OPCODE_URL: url }) };
    const { code, stdout } = await runCli([...flag, "templates", "--json"], { env });
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { templates: [] });
  });
}

test("opcode secret goes to its own data directory when another's daemon listens where ours would", async (t) => {
  const other = await stranger;
  const home = tempHome(t);
  const env = {
    OPCODE_HOME: home,
    OPCODE_LISTEN_ADDR: `127.0.0.1:${other.port}`,
    OPCODE_VAULT_KEY: `hex:${"ab".repeat(32)}`,
  };
  const { code, stderr } = await runCli(["secret", "set", "TOKEN"], { env, input: "a long value" });
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(join(home, NO_FILE ? "instance" : "opcode.db")));
  const { body } = await rest(other.url, "GET", "/api/v1/secrets");
  assert.deepEqual(body.secrets, []);
});

test("opcode mcp starts no daemon where another's listens, and does not ask that one", async (t) => {
  const other = await stranger;
  const env = { OPCODE_HOME: tempHome(t), OPCODE_LISTEN_ADDR: `127.0.0.1:${other.port}` };
  const { code, stdout, stderr } = await runCli(["mcp"], {
    env,
    input: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n',
  });
  assert.equal(code, 4);
  assert.equal(stdout, "");
  assert.match(stderr, /port \d+ of 127\.0\.0\.1 is in use/);
});

/** What a daemon left behind that was killed: its daemon.json, and whatever is changed in it. */
async function leftBehind(t: TestContext, change: object): Promise<{ home: string; url: string }> {
  const daemon = await spawnDaemon(t);
  await daemon.kill();
  const file = join(daemon.home, "daemon.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
  return daemon;
}

test("a daemon.json whose process is gone is as good as none, whoever listens there now", async (t) => {
  const other = await stranger;
  const { home } = await leftBehind(t, { url: other.url });
  const { code, stderr } = await runCli(["templates"], { env: { OPCODE_HOME: home } });
  assert.equal(code, 4);
  assert.match(stderr, /^error: no daemon runs for \S+: start it/);
});

test("a daemon of another data directory at the address in daemon.json is not asked", async (t) => {
  const other = await stranger;
  const { home } = await leftBehind(t, { url: other.url, pid: process.pid });
  for (const args of [["templates"], ["run", "w"], ["secret", "list"]]) {
    const { code, stderr } = await runCli(args, { env: { OPCODE_HOME: home } });
    assert.equal(code, 4, args.join(" "));
    assert.match(
      stderr,
      /is not the daemon of this data directory .* sent neither token nor request/,
    );
  }
});

test("a process that has the pid in daemon.json by chance, and nobody at its address: no daemon", async (t) => {
  const { home } = await leftBehind(t, { pid: process.pid });
  const { code, stderr } = await runCli(["templates"], { env: { OPCODE_HOME: home } });
  assert.equal(code, 4);
  assert.match(stderr, /^error: no daemon runs for \S+: start it/);
});

test("a daemon.json without a key proves nothing: nobody is asked, with a token or without", async (t) => {
  const impostor = await startImpostor(t, { host: "127.0.0.1" });
  const home = tempHome(t);
  const url = `http://127.0.0.1:${impostor.port}`;
  writeFileSync(
    join(home, "daemon.json"),
    JSON.stringify({ pid: impostor.pid, url, version: "dev" }),
  );
  for (const token of ["", "s3cret-token-of-the-daemon"]) {
    const env = { OPCODE_HOME: home, ...(token && { OPCODE_AUTH_TOKEN: token }) };
    for (const args of [["templates"], ["secret", "list"]]) {
      const { code, stderr } = await runCli(args, { env });
      assert.equal(code, 4);
      assert.match(stderr, /of an older version and cannot prove that it is yours: restart it/);
    }
  }
  assert.equal(await impostor.received(), "");
});

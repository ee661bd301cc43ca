// Whether the single binary is the whole program: what the sources do, with nothing around it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { BINARY_VERSION, theBinary } from "../support/binary.ts";
import { runCli } from "../support/cli.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";
import { startBridge } from "../support/stdio.ts";

let binary: string;

before(async () => binary = await theBinary());

const ADDON = /^libsql-[0-9a-f]{16}-\d+\.node$/;

const STEPS = [
  { id: "uuid", action: "crypto.uuid", condition: "inputs.go == true" },
  {
    id: "jq",
    action: "jq.transform",
    depends_on: ["uuid"],
    params: { data: { list: [1, 2, 3] }, filter: ".list | add" },
  },
  { id: "expr", action: "expr.eval", params: { expression: "1 + 1" } },
  {
    id: "shell",
    action: "shell.exec",
    depends_on: ["jq"],
    params: { command: "echo", args: ["${{steps.jq.output}}"] },
  },
];

test("it says its version in any environment", () => {
  for (
    const env of [{}, { PATH: "" }, { NODE_OPTIONS: "--no-such-option", NODE_PATH: "/nowhere" }]
  ) {
    for (const words of [["version"], ["--version"]]) {
      const { stdout, stderr, status } = spawnSync(binary, words, { env, encoding: "utf8" });
      assert.deepEqual([stdout, stderr, status], [`${BINARY_VERSION}\n`, "", 0]);
    }
  }
});

test("a daemon runs workflows, draws them, speaks MCP, shows its panel, and writes at home alone", async (t) => {
  const place = tempHome(t);
  for (const name of ["user", "tmp", "here", "bin"]) mkdirSync(join(place, name));
  const own = join(place, "bin/opcode");
  linkSync(binary, own);
  chmodSync(join(place, "bin"), 0o500);
  const home = join(place, "data");
  const { url, stop } = await spawnDaemon(t, {
    home,
    binary: own,
    cwd: join(place, "here"),
    env: { HOME: join(place, "user"), TMPDIR: join(place, "tmp") },
    args: ["--panel"],
  });
  const body = {
    name: "all",
    agent_id: "tester",
    input_schema: { type: "object", properties: { go: { type: "boolean" } } },
    definition: { steps: STEPS },
  };
  const defined = await rest(url, "POST", "/api/v1/templates", body);
  assert.equal(defined.status, 201, JSON.stringify(defined.body));
  const begin = { template_name: "all", agent_id: "tester", params: { go: true }, wait_ms: 60_000 };
  const run = await rest(url, "POST", "/api/v1/runs", begin);
  assert.equal(run.body.status, "completed", JSON.stringify(run.body));

  // What the next start would load as its own code.
  const library = join(home, readdirSync(home).find((name) => ADDON.test(name))!);
  await defineTemplate(url, "replace", [
    { id: "write", action: "fs.write", params: { path: library, content: "x" } },
  ]);
  const replaced = await rest(url, "POST", "/api/v1/runs", {
    ...{ template_name: "replace", agent_id: "tester", wait_ms: 60_000 },
  });
  assert.match(JSON.stringify(replaced.body.error), /PATH_DENIED/);

  const id = run.body.workflow_id;
  const picture = await rest(url, "GET", `/api/v1/runs/${id}/diagram?format=image`);
  assert.match(JSON.stringify(picture.body), /iVBORw0KGgo/);

  // The last three are the bridge, of the sources.
  for (const { name, connect } of SDK_CLIENTS.slice(0, 4)) {
    const client = await connect(url);
    assert.equal((await client.tools()).length, 6, name);
    const { structuredContent } = await client.call("opcode.status", { workflow_id: id });
    assert.equal(structuredContent.status, "completed", name);
    await client.close();
  }

  const page = await fetch(`${url}/workflows/${id}`);
  const html = await page.text();
  assert.match(html, /completed/);
  const files = [...html.matchAll(/(?<=(?:src|href)=")\/static\/[^"]+/g)].map(([path]) => path);
  assert.ok(files.length >= 2, html);
  for (const path of files) {
    for (const encoding of ["br", "gzip", "identity"]) {
      const file = await fetch(url + path, { headers: { "accept-encoding": encoding } });
      assert.equal(file.status, 200, path);
      assert.ok((await file.text()).length > 100, `${path} as ${encoding}`);
    }
  }
  assert.equal(await stop(), 0);
  for (const name of ["user", "tmp", "here"]) {
    assert.deepEqual(readdirSync(join(place, name)), [], name);
  }
  assert.deepEqual(readdirSync(join(place, "bin")), ["opcode"]);
  assert.equal(statSync(library).mode & 0o777, 0o500);
  assert.equal(statSync(home).mode & 0o777, 0o700);
});

test("what it has acknowledged survives kill -9, and goes on after the next start", async (t) => {
  const home = tempHome(t);
  const first = await spawnDaemon(t, { home, binary });
  await defineTemplate(first.url, "waits", [
    { id: "signal", type: "wait", config: { signal: "go" } },
    { id: "after", action: "crypto.uuid", depends_on: ["signal"] },
  ]);
  const begin = { template_name: "waits", agent_id: "tester" };
  const { body: { workflow_id } } = await rest(first.url, "POST", "/api/v1/runs", begin);
  await first.kill();

  const second = await spawnDaemon(t, { home, binary });
  const signal = {
    signal_type: "data",
    payload: { signal: "go" },
    agent_id: "tester",
    wait_ms: 60_000,
  };
  const path = `/api/v1/runs/${workflow_id}`;
  const told = await rest(second.url, "POST", `${path}/signal`, signal);
  assert.equal(told.status, 200, JSON.stringify(told.body));
  assert.equal((await rest(second.url, "GET", path)).body.status, "completed");
  assert.equal(await second.stop(), 0);
});

test("over stdio it starts a daemon of its own, which other commands find", async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home, OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  const bridge = startBridge(t, { env, binary });
  await bridge.initialize();
  const { result } = await bridge.ask("tools/list");
  assert.equal(result.tools.length, 6);
  assert.equal(await bridge.end(), 0);
  const health = await runCli(["query", "templates", "--json"], { env, binary });
  assert.equal(health.code, 0, health.stderr);
  const { code, stderr } = await runCli(["stop"], { env, binary });
  assert.equal(code, 0, stderr);
});

test("a start that fails leaves nothing", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(t, () => server.close());
  const home = join(tempHome(t), "data");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const args = ["serve", "--listen-addr", address];
  const { code, stderr } = await runCli(args, { env: { OPCODE_HOME: home }, binary });
  assert.equal(code, 1);
  assert.match(stderr, /in use/);
  assert.equal(existsSync(home), false);
});

test("its library is unpacked again where it was cut short, and refused where it cannot be loaded", async (t) => {
  const home = tempHome(t);
  const daemon = await spawnDaemon(t, { home, binary });
  assert.equal(await daemon.stop(), 0);
  const addon = join(home, readdirSync(home).find((name) => ADDON.test(name))!);
  const whole = statSync(addon).size;
  chmodSync(addon, 0o700);
  truncateSync(addon, 1_000);
  assert.equal(await (await spawnDaemon(t, { home, binary })).stop(), 0);
  assert.equal(statSync(addon).size, whole);

  chmodSync(addon, 0o700);
  writeFileSync(addon, Buffer.alloc(whole));
  chmodSync(addon, 0o500);
  const { code, stderr } = await runCli(["serve", "--listen-addr", ":0"], {
    env: { OPCODE_HOME: home },
    binary,
  });
  assert.equal(code, 1);
  assert.match(stderr, /libsql-[\w-]+\.node cannot be loaded .*: remove it, and the next start/);
});

test("what is refused leaves nothing of what was unpacked for it", async (t) => {
  const place = tempHome(t);
  const file = join(place, "file");
  writeFileSync(file, "");
  const serve = ["serve", "--listen-addr", "127.0.0.1:0"];
  const [unknown, nobody] = ["localhost/x?hots=1", "127.0.0.1:1/x"].map((at) =>
    `postgres://a@${at}`
  );
  const below = { OPCODE_DB_PATH: join(file, "below/opcode.db") };
  const cases: [args: string[], env: Record<string, string>][] = [
    [serve, { OPCODE_STORE_URL: unknown! }],
    [serve, { OPCODE_STORE_URL: nobody! }],
    [serve, below],
    [["secret", "list"], below],
    [["db", "migrate", "--to", unknown!], { OPCODE_DB_PATH: join(place, "opcode.db") }],
    [["db", "migrate", "--to", nobody!], { OPCODE_DB_PATH: join(place, "opcode.db") }],
    [["db", "migrate", "--to", join(place, "other.db")], { OPCODE_STORE_URL: nobody! }],
  ];
  for (const [n, [args, env]] of cases.entries()) {
    const home = join(place, `home-${n}`);
    const { code, stderr } = await runCli(args, { env: { ...env, OPCODE_HOME: home }, binary });
    assert.ok(code === 1 || code === 2, `${code}: ${stderr}`);
    assert.equal(existsSync(home), false, `${args.join(" ")}: ${stderr}`);
  }
  assert.deepEqual(readdirSync(place), ["file"]);
});

test("a data directory that runs no programs is named with the remedy", (t) => {
  const home = tempHome(t);
  const mount = `mount -t tmpfs -o noexec none "$1" && exec "$0" serve --listen-addr :0`;
  const inNamespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
  const probe = spawnSync(inNamespace[0]!, [...inNamespace.slice(1), mount, "true", home]);
  if (probe.status !== 0) return t.skip("nothing may be mounted here");
  const { stderr, status } = spawnSync(
    inNamespace[0]!,
    [...inNamespace.slice(1), mount, binary, home],
    { encoding: "utf8", env: { PATH: process.env.PATH, OPCODE_HOME: home }, timeout: 60_000 },
  );
  assert.equal(status, 1, stderr);
  assert.match(stderr, /is mounted noexec.*OPCODE_HOME/);
  assert.match(stderr, new RegExp(home));
});

test("it needs no more room than it may", (t) => {
  const { size } = statSync(binary);
  t.diagnostic(`${(size / 1e6).toFixed(1)} MB`);
  assert.ok(size <= 145e6);
  assert.doesNotMatch(readFileSync(binary).toString("latin1"), new RegExp(`${process.cwd()}/`));
});

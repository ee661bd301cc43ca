// What `opcode reload` does to a daemon that runs, and what it tells of it.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";

const action = (id: string, name: string, params: object) => ({
  id,
  type: "action",
  action: name,
  params,
});

test("what takes effect, what waits and what is pinned is told; new bounds bind the next step", async (t) => {
  const server = createServer((_, response) => response.end("x")).listen(0, "127.0.0.1");
  afterwards(t, () => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const daemon = await spawnDaemon(t, { env: { OPCODE_PANEL: "1" } });
  const file = join(tempHome(t), "file");
  writeFileSync(file, "x");
  await defineTemplate(daemon.url, "reads", [action("s", "fs.read", { path: file })]);
  await defineTemplate(daemon.url, "asks", [
    action("s", "http.get", { url: `http://127.0.0.1:${port}/` }),
  ]);
  await defineTemplate(daemon.url, "runs", [
    action("s", "shell.exec", { command: "echo", args: ["x".repeat(2_000)] }),
  ]);
  const outcomes = async () => {
    const all = ["reads", "asks", "runs"].map((template_name) =>
      rest(daemon.url, "POST", "/api/v1/runs", { template_name, agent_id: "a", wait_ms: 20_000 })
    );
    return (await Promise.all(all)).map(({ body }) =>
      body.status === "failed" ? body.error.message : body.status
    );
  };
  assert.deepEqual(await outcomes(), ["completed", "completed", "completed"]);

  writeFileSync(
    join(daemon.home, "settings.json"),
    JSON.stringify({
      listen_addr: ":5000",
      panel: false,
      pool_size: 3,
      max_steps: 7,
      http: { deny_hosts: ["127.0.0.1"] },
      fs: { deny: [file] },
      shell: { kill_grace: "1s", max_output: 1_024 },
    }),
  );
  const { code, stdout, stderr } = await runCli(["reload"], { env: { OPCODE_HOME: daemon.home } });
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^changed at once: pool_size, http\.deny_hosts, shell\.kill_grace, shell\.max_output, fs\.deny$/m,
  );
  assert.match(stdout, /^after a restart: max_steps \(.* service restart\)$/m);
  assert.match(stderr, /^listen_addr: --listen-addr of the daemon counts, not settings\.json$/m);
  assert.match(stderr, /^panel: OPCODE_PANEL of the daemon counts, not settings\.json$/m);
  const [reads, asks, runs] = await outcomes();
  assert.match(reads, /fs\.deny/);
  assert.match(asks, /deny_hosts/);
  assert.equal(runs, "completed");
  const { body } = await rest(daemon.url, "GET", "/api/v1/runs?template_name=runs&limit=1");
  const run = await rest(daemon.url, "GET", `/api/v1/runs/${body.runs[0].id}`);
  assert.equal(run.body.output.stdout.length, 1_024);
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  assert.match(metrics, /^opcode_pool_size 3$/m);

  const { stdout: again } = await runCli(["reload", "--json"], {
    env: { OPCODE_HOME: daemon.home },
  });
  const { changed, restart } = JSON.parse(again);
  assert.deepEqual([changed, restart], [[], ["max_steps"]]);
});

test("a broken file keeps the running configuration, says so and fails", async (t) => {
  const daemon = await spawnDaemon(t);
  writeFileSync(join(daemon.home, "settings.json"), '{"panel": tr');
  const { code, stderr } = await runCli(["reload"], { env: { OPCODE_HOME: daemon.home } });
  assert.notEqual(code, 0);
  assert.match(
    stderr,
    /goes on with the settings it has: .*settings\.json is not JSON: .* line 1 column 11/,
  );
  assert.equal((await rest(daemon.url, "GET", "/healthz")).body.status, "ok");
});

test("where no daemon runs it says so, and a process of the same number gets no signal", async (t) => {
  const home = tempHome(t);
  const none = await runCli(["reload"], { env: { OPCODE_HOME: home } });
  assert.equal(none.code, 4);
  assert.match(none.stderr, /no daemon runs for/);
  let hungUp = false;
  const hear = () => hungUp = true;
  process.on("SIGHUP", hear);
  afterwards(t, () => process.off("SIGHUP", hear));
  // As after a crash: the number is another's, which would die of the signal.
  const stale = { pid: process.pid, url: "http://127.0.0.1:9", version: "x", key: "ab".repeat(32) };
  writeFileSync(join(home, "daemon.json"), JSON.stringify(stale));
  const other = await runCli(["reload"], { env: { OPCODE_HOME: home } });
  assert.equal(other.code, 4);
  assert.match(other.stderr, new RegExp(`process ${process.pid} does not answer as the daemon`));
  assert.equal(hungUp, false);
});

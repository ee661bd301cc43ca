// How a daemon starts and stops, and what it leaves alone when it may not start.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { SettingName } from "../../server/settings/keys.ts";
import { StartError } from "../../server/start-error.ts";
import { afterwards, startTestDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../support/http.ts";
import { httpServer } from "../support/http-server.ts";

test("files are the user's alone; pidfile and daemon.json name it and go with it", async (t) => {
  const daemon = await startTestDaemon(t);
  const mode = (name: string) => (statSync(join(daemon.home, name)).mode & 0o777).toString(8);
  for (const name of ["opcode.db", "opcode.pid", "daemon.json"]) {
    assert.equal(mode(name), "600", name);
  }
  assert.equal(readFileSync(join(daemon.home, "opcode.pid"), "utf8"), String(process.pid));
  const file = JSON.parse(readFileSync(join(daemon.home, "daemon.json"), "utf8"));
  assert.deepEqual([file.pid, file.url], [process.pid, daemon.url]);
  await daemon.close();
  assert.deepEqual([
    existsSync(join(daemon.home, "opcode.pid")),
    existsSync(join(daemon.home, "daemon.json")),
  ], [false, false]);
});

test("a data directory that is missing is made, for the user alone", async (t) => {
  const home = join(tempHome(t), "deep", "home");
  await startTestDaemon(t, { home });
  assert.equal((statSync(home).mode & 0o777).toString(8), "700");
});

test("what was stored is there after a restart", async (t) => {
  const home = tempHome(t);
  const first = await startTestDaemon(t, { home });
  await defineTemplate(first.url, "kept", HASH_STEPS);
  await first.close();
  const second = await startTestDaemon(t, { home });
  assert.equal((await rest(second.url, "GET", "/api/v1/templates/kept")).body.version, "v1");
});

test("once it has closed, nothing of it keeps the process alive", async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const daemon = await startTestDaemon(t);
  const steps = [{ id: "rest", type: "wait", config: { duration: "30s" } }];
  await defineTemplate(daemon.url, "waits", steps);
  await rest(daemon.url, "POST", "/api/v1/runs", { template_name: "waits", agent_id: "a" });
  await daemon.close();
  assert.equal(timers(), before);
});

test("a second daemon on the same database does not start and touches nothing", async (t) => {
  const first = await startTestDaemon(t);
  const before = readFileSync(join(first.home, "daemon.json"), "utf8");
  await assert.rejects(startTestDaemon(t, { home: first.home }), /opcode\.db|lock/);
  assert.equal(readFileSync(join(first.home, "daemon.json"), "utf8"), before);
  assert.equal(readFileSync(join(first.home, "opcode.pid"), "utf8"), String(process.pid));
  assert.equal((await rest(first.url, "GET", "/healthz")).status, 200);
});

test("a port in use: says so, opens no database, and lets go of the lock", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  afterwards(t, () => other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const home = tempHome(t);
  await assert.rejects(
    startTestDaemon(t, { home, settings: { listen_addr: `127.0.0.1:${port}` } }),
    (error) => {
      assert(error instanceof StartError);
      assert.match(
        error.message,
        new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use.*--listen-addr`),
      );
      return true;
    },
  );
  assert.deepEqual(
    ["opcode.db", "opcode.pid", "daemon.json"].filter((name) => existsSync(join(home, name))),
    [],
  );
  await startTestDaemon(t, { home });
});

test("beyond loopback it starts with a token only", async (t) => {
  const home = tempHome(t);
  await assert.rejects(
    startTestDaemon(t, { home, settings: { listen_addr: "0.0.0.0:0" } }),
    /listen_addr: 0\.0\.0\.0:0 can be reached from other machines.*auth_token/,
  );
  assert(!existsSync(join(home, "opcode.db")));
  const daemon = await startTestDaemon(t, {
    home,
    settings: { listen_addr: "0.0.0.0:0", auth_token: "t0ken" },
  });
  const url = `http://127.0.0.1:${daemon.port}`;
  assert.equal((await rest(url, "GET", "/api/v1/runs")).status, 401);
  const allowed = await rest(url, "GET", "/api/v1/runs", undefined, {
    authorization: "Bearer t0ken",
  });
  assert.equal(allowed.status, 200);
});

test("the conformance fixtures stay on loopback", async (t) => {
  const settings = { listen_addr: "0.0.0.0:0", auth_token: "t0ken" };
  await assert.rejects(
    startTestDaemon(t, { settings, conformanceFixtures: true }),
    /loopback only/,
  );
});

test("the pidfile of another daemon that answers is left to it", async (t) => {
  const first = await startTestDaemon(t);
  const file = join(first.home, "daemon.json");
  // As another process would have written it: this test process has one pid only.
  const theirs = JSON.stringify({ pid: process.ppid, url: first.url, version: "test" });
  writeFileSync(file, theirs);
  const second = await startTestDaemon(t, { home: first.home, settings: { db_path: ":memory:" } });
  assert.equal(readFileSync(file, "utf8"), theirs);
  await second.close();
  assert.equal(readFileSync(file, "utf8"), theirs);
});

test("a stale daemon.json, whose process id another program has now, is replaced", async (t) => {
  const home = tempHome(t);
  writeFileSync(
    join(home, "daemon.json"),
    JSON.stringify({ pid: process.ppid, url: "http://127.0.0.1:9", version: "test" }),
  );
  await startTestDaemon(t, { home });
  assert.equal(JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")).pid, process.pid);
});

test("the settings of http actions hold for the runs of the daemon", async (t) => {
  const target = await httpServer(t, (_, response) => response.end("0123456789".repeat(200)));
  // A short limit does not always pass before a quick answer: this one never answers.
  const silent = await httpServer(t, () => {});
  const get = async (settings: Partial<Record<SettingName, string>>, url = target.url) => {
    const daemon = await startTestDaemon(t, { settings });
    const step = { id: "get", type: "action", action: "http.get", params: { url } };
    await defineTemplate(daemon.url, "get", [step]);
    const { body } = await rest(daemon.url, "POST", "/api/v1/runs", {
      template_name: "get",
      agent_id: "tester",
      wait_ms: 60_000,
    });
    return body;
  };
  const cut = await get({ "http.max_response_body": "1024" });
  assert.deepEqual([cut.output.body.length, cut.output.truncated], [1024, true]);
  const refused = await get({ "http.deny_private": "true" });
  assert.equal(refused.status, "failed");
  assert.match(JSON.stringify(refused.error), /PERMISSION_DENIED.*http\.deny_private/);
  assert.equal((await get({ "http.allow_hosts": "127.0.0.0/8" })).status, "completed");
  assert.equal((await get({ "http.deny_hosts": "127.0.0.0/8" })).status, "failed");
  assert.equal(target.requests.length, 2);
  const late = await get({ "http.default_timeout": "1ns" }, silent.url);
  assert.match(JSON.stringify(late.error), /TIMEOUT_ERROR/);
});

test("the settings of fs are those of the actions", async (t) => {
  const place = tempHome(t);
  writeFileSync(join(place, "file"), "x");
  const codes = async (settings: Partial<Record<SettingName, string>>) => {
    const daemon = await startTestDaemon(t, { settings });
    const path = join(place, "file");
    const on_error = { strategy: "ignore" };
    await defineTemplate(daemon.url, "touch", [
      { id: "read", action: "fs.read", params: { path }, on_error },
      { id: "write", action: "fs.append", params: { path, content: "" }, on_error },
    ]);
    const { body } = await rest(daemon.url, "POST", "/api/v1/runs", {
      template_name: "touch",
      agent_id: "tester",
      wait_ms: 60_000,
    });
    return ["read", "write"].map((id) => body.steps[id].error?.code);
  };
  assert.deepEqual(await codes({}), [undefined, undefined]);
  assert.deepEqual(await codes({ "fs.read_only": place }), [undefined, "PATH_DENIED"]);
  assert.deepEqual(await codes({ "fs.writable": `/nowhere:${place}` }), [undefined, undefined]);
  assert.deepEqual(await codes({ "fs.writable": "/nowhere" }), ["PATH_DENIED", "PATH_DENIED"]);
  const denied = { "fs.deny": place, "fs.writable": "/" };
  assert.deepEqual(await codes(denied), ["PATH_DENIED", "PATH_DENIED"]);
});

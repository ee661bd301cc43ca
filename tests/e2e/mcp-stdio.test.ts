// Whether `opcode mcp` serves a stdio client whatever the client, the daemon and the bytes do.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { runCli } from "../support/cli.ts";
import {
  afterwards,
  type Cleanup,
  endDaemonOf,
  spawnDaemon,
  startTestDaemon,
  tempHome,
} from "../support/daemon.ts";
import { stateless } from "../support/mcp-app.ts";
import { startBridge } from "../support/stdio.ts";

const TOOLS = ["define", "diagram", "query", "run", "signal", "status"];
const AGENT = "stdio-agent";

/** A server whose requests wait until they are let go; what comes of a workflow in the middle. */
async function startGate(t: Cleanup) {
  const arrived = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const server = createServer(async (_, response) => {
    arrived.resolve();
    await opened.promise;
    response.end("go");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, arrived: arrived.promise, open: () => opened.resolve() };
}

const define = (name: string, steps: unknown[]) => ({
  name: "opcode.define",
  arguments: { name, agent_id: AGENT, definition: { steps } } as never,
});

const run = (template_name: string) => ({
  name: "opcode.run",
  arguments: { template_name, agent_id: AGENT },
});

test("a daemon is started when none runs, and outlives the client", async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home, OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  const first = startBridge(t, { env });
  const server = await first.initialize();
  endDaemonOf(t, home);
  assert.equal(server.serverInfo.name, "opcode");
  await first.ask("tools/call", define("kept", [{ id: "a", action: "crypto.uuid" }]));
  assert.match(first.stderr(), /starting a daemon; it logs to .*daemon\.log/);
  assert.match(readFileSync(join(home, "daemon.log"), "utf8"), /"msg":"listening"/);

  const pid = readFileSync(join(home, "opcode.pid"), "utf8");
  const parent = /^\S+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))![1];
  assert.notEqual(Number(parent), first.child.pid, "it is no child of the bridge");
  assert.equal(await first.end(), 0);
  const second = startBridge(t, { env });
  await second.initialize();
  const { result } = await second.ask("tools/call", run("kept"));
  assert.equal(result.structuredContent.status, "completed");
  assert.equal(await second.end(), 0);
  assert.equal(second.stderr(), "", "the running daemon was found");
});

test("two clients that start at once end up at one daemon", async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home, OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  const bridges = [1, 2].map(() => startBridge(t, { env }));
  await Promise.all(bridges.map((bridge) => bridge.initialize()));
  endDaemonOf(t, home);
  const [one, other] = bridges as [typeof bridges[0], typeof bridges[0]];
  await one!.ask("tools/call", define("shared", [{ id: "a", action: "crypto.uuid" }]));
  const { result } = await other!.ask("tools/call", run("shared"));
  assert.equal(result.structuredContent.status, "completed");
  await Promise.all(bridges.map((bridge) => bridge.end()));
});

test("a daemon that cannot start is an error on stderr, exit code 4 and no output", async (t) => {
  const taken = createTcpServer().listen(0, "127.0.0.1");
  afterwards(t, () => taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const home = tempHome(t);
  const { code, stdout, stderr } = await runCli(["mcp"], {
    env: { OPCODE_HOME: home, OPCODE_LISTEN_ADDR: address },
  });
  assert.deepEqual({ code, stdout }, { code: 4, stdout: "" });
  assert.match(
    stderr,
    /^error: the daemon ended at once: port .* is in use: .* with OPCODE_LISTEN_ADDR=:PORT in the client's env or "listen_addr" in settings\.json$/m,
  );
  assert.doesNotMatch(stderr, /error:.*error:|--listen-addr/);
});

test("a daemon that the command line names is not started", async (t) => {
  const args = ["mcp", "--url", "http://127.0.0.1:9"];
  const { code, stdout, stderr } = await runCli(args, { env: { OPCODE_HOME: tempHome(t) } });
  assert.deepEqual({ code, stdout }, { code: 4, stdout: "" });
  assert.match(stderr, /error: no opcode daemon answers at http:\/\/127\.0\.0\.1:9/);
});

test("tools are listed with underscores for hosts that forbid dots", async (t) => {
  const daemon = await startTestDaemon(t);
  const bridge = startBridge(t, {
    args: ["--names", "underscore"],
    env: { OPCODE_HOME: daemon.home },
  });
  await bridge.initialize();
  const { result } = await bridge.ask("tools/list");
  assert.deepEqual(
    result.tools.map((tool: any) => tool.name),
    TOOLS.map((name) => `opcode_${name}`),
  );
  const call = { ...define("u", [{ id: "a", action: "crypto.uuid" }]), name: "opcode_define" };
  assert.equal((await bridge.ask("tools/call", call)).result.structuredContent.version, "v1");
});

test("each revision that a stdio client may speak is answered with itself", async (t) => {
  const { home } = await startTestDaemon(t);
  for (const version of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
    const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
    assert.equal((await bridge.initialize(version)).protocolVersion, version);
    assert.equal((await bridge.ask("tools/list")).result.tools.length, TOOLS.length);
    await bridge.end();
  }
  const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
  const { _meta } = stateless("server/discover");
  assert.deepEqual((await bridge.ask("server/discover", { _meta })).result.supportedVersions, [
    "2026-07-28",
  ]);
});

test("a call before initialize is answered", async (t) => {
  const { home } = await startTestDaemon(t);
  const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
  assert.equal((await bridge.ask("tools/list")).result.tools.length, TOOLS.length);
});

test("the token comes from the settings; without it each request says what is missing", async (t) => {
  const daemon = await startTestDaemon(t, { settings: { auth_token: "s3cret" } });
  const env = { OPCODE_HOME: daemon.home };
  const allowed = startBridge(t, { env: { ...env, OPCODE_AUTH_TOKEN: "s3cret" } });
  assert.equal((await allowed.initialize()).serverInfo.name, "opcode");
  const refused = startBridge(t, { env });
  const { error } = await refused.ask("tools/list");
  assert.equal(
    error.message,
    "the daemon wants a token: set OPCODE_AUTH_TOKEN to the daemon's auth_token",
  );
  assert.match(refused.stderr(), /set OPCODE_AUTH_TOKEN/);
  const wrong = startBridge(t, { env: { ...env, OPCODE_AGENT_TOKEN: "oca_wrong" } });
  assert.equal(
    (await wrong.ask("tools/list")).error.message,
    "the daemon does not accept the token: OPCODE_AGENT_TOKEN must be one of an agent in its settings",
  );
});

test("what is not a message is refused, and the next message is served", async (t) => {
  const { home } = await startTestDaemon(t);
  const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
  const cases: [string | Uint8Array, number, RegExp][] = [
    ['{"jsonrpc":"2.0","id":1,', -32700, /^the line is not JSON: /],
    [Uint8Array.of(0x22, 0xff, 0xfe, 0x22), -32700, /not UTF-8/],
    ["3", -32600, /not a JSON-RPC 2\.0 message/],
    ["null", -32600, /not a JSON-RPC 2\.0 message/],
    [`"${"x".repeat(17 * 1024 * 1024)}"`, -32600, /at most 16777216 bytes/],
  ];
  for (const [bytes, code, message] of cases) {
    bridge.raw(bytes);
    bridge.raw("\r\n\r\n");
    const { id, error } = await bridge.next();
    assert.deepEqual([id, error.code], [null, code]);
    assert.match(error.message, message);
  }
  const large = await bridge.ask("tools/call", {
    name: "opcode.run",
    arguments: { template_name: "x".repeat(5 * 1024 * 1024), agent_id: AGENT },
  });
  assert.match(large.error.message, /HTTP 413.*at most 4194304 bytes/);
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  bridge.raw(`{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":{"x":${deep}}}\n`);
  const refused = await bridge.next();
  assert.equal(refused.id, "deep");
  assert.ok(refused.error.message.length > 0);
  assert.equal((await bridge.ask("tools/list")).result.tools.length, TOOLS.length);
});

test("a line may come in pieces, and the last one without its end", async (t) => {
  const { home } = await startTestDaemon(t);
  const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
  const text = '{"jsonrpc":"2.0","id":"é","method":"tools/list"}';
  const bytes = Buffer.from(text);
  const middle = text.indexOf("é") + 1;
  bridge.raw(bytes.subarray(0, middle));
  bridge.raw(bytes.subarray(middle));
  bridge.child.stdin!.end();
  const answer = await bridge.next();
  assert.equal(answer.id, "é");
  assert.equal(answer.result.tools.length, TOOLS.length);
});

test("a call that the daemon does not survive is answered with an error; the next is served", async (t) => {
  const gate = await startGate(t);
  const env = { OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  const before = await spawnDaemon(t);
  const bridge = startBridge(t, { env: { ...env, OPCODE_HOME: before.home } });
  await bridge.initialize();
  await bridge.ask("logging/setLevel", { level: "error" });
  await bridge.ask(
    "tools/call",
    define("slow", [{ id: "wait", action: "http.get", params: { url: gate.url } }]),
  );
  const call = bridge.ask("tools/call", run("slow"));
  await gate.arrived;
  await before.kill();
  const { error } = await call;
  assert.equal(error.code, -32000);
  assert.match(error.message, /went away before it answered.*may have been done.*opcode\.query/);

  const after = await spawnDaemon(t, { home: before.home });
  const { result } = await bridge.ask("tools/call", {
    name: "opcode.query",
    arguments: { resource: "workflows" },
  });
  assert.equal(result.structuredContent.workflows[0].status, "suspended");
  assert.doesNotMatch(bridge.stderr(), /starting a daemon/, "the one that came back was found");
  gate.open();
  assert.equal(await bridge.end(), 0);
  await after.stop();
});

test("a daemon that does not come back is started by the next call", async (t) => {
  const before = await spawnDaemon(t);
  const env = { OPCODE_HOME: before.home, OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  const bridge = startBridge(t, { env });
  await bridge.initialize();
  await before.kill();
  const { result } = await bridge.ask("tools/list");
  endDaemonOf(t, before.home);
  assert.equal(result.tools.length, TOOLS.length);
  assert.match(bridge.stderr(), /starting a daemon/);
});

for (const era of ["2025-11-25", "2026-07-28"] as const) {
  test(`${era}: workflow.notify and progress reach the client, also after a restart`, async (t) => {
    const gate = await startGate(t);
    let daemon = await spawnDaemon(t);
    const bridge = startBridge(t, { env: { OPCODE_HOME: daemon.home } });
    const meta = (method: string, more = {}) =>
      era === "2026-07-28" ? { _meta: { ...stateless(method)._meta, ...more } } : { _meta: more };
    const listen = { notifications: { toolsListChanged: true }, ...meta("subscriptions/listen") };
    const steps = [
      { id: "tell", action: "workflow.notify", params: { message: "look" } },
      { id: "gate", action: "http.get", params: { url: gate.url } },
    ];
    if (era === "2025-11-25") await bridge.initialize();
    await bridge.ask("tools/call", { ...define("notify", steps), ...meta("tools/call") });
    if (era === "2026-07-28") {
      bridge.send({ jsonrpc: "2.0", id: "listen", method: "subscriptions/listen", params: listen });
      assert.equal((await bridge.next()).method, "notifications/subscriptions/acknowledged");
    }
    const notified = async () => {
      // The standing stream is opened beside the calls: the first that finds it open has told.
      for (;;) {
        const { result } = await bridge.ask("tools/call", {
          ...run("notify"),
          ...meta("tools/call", { progressToken: "p" }),
        });
        const { steps } = result.structuredContent;
        const methods = bridge.before.map((message) => message.method);
        const { notified, queued } = steps.tell.output;
        const isTold = methods.includes("notifications/message");
        // What waits for the agent is told as soon as it is there, which may be before the run has ended.
        if (notified ? !isTold : isTold && !queued) {
          throw new Error(`${JSON.stringify(steps.tell.output)} and ${methods}`);
        }
        assert.ok(methods.includes("notifications/progress"), `${methods}`);
        if (notified) return;
      }
    };
    gate.open();
    await notified();
    await daemon.kill();
    daemon = await spawnDaemon(t, { home: daemon.home });
    await notified();
    assert.ok(!bridge.before.some(({ method }) => method?.endsWith("acknowledged")));
  });
}

test("a cancelled call has no answer, and the session goes on", async (t) => {
  const gate = await startGate(t);
  const { home } = await startTestDaemon(t);
  for (const era of ["2025-11-25", "2026-07-28"]) {
    const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
    const _meta = era === "2026-07-28" ? stateless("tools/call")._meta : {};
    if (era === "2025-11-25") await bridge.initialize();
    const steps = [{ id: "wait", action: "http.get", params: { url: gate.url } }];
    await bridge.ask("tools/call", { ...define("slow", steps), _meta });
    const params = { ...run("slow"), _meta };
    bridge.send({ jsonrpc: "2.0", id: "late", method: "tools/call", params });
    await gate.arrived;
    bridge.send({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: "late" },
    });
    const listed = await bridge.ask("tools/list", { _meta });
    assert.equal(listed.result.tools.length, TOOLS.length);
    assert.deepEqual(bridge.before, []);
    assert.equal(await bridge.end(), 0);
    assert.equal(bridge.stderr(), "");
  }
  gate.open();
});

test("a client that reads nothing costs a bounded amount of memory", async (t) => {
  const { home } = await startTestDaemon(t);
  const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
  bridge.child.stdout!.pause();
  const line = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "tools/list", params: {} }) + "\n";
  // Answered in full this would be about 1.2 GB.
  bridge.raw(line.repeat(100_000));
  const proc = (file: string) => readFileSync(`/proc/${bridge.child.pid}/${file}`, "utf8");
  const ticks = () => proc("stat").split(") ")[1]!.split(" ").slice(11, 13).join();
  // It has taken in all that it will once it rests.
  for (let still = 0, last = ""; still < 10; await delay(50)) {
    const now = ticks();
    still = now === last ? still + 1 : 0;
    last = now;
  }
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(proc("status"))![1]) / 1024;
  assert.ok(peak < 300, `${peak} MiB`);
  bridge.child.stdout!.destroy();
  assert.equal(await bridge.end(), 0);
});

test("more calls than may be under way wait their turn, and each is answered", async (t) => {
  const gate = await startGate(t);
  const daemon = await startTestDaemon(t);
  const bridge = startBridge(t, { env: { OPCODE_HOME: daemon.home } });
  await bridge.initialize();
  const steps = [{ id: "wait", action: "http.get", params: { url: gate.url } }];
  await bridge.ask("tools/call", define("slow", steps));
  const waiting = new Set<string>();
  for (let n = 0; n < 600; n++) {
    waiting.add(`call ${n}`);
    bridge.send({ jsonrpc: "2.0", id: `call ${n}`, method: "tools/call", params: run("slow") });
  }
  const begun = async () =>
    (await daemon.opcode.query({ resource: "workflows", filter: { limit: 1000 } })).rows.length;
  while (await begun() < 512) await delay(20);
  for (let again = 0; again < 10; again++) assert.equal(await begun(), 512);
  gate.open();
  while (waiting.size > 0) assert.ok(waiting.delete((await bridge.next()).id));
});

test("the bridge ends when its client goes, also in the middle of a call", async (t) => {
  const gate = await startGate(t);
  const daemon = await startTestDaemon(t);
  const bridge = startBridge(t, { env: { OPCODE_HOME: daemon.home } });
  await bridge.initialize();
  const steps = [{ id: "wait", action: "http.get", params: { url: gate.url } }];
  await bridge.ask("tools/call", define("slow", steps));
  bridge.send({ jsonrpc: "2.0", id: "late", method: "tools/call", params: run("slow") });
  await gate.arrived;
  assert.equal(await bridge.end(), 0);
  gate.open();
  const { rows } = await daemon.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 1, "the workflow goes on without it");
});

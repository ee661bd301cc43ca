// How a daemon process lives: one at a time, graceful on a signal, whole again after kill -9.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CALLED, runCli } from "../support/cli.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../support/http.ts";
import { NO_FILE } from "../support/store-env.ts";

const sleep = (seconds: string) => [
  {
    id: "sleep",
    type: "action",
    action: "shell.exec",
    params: { command: "sleep", args: [seconds] },
  },
];

test("it logs JSON lines, names its url, and SIGTERM ends it with 0 and no pidfile", async (t) => {
  const daemon = await spawnDaemon(t);
  assert.equal(readFileSync(join(daemon.home, "opcode.pid"), "utf8"), String(daemon.pid));
  assert.equal(await daemon.stop(), 0);
  for (const line of daemon.log().trim().split("\n")) {
    const { time, level, msg } = JSON.parse(line);
    assert.deepEqual([typeof time, typeof level, typeof msg], ["string", "string", "string"]);
  }
  assert(!existsSync(join(daemon.home, "opcode.pid")));
  assert(!existsSync(join(daemon.home, "daemon.json")));
});

test("a second daemon on the port ends with 1 and leaves the first alone", async (t) => {
  const first = await spawnDaemon(t);
  const { port } = new URL(first.url);
  const second = await runCli(["serve", "--listen-addr", `127.0.0.1:${port}`], {
    env: { OPCODE_HOME: tempHome(t) },
  });
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`^error: port ${port} of 127.0.0.1 is in use`, "m"));
  const third = await runCli(["serve", "--listen-addr", `127.0.0.1:${port}`], {
    env: { OPCODE_HOME: first.home },
  });
  assert.equal(third.code, 1);
  assert.match(
    third.stderr,
    new RegExp(
      `^error: the (?:database|data directory) .* is in use .*: process ${first.pid}, at ${first.url}$`,
      "m",
    ),
  );
  assert.equal(readFileSync(join(first.home, "opcode.pid"), "utf8"), String(first.pid));
  assert.equal((await rest(first.url, "GET", "/healthz")).body.status, "ok");
});

test("after kill -9 everything acknowledged is there and the stale pidfile is replaced", async (t) => {
  const first = await spawnDaemon(t);
  await defineTemplate(first.url, "hash", HASH_STEPS);
  const run = await rest(first.url, "POST", "/api/v1/runs", {
    template_name: "hash",
    agent_id: "a",
    params: { text: "x" },
    wait_ms: 10_000,
  });
  assert.equal(run.body.status, "completed");
  await first.kill();
  assert.equal(readFileSync(join(first.home, "opcode.pid"), "utf8"), String(first.pid));
  const second = await spawnDaemon(t, { home: first.home });
  assert.equal(readFileSync(join(first.home, "opcode.pid"), "utf8"), String(second.pid));
  const { body } = await rest(second.url, "GET", `/api/v1/runs/${run.body.workflow_id}`);
  assert.deepEqual([body.status, body.output], ["completed", run.body.output]);
});

test("a graceful stop lets a running step end", async (t) => {
  const first = await spawnDaemon(t);
  await defineTemplate(first.url, "short", sleep("0.5"));
  const waiting = rest(first.url, "POST", "/api/v1/runs", {
    template_name: "short",
    agent_id: "a",
    wait_ms: 20_000,
  });
  await untilStarted(first.url, "short");
  const stopped = first.stop();
  const { body } = await waiting;
  assert.equal(body.status, "completed", JSON.stringify(body));
  assert.equal(await stopped, 0);
});

test("a second signal ends it at once with its exit code and without a pidfile", async (t) => {
  const daemon = await spawnDaemon(t);
  await defineTemplate(daemon.url, "long", sleep("60"));
  await rest(daemon.url, "POST", "/api/v1/runs", { template_name: "long", agent_id: "a" });
  await untilStarted(daemon.url, "long");
  daemon.child.kill("SIGINT");
  await untilLogged(daemon, '"msg":"stopping"');
  const health = await rest(daemon.url, "GET", "/healthz");
  assert.deepEqual([health.status, health.body.status], [503, "stopping"]);
  const intake = await rest(daemon.url, "POST", "/api/v1/runs", {
    template_name: "long",
    agent_id: "a",
  });
  assert.deepEqual([intake.status, intake.body.error.code], [503, "BUSY"]);
  assert.equal(intake.headers.get("retry-after"), "1");
  const closed = once(daemon.child, "close");
  // Whoever insists; what comes at once is taken for the first signal, told twice.
  const again = setInterval(() => daemon.child.kill("SIGINT"), 100);
  await closed;
  clearInterval(again);
  assert.equal(daemon.child.exitCode, 130);
  assert(!existsSync(join(daemon.home, "opcode.pid")));

  const second = await spawnDaemon(t, { home: daemon.home });
  const { body } = await rest(second.url, "GET", "/api/v1/runs?template_name=long");
  assert.equal(body.runs[0].status, "suspended", "the step may or may not have been done");
});

test("a daemon that stops under a waiting command says that the run goes on", async (t) => {
  const daemon = await spawnDaemon(t);
  await defineTemplate(daemon.url, "long", sleep("60"));
  let insisting: ReturnType<typeof setInterval> | undefined;
  t.after(() => clearInterval(insisting));
  const { code, stderr } = await runCli(["run", "long"], {
    env: { OPCODE_HOME: daemon.home },
    onStderr: (text) => {
      if (!text.startsWith("started")) return;
      insisting = setInterval(() => daemon.child.kill("SIGINT"), 100);
    },
  });
  assert.equal(code, 4);
  assert.match(
    stderr,
    /^error: the daemon has stopped; once it is back, run (\S{18})\S{18} goes on .*:\n {2}.* status \1$/m,
  );
});

test("an interrupted run is shown so, with the command that answers for it", async (t) => {
  const home = tempHome(t);
  const daemon = await spawnDaemon(t, { home });
  await defineTemplate(daemon.url, "long", sleep("60"));
  await rest(daemon.url, "POST", "/api/v1/runs", { template_name: "long", agent_id: "a" });
  await untilStarted(daemon.url, "long");
  await daemon.kill();
  const again = await spawnDaemon(t, { home });
  const { body } = await rest(again.url, "GET", "/api/v1/runs");
  const { stdout } = await runCli(["status", body.runs[0].id], { env: { OPCODE_HOME: home } });
  assert.match(stdout, /^\S+ +interrupted$/m);
  assert.match(stdout, /^status +suspended: interrupted$/m);
  const signal = `\n  ${CALLED} signal ${body.runs[0].id.slice(0, 18)}`;
  for (const words of ["retry --step sleep", "skip --step sleep", "cancel"]) {
    assert.ok(stdout.includes(`${signal} ${words}\n`), stdout);
  }
});

test("children see neither the vault key nor the token", async (t) => {
  const daemon = await spawnDaemon(t, {
    env: { OPCODE_VAULT_KEY: "vault-key-of-x", OPCODE_AUTH_TOKEN: "token-y" },
  });
  const auth = { authorization: "Bearer token-y" };
  const steps = [{ id: "env", type: "action", action: "shell.exec", params: { command: "env" } }];
  const define = { name: "env", agent_id: "a", definition: { steps } };
  assert.equal((await rest(daemon.url, "POST", "/api/v1/templates", define, auth)).status, 201);
  const start = { template_name: "env", agent_id: "a", wait_ms: 10_000 };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", start, auth);
  const shown = JSON.stringify(body.output);
  assert.match(shown, /OPCODE_HOME/);
  assert(!shown.includes("vault-key-of-x") && !shown.includes("token-y"));
  assert(!daemon.log().includes("vault-key-of-x") && !daemon.log().includes("token-y"));
});

test("what a recovery starts again runs under the user's umask, and the daemon's files are closed", async (t) => {
  const home = tempHome(t);
  const marks = join(home, "marks");
  const steps = [{
    id: "touch",
    action: "shell.exec",
    on_interrupt: "resume",
    params: {
      command: `umask >> ${marks}; [ $(wc -l < ${marks}) -gt 1 ] || sleep 60`,
      shell: true,
    },
  }];
  const before = process.umask(0o027);
  t.after(() => process.umask(before));
  const lines = () => existsSync(marks) ? readFileSync(marks, "utf8").trim().split("\n") : [];
  const untilMarked = async (count: number) => {
    while (lines().length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const first = await spawnDaemon(t, { home });
  await defineTemplate(first.url, "touch", steps);
  await rest(first.url, "POST", "/api/v1/runs", { template_name: "touch", agent_id: "a" });
  await untilMarked(1);
  await first.kill();
  const open = process.umask(0);
  await spawnDaemon(t, { home });
  process.umask(open);
  await untilMarked(2);
  assert.deepEqual(lines().map(Number), [27, 0]);
  const files = readdirSync(home).filter((name) => /^(opcode|daemon)/.test(name));
  const written = NO_FILE ? ["daemon.json"] : ["opcode.db-wal", "daemon.json"];
  for (const name of written) assert.ok(files.includes(name), files.join());
  for (const name of files) assert.equal(statSync(join(home, name)).mode & 0o077, 0, name);
});

test("SIGHUP takes the log level from the settings at once", async (t) => {
  const { writeFileSync } = await import("node:fs");
  const daemon = await spawnDaemon(t);
  writeFileSync(join(daemon.home, "settings.json"), '{"log_level": "debug", "max_steps": 3}');
  daemon.child.kill("SIGHUP");
  await untilLogged(daemon, '"msg":"settings reloaded","log_level":"debug"');
  assert.match(daemon.log(), /"settings that need a restart","settings":\["max_steps"\]/);
});

test("SIGHUP switches the panel on and off, and a broken file changes nothing", async (t) => {
  const { writeFileSync } = await import("node:fs");
  const daemon = await spawnDaemon(t);
  const pages = async () => (await fetch(`${daemon.url}/`)).status;
  const reload = async (text: string, told: string) => {
    const seen = daemon.log().length;
    writeFileSync(join(daemon.home, "settings.json"), text);
    daemon.child.kill("SIGHUP");
    await untilLogged(daemon, told, seen);
    return await pages();
  };
  assert.equal(await pages(), 404);
  assert.equal(await reload('{"panel": true}', '"settings reloaded"'), 200);
  assert.equal(await reload('{"panel": fal', '"settings not reloaded"'), 200);
  assert.equal(await reload('{"panel": false}', '"settings reloaded"'), 404);
});

/** Resolves once the newest run of the template has a started step. */
async function untilStarted(url: string, template: string): Promise<void> {
  for (;;) {
    const { body } = await rest(url, "GET", `/api/v1/runs?template_name=${template}&limit=1`);
    const id = body.runs[0]?.id;
    if (id !== undefined) {
      const events = await rest(
        url,
        "GET",
        `/api/v1/events?workflow_id=${id}&event_type=step_started`,
      );
      if (events.body.events.length > 0) return;
    }
  }
}

/** Resolves once the text stands in the log, behind what has been seen of it. */
function untilLogged(
  daemon: Awaited<ReturnType<typeof spawnDaemon>>,
  text: string,
  seen = 0,
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!daemon.log().includes(text, seen)) return;
      daemon.child.stderr!.off("data", look);
      resolve();
    };
    daemon.child.stderr!.on("data", look);
    look();
  });
}

// Whether a step that finds no descriptor left waits for one, instead of failing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { httpServer } from "../support/http-server.ts";

const SCRIPT = fileURLToPath(new URL("../support/without-descriptors.ts", import.meta.url));

/** What comes of an action in a process without descriptors. */
async function starved(name: string, params: unknown, cancel = false) {
  const command = 'ulimit -n 64 && exec "$0" "$@"';
  const script = [process.execPath, SCRIPT, name, JSON.stringify(params)];
  const args = ["-c", command, ...script, ...(cancel ? ["cancel"] : [])];
  const { stdout } = await promisify(execFile)("/bin/sh", args);
  return JSON.parse(stdout) as { told: number; output?: any; error?: { code: string } };
}

describe("an action waits for its descriptor, and is told to its host once", () => {
  const cases: Record<string, (place: string, url: string) => [params: unknown, part: unknown]> = {
    "fs.read": (place) => [{ path: join(place, "file") }, { content: "text" }],
    "fs.stat": (place) => [{ path: join(place, "file") }, { size: 4 }],
    "fs.list": (place) => [{ path: place, recursive: true }, {}],
    "fs.write": (place) => [{ path: join(place, "new"), content: "new" }, { size: 3 }],
    "fs.append": (place) => [{ path: join(place, "file"), content: "more" }, { size: 8 }],
    "fs.copy": (place) => [{ src: place, dst: `${place}-copy` }, { is_dir: true }],
    "fs.move": (place) => [{ src: place, dst: `${place}-moved` }, { is_dir: true }],
    "fs.delete": (place) => [{ path: place, recursive: true }, {}],
    "shell.exec": (place) => [{ command: "cat", args: [join(place, "file")] }, { stdout: "text" }],
    "http.get": (_, url) => [{ url }, { body: "fine" }],
    "http.request": (_, url) => [
      { url: url.replace("127.0.0.1", "localhost"), method: "POST", body: "x" },
      { body: "fine" },
    ],
  };
  for (const [name, make] of Object.entries(cases)) {
    test(name, async (t) => {
      const place = join(tempHome(t), "place");
      mkdirSync(join(place, "inner"), { recursive: true });
      writeFileSync(join(place, "file"), "text");
      writeFileSync(join(place, "inner", "file"), "text");
      const server = await httpServer(t, (_, response) => void response.end("fine"));
      const [params, part] = make(place, server.url);
      const { told, output, error } = await starved(name, params);
      assert.equal(error, undefined, JSON.stringify(error));
      assert.deepEqual({ ...output, ...part as object }, output);
      // What needs none, or found its client's file closed to it, need not wait.
      if (name !== "fs.stat") assert.ok(told > 0);
      assert.ok(server.requests.length <= 1, "sent once");
    });
  }

  test("and does nothing when it is stopped meanwhile", async (t) => {
    const path = join(tempHome(t), "file");
    writeFileSync(path, "old");
    const written = await starved("fs.write", { path, content: "new" }, true);
    assert.equal(written.error?.code, "CANCELLED");
    assert.equal(readFileSync(path, "utf8"), "old");
    const ran = await starved("shell.exec", { command: "touch", args: [`${path}2`] }, true);
    assert.equal(ran.error?.code, "CANCELLED");
    assert.throws(() => readFileSync(`${path}2`), { code: "ENOENT" });
  });
});

test("a run that leaves a connection with each of 300 servers does not fail for it", async (t) => {
  const servers = [];
  for (let n = 0; n < 300; n++) {
    servers.push(
      await httpServer(t, (_, response) => {
        response.writeHead(200, { "keep-alive": "timeout=600" }).end("fine");
      }),
    );
  }
  const daemon = await spawnDaemon(t, { descriptors: 256, heapMiB: 256 });
  const steps = servers.map(({ url }, n) => ({ id: `s${n}`, action: "http.get", params: { url } }));
  await defineTemplate(daemon.url, "many", steps);
  await defineTemplate(daemon.url, "one", [
    { id: "a", action: "shell.exec", params: { command: "echo", args: ["hello"] } },
  ]);
  const run = (template_name: string) =>
    rest(daemon.url, "POST", "/api/v1/runs", { template_name, agent_id: "a", wait_ms: 60_000 });
  const [many, ...others] = await Promise.all([
    run("many"),
    ...Array.from({ length: 20 }, () => run("one")),
  ]);
  for (const { body } of [many!, ...others]) {
    assert.equal(body.status, "completed", JSON.stringify(body.error));
  }
  assert.equal(servers.every(({ requests }) => requests.length === 1), true);
  assert.match(daemon.log(), /the process has no descriptor left/);
});

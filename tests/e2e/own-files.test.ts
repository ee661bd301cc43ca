// Whether a workflow can open the daemon's own files, and so lose it the lock that keeps others out.

import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { type Cleanup, spawnDaemon, type SpawnedDaemon, tempHome } from "../support/daemon.ts";
import { Rest } from "../support/rest.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

const FILES = ["opcode.db", "opcode.db-wal", "opcode.db-shm", "opcode.db.lock"];

test("no workflow opens the database, its log or its lock while another daemon tries to start", async (t) => {
  const home = tempHome(t);
  const elsewhere = tempHome(t);
  const daemon = await spawnDaemon(t, { home });
  const rest = new Rest(daemon.url);
  t.after(() => rest.destroy());

  const paths: string[] = [];
  for (const name of FILES) {
    const file = join(home, name);
    assert.ok(existsSync(file), name);
    symlinkSync(file, join(elsewhere, `link-${name}`));
    linkSync(file, join(elsewhere, `hard-${name}`));
    paths.push(
      file,
      join(elsewhere, `link-${name}`),
      join(elsewhere, `hard-${name}`),
      `${home}//./x/../${name}`,
    );
  }
  const attempts: [string, JsonObject][] = paths.flatMap((path): [string, JsonObject][] => [
    ["fs.read", { path }],
    ["fs.stat", { path }],
    ["fs.write", { path, content: "" }],
    ["fs.append", { path, content: "" }],
    ["fs.copy", { src: path, dst: join(elsewhere, "copy") }],
  ]);
  const steps = attempts.map(([action, params], i) => ({
    id: `s${i}`,
    action,
    params,
    on_error: { strategy: "ignore" },
  }));
  await rest.post("/api/v1/templates", { name: "pry", definition: { steps }, agent_id: "test" });

  /** A second daemon on the same data must end by itself, whatever the workflow did. */
  const intrude = () =>
    assert.rejects(spawnDaemon(t, { home }), /another daemon|lock|in use/i, "it started");
  const runs = Array.from(
    { length: 3 },
    () => rest.post("/api/v1/runs", { template_name: "pry", agent_id: "test", wait_ms: 60_000 }),
  );
  await Promise.all([...runs, intrude(), intrude()]);
  for (const reply of await Promise.all(runs)) {
    assert.equal(reply.status, "completed");
    const reported = reply.steps as Record<string, { error?: { code: string } }>;
    attempts.forEach(([action, params], i) => {
      assert.equal(reported[`s${i}`]!.error?.code, "PATH_DENIED", `${action} ${params.path}`);
    });
  }
  // The lock is still held, and what was acknowledged is still there.
  await intrude();
  const { runs: listed } = await rest.get("/api/v1/runs?limit=10");
  assert.equal((listed as unknown[]).length, 3);
});

type Attempt = [action: string, params: JsonObject];

/** Runs them all as steps of one workflow and returns the code of each one's error. */
async function codesOf(t: Cleanup, daemon: SpawnedDaemon, attempts: Attempt[]) {
  const rest = new Rest(daemon.url);
  t.after(() => rest.destroy());
  const steps = attempts.map(([action, params], i) => ({
    id: `s${i}`,
    action,
    params,
    on_error: { strategy: "ignore" },
  }));
  await rest.post("/api/v1/templates", { name: "pry", definition: { steps }, agent_id: "test" });
  const run = { template_name: "pry", agent_id: "test", wait_ms: 60_000 };
  const reply = await rest.post("/api/v1/runs", run);
  const reported = reply.steps as Record<string, { error?: { code: string } }>;
  return attempts.map((attempt, i) => [...attempt, reported[`s${i}`]!.error?.code]);
}

const refused = (attempts: Attempt[]) => attempts.map((attempt) => [...attempt, "PATH_DENIED"]);

test("no workflow makes, replaces, removes or carries away what is the daemon's by name", async (t) => {
  const outer = tempHome(t);
  const elsewhere = tempHome(t);
  const home = join(outer, "users", "home");
  mkdirSync(home, { recursive: true });
  symlinkSync(join(outer, "users"), join(outer, "way"));
  writeFileSync(join(home, "settings.json"), "{}", { mode: 0o600 });
  const given = join(outer, "way", "home");
  const daemon = await spawnDaemon(t, { home: given, env: { OPCODE_AUTH_TOKEN: "" } });
  writeFileSync(join(elsewhere, "file"), "evil");
  mkdirSync(join(elsewhere, "dir"));
  writeFileSync(join(elsewhere, "dir", "opcode.db-journal"), "evil");
  symlinkSync(join(home, "opcode.db-journal"), join(elsewhere, "dangling"));
  const before = readdirSync(home);

  const names = [...FILES, "opcode.db-journal", "opcode.db.lock-journal", "OPCODE.DB-Journal"];
  names.push("settings.json", "opcode.pid", "daemon.json");
  const file = join(elsewhere, "file");
  const made = names.flatMap((name): Attempt[] => [
    ["fs.write", { path: join(home, name), content: "evil" }],
    ["fs.append", { path: join(home, name), content: "evil" }],
    ["fs.write", { path: join(given, name), content: "evil", create_dirs: true }],
    ["fs.copy", { src: file, dst: join(home, name) }],
    ["fs.move", { src: file, dst: join(home, name) }],
    ["fs.move", { src: join(home, name), dst: join(elsewhere, "taken") }],
    ["fs.delete", { path: join(home, name) }],
    ["fs.delete", { path: join(home, name), recursive: true }],
  ]);
  const places = [home, given, join(outer, "users"), join(outer, "way"), outer];
  const carried = places.flatMap((path): Attempt[] => [
    ["fs.delete", { path, recursive: true }],
    ["fs.delete", { path }],
    ["fs.move", { src: path, dst: join(elsewhere, "taken") }],
    ["fs.move", { src: file, dst: path }],
    ...(path.endsWith("way")
      ? []
      : [["fs.copy", { src: path, dst: join(elsewhere, "copy") }]] as Attempt[]),
  ]);
  const others: Attempt[] = [
    ["fs.read", { path: join(home, "settings.json") }],
    ["fs.stat", { path: join(home, "settings.json") }],
    ["fs.write", { path: join(elsewhere, "dangling"), content: "evil" }],
    ["fs.append", { path: join(elsewhere, "dangling"), content: "evil" }],
    ["fs.copy", { src: join(elsewhere, "dir"), dst: home }],
  ];
  const attempts = [...made, ...carried, ...others];
  assert.deepEqual(await codesOf(t, daemon, attempts), refused(attempts));
  assert.deepEqual(readdirSync(home), before);
  assert.deepEqual(readdirSync(elsewhere).sort(), ["dangling", "dir", "file"]);

  const listing: Attempt[] = [["fs.list", { path: home }], ["fs.write", {
    path: join(home, "notes.txt"),
    content: "mine",
  }]];
  assert.deepEqual((await codesOf(t, daemon, listing)).map((row) => row[2]), [
    undefined,
    undefined,
  ]);
});

test("no workflow reads the daemon's environment, memory or descriptors in /proc", {
  skip: process.platform !== "linux",
}, async (t) => {
  const elsewhere = tempHome(t);
  const daemon = await spawnDaemon(t, { env: { OPCODE_VAULT_KEY: "not for you at all" } });
  const { pid } = daemon;
  // For whoever may read it all the same.
  const environ = readFileSync(`/proc/${pid}/environ`, "utf8");
  assert.match(environ, /OPCODE_VAULT_KEY=/);
  assert.doesNotMatch(environ, /not for you at all/);
  const thread = readdirSync(`/proc/${pid}/task`).find((id) => id !== String(pid))!;
  symlinkSync("/proc/self/environ", join(elsewhere, "environ"));
  symlinkSync("/proc/self", join(elsewhere, "self"));
  symlinkSync("/proc", join(elsewhere, "proc"));
  const top = (of: number) => join("/proc", String(of), "root");
  const paths = [
    "/proc/self/environ",
    "/proc/thread-self/environ",
    "/proc//self/./environ",
    "/proc/self/task/../environ",
    `/proc/${pid}/environ`,
    `/proc/${thread}/environ`,
    `/proc/${pid}/task/${thread}/environ`,
    `/proc/self/task/${thread}/environ`,
    `/proc/${pid}/mem`,
    `/proc/${pid}/maps`,
    `/proc/${thread}/maps`,
    `/proc/${pid}/cmdline`,
    `/proc/${pid}/fd`,
    `/proc/self/fd/3`,
    `${top(pid)}/proc/${pid}/environ`,
    `${top(pid)}/etc/passwd`,
    `/proc/${pid}/cwd`,
    "/dev/fd/0",
    "/dev/stdin",
    join(elsewhere, "environ"),
    join(elsewhere, "self/environ"),
    join(elsewhere, "self/task"),
    join(elsewhere, "proc/self/maps"),
    join(elsewhere, `${top(pid)}/proc/self/environ`),
    `/proc/${process.pid}/environ`,
    `${top(process.pid)}/proc/${pid}/environ`,
    `/proc/${process.pid}/task/${process.pid}/mem`,
  ];
  const attempts = paths.flatMap((path): Attempt[] => [
    ["fs.read", { path }],
    ["fs.stat", { path }],
    ["fs.list", { path }],
    ["fs.copy", { src: path, dst: join(elsewhere, "copy") }],
    ["fs.append", { path, content: "" }],
  ]);
  assert.deepEqual(await codesOf(t, daemon, attempts), refused(attempts));
});

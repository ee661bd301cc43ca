// Whether the doctor sees what is wrong, says what mends it, and is silent about what is well.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Finding } from "../../cli/doctor/finding.ts";
import { runCli } from "../support/cli.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

interface Report {
  code: number | null;
  ok: boolean;
  /** What was found under the name. */
  of(name: string): Finding[];
}

async function examined(env: Record<string, string>): Promise<Report> {
  const { code, stdout, stderr } = await runCli(["doctor", "--json"], { env });
  assert.equal(stderr, "");
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  assert.equal(code, ok ? 0 : 1);
  for (const { level, text, remedy } of findings) {
    assert.notEqual(text, "");
    assert.ok(level !== "fault" || remedy !== undefined, `what mends it: ${text}`);
  }
  return { code, ok, of: (name) => findings.filter((one) => one.name === name) };
}

function homeless(t: TestContext): Record<string, string> {
  const place = tempHome(t);
  return { HOME: place, OPCODE_HOME: join(place, "data"), OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
}

test("of a bare machine it tells what is not there yet, and that nothing is wrong", async (t) => {
  const { ok, of } = await examined(homeless(t));
  assert.ok(ok);
  assert.match(of("data directory")[0]!.text, /is not there yet/);
  assert.match(of("daemon")[0]!.text, /none runs/);
  assert.match(of("clients")[0]!.text, /no MCP client/);
});

test("of a daemon at work it tells where it serves, how its data are, and that no backup was made", async (t) => {
  const env = homeless(t);
  const home = env.OPCODE_HOME!;
  const { url, pid } = await spawnDaemon(t, { home, env });
  const before = await examined(env);
  assert.ok(before.ok);
  assert.match(before.of("daemon")[0]!.text, new RegExp(`process ${pid} serves ${url}`));
  assert.match(before.of("database")[0]!.text, /a copy of it opens: 0 runs, layout \d+$/);
  assert.match(before.of("backup")[0]!.text, /no backup was ever made/);
  assert.equal(before.of("backup")[0]!.level, "warning");
  const copy = join(env.HOME!, "copy.db");
  assert.equal((await runCli(["backup", copy], { env })).code, 0);
  const after = await examined(env);
  assert.equal(after.of("backup")[0]!.level, "ok");
  assert.ok(after.of("backup")[0]!.text.includes(copy));
});

test("of a daemon at work it tells what that one holds programs in, not what this terminal could", async (t) => {
  const env = homeless(t);
  await spawnDaemon(t, { home: env.OPCODE_HOME!, env: { ...env, OPCODE_SHELL_MAX_PIDS: "50" } });
  const pids = (await examined(env)).of("isolation").find(({ text }) => text.startsWith("pids: "))!;
  // Its settings ask for it, those of this terminal do not.
  assert.doesNotMatch(pids.text, /could be held/);
  assert.notEqual(pids.level, "note");
});

test("it says which settings cannot be read, and nothing else then", async (t) => {
  const env = homeless(t);
  const { code, stdout } = await runCli(["doctor"], { env: { ...env, OPCODE_POOL_SIZE: "many" } });
  assert.equal(code, 1);
  assert.match(stdout, /✗ settings {2}OPCODE_POOL_SIZE/);
  assert.match(stdout, /1 fault, 0 warnings\n$/);
});

test("a port that is taken, a base_url that leads nowhere, and a door that is open are faults", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  afterwards(t, () => void other.close());
  const { port } = other.address() as AddressInfo;
  const env = homeless(t);
  const taken = await examined({ ...env, OPCODE_LISTEN_ADDR: `127.0.0.1:${port}` });
  assert.equal(taken.of("port")[0]!.level, "fault");
  const open = await examined({ ...env, OPCODE_LISTEN_ADDR: "0.0.0.0:0" });
  assert.match(open.of("token")[0]!.text, /open to other machines, with no token/);
  assert.match(open.of("token")[1]!.text, /http\.deny_private is off/);
  const guarded = await examined({
    ...env,
    OPCODE_LISTEN_ADDR: "0.0.0.0:0",
    OPCODE_AUTH_TOKEN: "a-token-of-some-length",
    OPCODE_HTTP_DENY_PRIVATE: "true",
  });
  assert.deepEqual(guarded.of("token").map(({ level }) => level), ["ok"]);
  const home = env.OPCODE_HOME!;
  await spawnDaemon(t, { home, env });
  const lost = await examined({ ...env, OPCODE_BASE_URL: `http://127.0.0.1:${port + 0}/` });
  assert.equal(lost.of("base_url")[0]!.level, "fault");
});

test("data that others can use, or that are damaged, are faults", async (t) => {
  const env = homeless(t);
  const home = env.OPCODE_HOME!;
  const { stop } = await spawnDaemon(t, { home, env });
  await stop();
  chmodSync(home, 0o755);
  const shared = await examined(env);
  assert.match(shared.of("data directory")[0]!.text, /others may use/);
  assert.match(shared.of("data directory")[0]!.remedy!, /^chmod go-rwx/);
  chmodSync(home, 0o700);
  writeFileSync(join(home, "opcode.db"), "no database at all".repeat(1_000));
  for (const end of ["-wal", "-shm"]) rmSync(join(home, `opcode.db${end}`), { force: true });
  const damaged = await examined(env);
  assert.equal(damaged.of("database")[0]!.level, "fault");
  assert.match(damaged.of("database")[0]!.remedy!, /restore FILE/);
});

test("a client's file that cannot be read is told of", async (t) => {
  const env = homeless(t);
  mkdirSync(join(env.HOME!, ".cursor"));
  writeFileSync(join(env.HOME!, ".cursor/mcp.json"), "{");
  const { of } = await examined(env);
  assert.ok(of("clients").some(({ text }) => text.includes(".cursor/mcp.json")));
});

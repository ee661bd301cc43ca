// Secrets as a person meets them: set, used by a daemon, locked, unlocked, rekeyed, whole after kill -9.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../core/clock.ts";
import { Vault } from "../../engine/vault/vault.ts";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { httpServer } from "../support/http-server.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { withHomeStore } from "../support/home-store.ts";
import { NO_FILE } from "../support/store-env.ts";

const PASSPHRASE = "correct horse battery staple";
const VALUE = 's3cret"value\nof two lines';
const KEYS = [`hex:${"ab".repeat(32)}`, `hex:${"cd".repeat(32)}`];

test("a secret set with and without a daemon reaches an http step", async (t) => {
  const home = tempHome(t);
  const api = await httpServer(t, (request, response) => {
    response.end(JSON.stringify({ ok: request.headers.authorization !== undefined }));
  });
  const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY: PASSPHRASE };
  const before = await runCli(["secret", "set", "BEFORE"], { env, input: "set-before" });
  assert.equal(before.stdout, "stored BEFORE\n", before.stderr);

  const daemon = await spawnDaemon(t, { home, env: { OPCODE_VAULT_KEY: PASSPHRASE } });
  // A command that asks the daemon needs no key.
  const during = await runCli(["secret", "set", "DURING"], {
    env: { OPCODE_HOME: home },
    input: "set-during",
  });
  assert.equal(during.stdout, "stored DURING\n", during.stderr);
  await defineTemplate(daemon.url, "call", [{
    id: "call",
    action: "http.get",
    params: {
      url: `${api.url}/`,
      headers: { authorization: "Bearer ${{secrets.BEFORE}} ${{secrets.DURING}}" },
    },
  }]);
  const run = { template_name: "call", agent_id: "a", wait_ms: 20_000 };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", run);
  assert.equal(body.status, "completed", JSON.stringify(body));
  assert.equal(api.requests[0]!.headers.authorization, "Bearer set-before set-during");
  const listed = await runCli(["secret", "list"], { env: { OPCODE_HOME: home } });
  assert.match(listed.stdout, /^BEFORE .*\nDURING /m);
  assert.equal(await daemon.stop(), 0);
  const files = (NO_FILE ? [] : ["opcode.db"]).map((name) => readFileSync(join(home, name)));
  for (const shown of [daemon.log(), listed.stdout, ...files]) {
    for (const hidden of ["set-before", "set-during", PASSPHRASE]) {
      assert.equal(shown.includes(hidden), false, hidden);
    }
  }
});

test("a wrong passphrase stops the start with VAULT_ERROR and leaves nothing behind", async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY: PASSPHRASE };
  assert.equal((await runCli(["secret", "set", "A"], { env, input: VALUE })).code, 0);
  const { code, stderr } = await runCli(["serve", "--listen-addr", "127.0.0.1:0"], {
    env: { OPCODE_HOME: home, OPCODE_VAULT_KEY: "correct horse battery stable" },
  });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: \[VAULT_ERROR\] OPCODE_VAULT_KEY: the key does not open the vault: it is not the one/m,
  );
  assert.equal(stderr.includes("stable"), false);
  const daemon = await spawnDaemon(t, { home, env: { OPCODE_VAULT_KEY: PASSPHRASE } });
  assert.equal((await rest(daemon.url, "GET", "/healthz")).status, 200);
});

test("the first start with a key makes the vault: no other key opens it, and without one it is locked", async (t) => {
  const home = tempHome(t);
  const failed = (key: string) =>
    runCli(["serve", "--listen-addr", "127.0.0.1:0"], {
      env: { OPCODE_HOME: home, OPCODE_VAULT_KEY: key },
    });
  const short = await failed("short");
  assert.equal(short.code, 1);
  assert.match(short.stderr, /OPCODE_VAULT_KEY: a new passphrase must have at least 12 characters/);
  const env = { OPCODE_VAULT_KEY: PASSPHRASE };
  const first = await spawnDaemon(t, { home, env });
  assert.match(first.log(), /"vault made"/);
  await first.stop();
  for (const other of ["another battery staple", "short"]) {
    const { code, stderr } = await failed(other);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /it is not the one it has had since \d{4}-\d\d-\d\dT/,
      "it has no secrets",
    );
  }
  const keyless = await spawnDaemon(t, { home });
  assert.match(keyless.log(), /no vault key \(OPCODE_VAULT_KEY\)/);
  const { body } = await rest(keyless.url, "GET", "/api/v1/secrets");
  assert.deepEqual(body, { vault: "locked", secrets: [] });
  await keyless.stop();
  const again = await spawnDaemon(t, { home, env });
  assert.match(again.log(), /"vault unlocked"/);
});

test("a daemon without its key fails the step; after unlock, retry completes the run", async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home };
  const file = join(home, "passphrase");
  writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
  const keyed = { ...env, OPCODE_VAULT_KEY_FILE: file };
  await runCli(["secret", "set", "TOKEN"], { env: keyed, input: VALUE });
  const daemon = await spawnDaemon(t, { home });
  await defineTemplate(daemon.url, "use", [{
    id: "use",
    action: "assert.equals",
    params: { actual: "${{secrets.TOKEN}}", expected: VALUE },
    retry: { max: 3 },
  }]);
  const start = { template_name: "use", agent_id: "a", wait_ms: 20_000 };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", start);
  assert.equal(body.steps.use.error.code, "VAULT_ERROR");
  const run = body.workflow_id;

  const wrong = await runCli(["secret", "unlock"], { env, input: "wrong" });
  assert.equal(wrong.code, 1);
  const unlocked = await runCli(["secret", "unlock"], { env, input: `${PASSPHRASE}\n` });
  assert.equal(unlocked.code, 0, unlocked.stderr);
  const retried = await runCli(["signal", run, "retry", "--step", "use"], { env });
  assert.equal(retried.code, 0, retried.stderr);
  assert.match(retried.stderr, /^completed: run/m);
});

test("the daemon keeps its key file from fs actions, and its variable from its own environment", async (t) => {
  const home = tempHome(t);
  const file = join(tempHome(t), "vault-key");
  writeFileSync(file, PASSPHRASE, { mode: 0o600 });
  const daemon = await spawnDaemon(t, { home, env: { OPCODE_VAULT_KEY_FILE: file } });
  await defineTemplate(daemon.url, "read", [
    { id: "read", action: "fs.read", params: { path: file } },
  ]);
  const start = { template_name: "read", agent_id: "a", wait_ms: 20_000 };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", start);
  assert.equal(body.steps.read.error.code, "PATH_DENIED");
  if (process.platform === "linux") {
    const environ = readFileSync(`/proc/${daemon.pid}/environ`, "utf8");
    assert.equal(environ.includes(PASSPHRASE), false);
  }
});

test("kill -9 in the middle of a rekey leaves the old or the new key whole", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const home = tempHome(t);
  const count = 1_500;
  await inVault(home, KEYS[0]!, async (vault) => {
    for (let i = 0; i < count; i++) await vault.set(`S${i}`, `value ${i}`);
  });
  const asked = performance.now();
  let current = 1;
  await inVault(home, KEYS[0]!, (vault) => vault.rekey(KEYS[1]!));
  // As long as a whole one takes here: some are cut short, some have ended by then.
  const longest = 1.5 * (performance.now() - asked);
  for (let round = 0; round < 5; round++) {
    const daemon = await spawnDaemon(t, { home, env: { OPCODE_VAULT_KEY: KEYS[current]! } });
    const next = 1 - current;
    const rekey = rest(daemon.url, "POST", "/api/v1/vault/rekey", { key: KEYS[next] })
      .then(({ status }) => status, () => 0);
    await delay(random() * longest);
    await daemon.kill();
    const acknowledged = await rekey === 200;
    const opens = await Promise.all(KEYS.map((key) => whole(home, key, count)));
    assert.equal(opens.filter(Boolean).length, 1, `round ${round}: ${opens}`);
    const after = opens.indexOf(true);
    if (acknowledged) assert.equal(after, next, "an acknowledged rekey was lost");
    t.diagnostic(`round ${round}: ${after === next ? "new" : "old"} key`);
    current = after;
  }
});

let turn: Promise<unknown> = Promise.resolve();

/** One after the other: each opens the database under its lock. */
function inVault<T>(home: string, key: string, work: (vault: Vault) => Promise<T>): Promise<T> {
  const mine = turn.then(() =>
    withHomeStore(home, async (store) => {
      const vault = await Vault.read({ store, clock: systemClock });
      await vault.unlock(key);
      return await work(vault);
    })
  );
  turn = mine.catch(() => {});
  return mine;
}

/** Whether the key opens the vault; then every value must be what it was. */
async function whole(home: string, key: string, count: number): Promise<boolean> {
  try {
    await inVault(home, key, (vault) => {
      assert.deepEqual(vault.broken(), []);
      assert.equal(vault.list().length, count);
      for (let i = 0; i < count; i++) assert.equal(vault.resolve(`S${i}`), `value ${i}`);
      return Promise.resolve();
    });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "VAULT_ERROR") return false;
    throw error;
  }
}
